"""Every lesson, through the real worker, held to the numbers that calculus gives for it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy

from tapeviz.model.recording import Assignment, Recording
from tests.lessons.looking import adjoint, all_gradients, gradients, number_at, target

Recorded = Callable[[int | str], Recording]

X, Y = sympy.symbols("x y")


def derivative(expression: sympy.Expr, by: sympy.Symbol, **at: float) -> float:
    """Differentiate by sympy, and give the number at a point."""
    return float(sympy.diff(expression, by).subs(at))


def close(expected: object, within: float = 1e-6) -> object:
    return pytest.approx(expected, rel=within, abs=within)


def test_1_a_first_tape_finds_8(recorded: Recorded) -> None:
    recording = recorded(1)
    assert target(recording, 0) == 16
    assert all_gradients(recording) == [8] == [derivative(X**2 + 2 * X + 1, X, x=3)]


def test_2_the_contributions_of_a_cubic_add_up_to_45(recorded: Recorded) -> None:
    recording = recorded(2)
    assert target(recording, 0) == 35
    assert all_gradients(recording) == [45] == [derivative(3 * X**3 + 2 * X**2 + X + 1, X, x=2)]


def test_3_a_constant_gives_none_until_it_is_watched(recorded: Recorded) -> None:
    recording = recorded(3)
    assert all_gradients(recording) == [None, 6]
    why = recording.gradient_calls[0].sources[0].why_none
    assert why is not None
    assert why.cause == "not_watched"


def test_4_two_partial_derivatives(recorded: Recorded) -> None:
    recording = recorded(4)
    assert gradients(recording, 0) == [2, 12]
    assert gradients(recording, 1) == [13, 33]
    f = X**2 + 3 * X * Y + Y**3
    assert [derivative(f, by, x=2, y=3) for by in (X, Y)] == [13, 33]


def test_5_a_dictionary_comes_back_as_one(recorded: Recorded) -> None:
    recording = recorded(5)
    (call,) = recording.gradient_calls
    assert {source.path: number_at(recording, source.value or 0) for source in call.sources} == {
        ("x",): 13,
        ("y",): 33,
    }


def test_6_a_persistent_tape_answers_again_and_again(recorded: Recorded) -> None:
    recording = recorded(6)
    assert all_gradients(recording)[:2] == [2, 3]
    assert gradients(recording, 2) == [4, 6]
    assert gradients(recording, 3) == [3, 2]
    assert gradients(recording, 4) == close([math.cos(2), -math.sin(3)])
    assert [tape.persistent for tape in recording.tapes] == [True, True]
    assert all(tape.released_at is not None for tape in recording.tapes)
    assert [call.tape for call in recording.gradient_calls] == [0, 0, 1, 1, 1]


def test_7_a_tape_used_up_answers_with_an_error_that_says_what_mends_it(recorded: Recorded) -> None:
    recording = recorded(7)
    assert all_gradients(recording) == [108] == [derivative(X**4, X, x=3)]
    (error,) = recording.errors
    assert error.type == "RuntimeError"
    assert error.line == recording.source.text.count("\n")
    assert "persistent=True" in f"{error.message} {error.hint}"
    assert recording.ended_by == "error"


def test_8_second_derivatives(recorded: Recorded) -> None:
    recording = recorded(8)
    product = sympy.exp(X) * sympy.sin(X)
    expected = [
        (32, 48),
        (derivative(product, X, x=1), derivative(sympy.diff(product, X), X, x=1)),
        (3, 6),
    ]
    assert float((2 * sympy.exp(1) * sympy.cos(1)).evalf()) == close(expected[1][1])
    assert np.reshape(all_gradients(recording), (3, 2)) == close(np.array(expected))
    assert [tape.parent for tape in recording.tapes] == [None, 0, None, 2, None, 4]


def test_9_a_gradient_has_the_shape_of_its_vector(recorded: Recorded) -> None:
    x = np.arange(4)
    recording = recorded(9)
    np.testing.assert_array_equal(all_gradients(recording), [4 * x, np.ones(4), 2 * x])
    (seed,) = recording.gradient_calls[2].seed
    assert seed is not None
    np.testing.assert_array_equal(number_at(recording, seed), np.ones(4))


def test_10_a_linear_layer(recorded: Recorded) -> None:
    recording = recorded(10)
    x = np.array([[1, 2, 3], [4, 5, 6]])
    weights = np.array([[0.5, -1], [1.5, 0], [-0.5, 2]])
    y = x @ weights + np.array([0.5, -0.5])
    cotangent = 2 * y / y.size
    by_weights, by_bias = gradients(recording, 0)
    assert target(recording, 0) == close(np.mean(y**2))
    assert by_weights.shape == (3, 2)
    assert by_bias.shape == (2,)
    np.testing.assert_allclose(by_weights, x.T @ cotangent, rtol=1e-6)
    np.testing.assert_allclose(by_bias, cotangent.sum(axis=0), rtol=1e-6)


def test_11_a_stopped_path_leaves_x_squared(recorded: Recorded) -> None:
    recording = recorded(11)
    assert target(recording, 0) == 27
    assert all_gradients(recording) == [9]


def test_12_the_slope_is_d_over_a_and_only_what_ran_is_on_the_tape(recorded: Recorded) -> None:
    recording = recorded(12)
    assert [target(recording, call) for call in (0, 1)] == [3 * 2**9, -3 * 2**9 * 100]
    assert all_gradients(recording) == [2**9, 100 * 2**9]
    text = recording.source.text.split("\n")
    products = [
        [
            text[op.line - 1].strip()
            for op in recording.ops
            if op.type == "Mul" and tape.id in op.recorded_by and op.line
        ]
        for tape in recording.tapes
    ]
    doublings = ["b = 2 * a", *["b = 2 * b"] * 8]
    assert products == [doublings, [*doublings, "return 100 * b"]]


def test_13_descent_by_hand(recorded: Recorded) -> None:
    recording = recorded(13)
    slopes = [-6 * 0.8**k for k in range(10)]
    assert all_gradients(recording) == close(slopes)
    places = [assignment.value.array.item() for assignment in recording.assignments]
    assert places[0] == close(2.6)
    assert places == close([5 - 3 * 0.8**k for k in range(1, 11)])
    assert [series.iterations for series in recording.series] == [10]


def test_16_a_frozen_variable_has_no_gradient_until_it_is_watched(recorded: Recorded) -> None:
    recording = recorded(16)
    assert gradients(recording, 0) == [None, 1]
    assert gradients(recording, 1) == [3, 1]
    why = recording.gradient_calls[0].sources[0].why_none
    assert why is not None
    assert why.cause == "not_trainable"
    assert "w" in why.message


def test_17_what_ran_outside_the_tape_is_not_on_it(recorded: Recorded) -> None:
    recording = recorded(17)
    assert all_gradients(recording) == [None, 18]
    why = recording.gradient_calls[0].sources[0].why_none
    assert why is not None
    assert why.cause == "computed_outside_tape"


def test_18_an_integer_cuts_the_path_and_tensorflow_warns(recorded: Recorded) -> None:
    recording = recorded(18)
    assert gradients(recording, 0) == [None, None]
    assert gradients(recording, 1) == [4]
    whys = [source.why_none for source in recording.gradient_calls[0].sources]
    assert [why.cause for why in whys if why] == ["integer_dtype", "integer_dtype"]
    assert "The dtype of the watched tensor must be floating" in recording.output


def test_19_a_neuron_by_hand(recorded: Recorded) -> None:
    recording = recorded(19)
    output = 1 / (1 + math.exp(-1))
    slope = output * (1 - output)
    assert round(output, 4) == 0.7311
    assert round(slope, 4) == 0.1966
    assert target(recording, 0) == close(output)
    found = {source.name: number_at(recording, source.value or 0) for source in recording.gradient_calls[0].sources}
    expected = {"w0": -slope, "w1": -2 * slope, "w2": slope, "x0": 2 * slope, "x1": -3 * slope}
    assert found == close(expected)


def test_20_a_small_circuit(recorded: Recorded) -> None:
    recording = recorded(20)
    assert target(recording, 0) == -20
    assert all_gradients(recording) == [-8, 6, 2, 0]


def sigmoid(x: sympy.Expr) -> sympy.Expr:
    return 1 / (1 + sympy.exp(-x))


def test_21_the_two_layer_network_of_the_worked_example(recorded: Recorded) -> None:
    recording = recorded(21)
    w = sympy.symbols("w1:9")
    h = [sigmoid(w[0] * 0.05 + w[1] * 0.10 + 0.35), sigmoid(w[2] * 0.05 + w[3] * 0.10 + 0.35)]
    o = [sigmoid(w[4] * h[0] + w[5] * h[1] + 0.60), sigmoid(w[6] * h[0] + w[7] * h[1] + 0.60)]
    error = (0.01 - o[0]) ** 2 / 2 + (0.99 - o[1]) ** 2 / 2
    at = dict(zip(w, (0.15, 0.20, 0.25, 0.30, 0.40, 0.45, 0.50, 0.55), strict=True))
    expected = [float(sympy.diff(error, weight).subs(at)) for weight in w]
    assert target(recording, 0) == close(0.298371109)
    assert gradients(recording, 0) == close(expected)
    assert gradients(recording, 0)[4] == close(0.08216704)


@pytest.mark.parametrize("number", [*range(1, 14), *range(16, 22)])
def test_a_lesson_is_recorded_and_checked(recorded: Recorded, number: int) -> None:
    recording = recorded(number)
    if number != 7:
        assert recording.errors == ()
        assert recording.ended_by == "finished"
    assert recording.gradient_calls
    for call in recording.gradient_calls:
        assert call.defect is None
        assert call.checked
        for source in call.sources:
            assert source.name
            assert (source.value is None) == (source.why_none is not None)


@pytest.mark.parametrize("number", [1, 2, 4, 5, 11, 19, 20, 21])
def test_the_contributions_of_a_lesson_add_up_to_its_gradients(recorded: Recorded, number: int) -> None:
    recording = recorded(number)
    for call in recording.gradient_calls:
        for source, gradient in zip(call.sources, gradients(recording, call.id), strict=True):
            assert adjoint(recording, call, source.tensor) == close(gradient)


def test_22_a_network_learns_xor(recorded: Recorded) -> None:
    recording = recorded(22)
    x, wanted = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
    w, b = np.array([[0.5, -0.5, 1], [0.4, 0.6, -1]]), np.zeros(3)
    v, c = np.array([[0.5], [-0.5], [1]]), np.zeros(1)
    losses: list[float] = []
    while not losses or losses[-1] >= 0.01:
        hidden = np.tanh(x @ w + b)
        answer = 1 / (1 + np.exp(-(hidden @ v + c)))
        losses.append(float(np.mean((answer - wanted) ** 2)))
        out = (answer - wanted) / 2 * answer * (1 - answer)
        inner = out @ v.T * (1 - hidden**2)
        v, c = v - 4 * hidden.T @ out, c - 4 * out.sum(axis=0)
        w, b = w - 4 * x.T @ inner, b - 4 * inner.sum(axis=0)
    assert losses[-1] < 0.01
    assert f"the first loss is {losses[0]:.4f}" in recording.output
    assert f"after {len(losses) - 1} iterations it is {losses[-1]:.4f}" in recording.output
    assert len(recording.gradient_calls) == len(losses) - 1
    assert [target(recording, call.id) for call in recording.gradient_calls] == close(losses[:-1], within=1e-4)
    assert all(call.checked for call in recording.gradient_calls)
    (figure,) = recording.figures
    assert figure.title == "The network learns XOR"


def test_23_gradients_of_a_keras_model_have_the_shapes_of_its_weights(recorded: Recorded) -> None:
    recording = recorded(23)
    assert len(recording.gradient_calls) == 5
    held: dict[int, Any] = {}
    for call in recording.gradient_calls:
        assert [source.name for source in call.sources] == [
            *("model.layers[0].kernel", "model.layers[0].bias"),
            *("model.layers[1].kernel", "model.layers[1].bias"),
        ]
        for source in call.sources:
            weight = recording.tensors[source.tensor]
            assert source.value is not None
            gradient = number_at(recording, source.value)
            assert gradient.shape == weight.shape
            (given,) = [
                assignment.value.array
                for assignment in updates(recording, call.id)
                if assignment.variable == source.tensor
            ]
            before = held.get(source.tensor, number_at(recording, source.tensor))
            np.testing.assert_allclose(given, before - 0.1 * gradient, rtol=1e-5, atol=1e-7)
            held[source.tensor] = given
    losses = [target(recording, call.id) for call in recording.gradient_calls]
    assert losses == sorted(losses, reverse=True)


def updates(recording: Recording, call: int) -> list[Assignment]:
    """The assignments between a call and the next one."""
    calls = recording.gradient_calls
    end = calls[call + 1].started_at if call + 1 < len(calls) else len(recording.ops)
    return [each for each in recording.assignments if each.op and calls[call].ended_at <= each.op < end]


def test_27_ten_sigmoids_let_almost_nothing_through(recorded: Recorded) -> None:
    recording = recorded(27)
    signals = [1.0]
    for _ in range(10):
        signals.append(1 / (1 + math.exp(-signals[-1])))
    slopes = [signal * (1 - signal) for signal in signals[1:]]
    expected = [signals[layer] * math.prod(slopes[layer:]) for layer in range(10)]
    sigmoid, relu = gradients(recording, 0), gradients(recording, 1)
    assert sigmoid == close(expected, within=1e-5)
    assert sigmoid[0] / sigmoid[-1] == close(expected[0] / expected[-1], within=1e-5)
    assert sigmoid[0] / sigmoid[-1] < 1e-5
    assert relu == [1.0] * 10
    assert [figure.title for figure in recording.figures] == ["Ten layers deep"]


def test_28_a_stable_gradient_and_a_clipped_one(recorded: Recorded) -> None:
    recording = recorded(28)
    naive, stable, free, clipped = all_gradients(recording)
    assert math.isnan(naive)
    assert stable == 1
    assert float(sympy.diff(sympy.log(1 + sympy.exp(X)), X).subs(X, 100)) == close(1.0)
    np.testing.assert_allclose(free, [6, 8])
    np.testing.assert_allclose(clipped, [0.6, 0.8], rtol=1e-6)


def test_29_a_jacobian_and_a_hessian(recorded: Recorded) -> None:
    recording = recorded(29)
    jacobian, gradient, hessian = all_gradients(recording)
    np.testing.assert_allclose(jacobian, np.diag(np.exp([0, 1, 2])), rtol=1e-6)
    at = {X: 3, Y: 5}
    f = X**2 * Y
    np.testing.assert_allclose(gradient, [float(sympy.diff(f, by).subs(at)) for by in (X, Y)])
    np.testing.assert_allclose(hessian, np.array(sympy.hessian(f, (X, Y)).subs(at), dtype=float))
