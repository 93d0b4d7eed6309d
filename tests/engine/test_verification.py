"""Whether gradients are called true, kinked or wrong as calculus calls them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import sympy

from tapeviz.engine.replay import GivenUpError
from tapeviz.engine.verification import MAX_ELEMENTS, verify
from tapeviz.model.verification import Verification
from tests.engine.conftest import Run

Verify = Callable[[str], Verification]


@pytest.fixture
def verified(run: Run) -> Verify:
    def verified(text: str) -> Verification:
        result = run(text)
        assert not result.recording.errors, result.recording.errors
        return verify(result.recording, result.arrays, len(result.recording.gradient_calls) - 1)

    return verified


def taped(body: str, variables: str = "x = tf.Variable(2.0)", sources: str = "x") -> str:
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    return f"{variables}\nwith tf.GradientTape() as tape:\n{lines}\ntape.gradient(y, {sources})\n"


def test_differences_and_forward_mode_are_the_derivative_that_sympy_finds(verified: Verify) -> None:
    a, b = sympy.symbols("a b")
    expression = sympy.sin(a * b) * sympy.exp(a) + b**3 / a
    point = {a: 1.25, b: -0.75}
    found = verified(
        taped(
            "y = tf.sin(a * b) * tf.exp(a) + b ** 3 / a",
            "a, b = tf.Variable(1.25), tf.Variable(-0.75)",
            "[a, b]",
        )
    )
    assert (found.verdict, found.dtype) == ("agrees", "float64")
    for check, symbol in zip(found.checks, (a, b), strict=True):
        truth = float(sympy.diff(expression, symbol).subs(point))
        assert check.central == pytest.approx(truth, rel=1e-10)
        assert check.forward == pytest.approx(truth, rel=1e-12)
        assert check.tape == pytest.approx(truth, rel=1e-5)
        assert check.central_error is not None
        assert check.central_error < 1e-6


def test_a_right_custom_gradient_agrees_and_a_wrong_one_is_told_by_its_name_and_line(verified: Verify) -> None:
    def custom(gradient: str) -> str:
        return (
            "@tf.custom_gradient\ndef softplus(a):\n    e = tf.exp(a)\n    def back(upstream):\n"
            f"        return upstream * ({gradient})\n    return tf.math.log(1 + e), back\n"
        )

    right = verified(custom("1 - 1 / (1 + e)") + taped("y = 3.0 * softplus(x * x)"))
    assert right.verdict == "agrees"
    wrong = verified(custom("0.5") + taped("y = 3.0 * softplus(x * x)"))
    assert wrong.verdict == "disagrees"
    (check,) = wrong.checks
    truth = 3 * 2 * 2.0 / (1 + np.exp(-4.0))
    assert check.tape == pytest.approx(3 * 0.5 * 4.0)
    assert check.central == pytest.approx(truth, rel=1e-6)
    assert check.forward == pytest.approx(truth, rel=1e-6)
    assert wrong.sentences == (
        "The tape follows the lesson's own gradient of softplus on line 10, which is not the derivative.",
    )


@pytest.mark.parametrize(
    ("body", "variables", "left", "right", "told"),
    [
        ("y = 3.0 * tf.nn.relu(x)", "x = tf.Variable(0.0)", 0.0, 3.0, "relu on line 4"),
        ("y = tf.abs(x)", "x = tf.Variable(0.0)", -1.0, 1.0, "|x| on line 4"),
        ("y = tf.maximum(x, 2.0)", "x = tf.Variable(2.0)", 0.0, 1.0, "max on line 4"),
        ("y = tf.reduce_max(x)", "x = tf.Variable([2.0, 2.0])", 0.0, 1.0, "2 of its inputs are the largest"),
        ("y = tf.reduce_min(x)", "x = tf.Variable([1.0, 1.0])", 1.0, 0.0, "2 of its inputs are the smallest"),
        ("y = tf.clip_by_value(x, -1.0, 1.0)", "x = tf.Variable(1.0)", 1.0, 0.0, "on line 4"),
        ("y = tf.where(x > 0.0, 2.0 * x, x)", "x = tf.Variable(0.0)", 1.0, 2.0, "> on line 4"),
    ],
)
def test_a_kink_is_told_with_its_op_and_the_slopes_of_both_sides(
    verified: Verify, body: str, variables: str, left: float, right: float, told: str
) -> None:
    found = verified(taped(body, variables))
    assert found.verdict == "kink"
    assert found.checks[0].left == pytest.approx(left, abs=1e-6)
    assert found.checks[0].right == pytest.approx(right, abs=1e-6)
    assert told in found.sentences[0]


@pytest.mark.parametrize("x", [1e-5, -1e-5, 1e-3])
def test_beside_a_kink_the_slope_of_this_side_is_found(verified: Verify, x: float) -> None:
    found = verified(taped("y = tf.nn.relu(x) + tf.square(x)", f"x = tf.Variable({x})"))
    assert found.verdict == "agrees"
    assert found.checks[0].central == pytest.approx((x > 0) + 2 * np.float32(x), rel=1e-6)


def test_a_smooth_function_through_a_tie_has_no_kink(verified: Verify) -> None:
    assert verified(taped("y = tf.nn.relu(x) ** 2", "x = tf.Variable(0.0)")).verdict == "agrees"


@pytest.mark.parametrize(
    "text",
    [
        taped(
            "y = tf.reduce_mean(tf.tanh(tf.constant([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]) @ W + b) ** 2)",
            "W, b = tf.Variable([[0.1, 0.2], [-0.3, 0.1], [0.2, -0.2]]), tf.Variable([0.1, 0.2])",
            "[W, b]",
        ),
        taped("y = tf.where(x > 0, x ** 2, tf.exp(x))", "x = tf.Variable([-1.0, 0.5, 2.0])"),
        taped("y = tf.gather(x, [0, 2, 2]) ** 3", "x = tf.Variable([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])"),
        taped("y = x * 1.0\nwhile y < 50:\n    y = y * y + x", "x = tf.Variable(1.1)"),
        taped(
            "y = tf.reduce_sum(tf.nn.max_pool2d(tf.nn.relu(tf.nn.conv2d(P, x, 1, 'SAME')), 2, 2, 'VALID') ** 2)",
            "P = tf.random.stateless_normal([1, 6, 6, 1], [1, 2])\n"
            "x = tf.Variable(tf.random.stateless_normal([3, 3, 1, 2], [3, 4]))",
        ),
        taped("y = tf.reduce_sum(tf.nn.dropout(x, 0.5) ** 2)", "x = tf.Variable(tf.ones([6]))"),
        "x = tf.Variable(1.0)\nwith tf.GradientTape() as outer:\n    with tf.GradientTape() as tape:\n"
        "        y = tf.exp(x) * tf.sin(x)\n    slope = tape.gradient(y, x)\nouter.gradient(slope, x)\n",
        "v = tf.Variable([2.0, 3.0])\nwith tf.GradientTape() as tape:\n    y = v[0] * v[1]\n"
        "    v.assign_add([1.0, 1.0])\n    y += v[0] ** 2\ntape.gradient(y, v)\n",
        "x = tf.Variable(3.0)\nwith tf.GradientTape() as tape:\n    h = x * x\n    y = h * x + h\n"
        "tape.gradient(y, [x, h])\n",
        "@tf.function\ndef f(a, b):\n    return a * tf.sin(b), a + w\n\nw, x = tf.Variable(2.0), tf.Variable(3.0)\n"
        "with tf.GradientTape() as tape:\n    p, q = f(x, x * w)\n    y = p * q\ntape.gradient(y, [x, w])\n",
    ],
    ids=[
        "layer",
        "where",
        "gather",
        "loop",
        "convolution",
        "dropout",
        "nested",
        "assigned",
        "inner source",
        "function",
    ],
)
def test_what_lessons_do_agrees(verified: Verify, text: str) -> None:
    found = verified(text)
    assert found.verdict == "agrees", found
    assert all(check.tested == check.size for check in found.checks)
    assert all(check.forward_error is not None and check.forward_error < 1e-4 for check in found.checks)


def test_a_given_cotangent_weighs_the_differences(verified: Verify) -> None:
    found = verified(
        "x = tf.Variable([1.0, 2.0])\nwith tf.GradientTape() as tape:\n    y = x ** 3\n"
        "tape.gradient(y, x, output_gradients=tf.constant([10.0, -1.0]))\n"
    )
    assert found.verdict == "agrees"
    assert abs(found.checks[0].central or 0.0) in (pytest.approx(30.0), pytest.approx(12.0))


def test_a_path_stopped_on_purpose_is_told(verified: Verify) -> None:
    found = verified(taped("y = tf.stop_gradient(x * x) * x", "x = tf.Variable(3.0)"))
    assert found.verdict == "disagrees"
    assert found.checks[0].central == pytest.approx(3 * 3.0**2)
    assert found.sentences == ("The tape stops at tf.stop_gradient on line 4, as it was told to.",)


def test_an_op_that_the_tape_does_not_hold_is_told(verified: Verify) -> None:
    found = verified(
        "x = tf.Variable(3.0)\nwith tf.GradientTape() as tape:\n    with tape.stop_recording():\n        u = x * x\n"
        "    y = u * x\ntape.gradient(y, x)\n"
    )
    assert found.verdict == "disagrees"
    assert "× on line 5 ran, but the tape does not hold it" in found.sentences[0]


def test_a_nan_is_not_compared_but_the_slope_in_double_precision_is_said(verified: Verify) -> None:
    found = verified(taped("y = tf.math.log(1.0 + tf.exp(x))", "x = tf.Variable(100.0)"))
    assert found.verdict == "not_verified"
    assert found.sentences == ("The tape gives NaN for x; computed in float64 the slope is 1.000.",)


def test_an_op_without_double_precision_is_compared_in_single(verified: Verify) -> None:
    found = verified(
        taped(
            "z, _, _ = tf.compat.v1.nn.fused_batch_norm(P * x, [1.0, 1.0], [0.0, 0.0])\ny = tf.reduce_sum(z ** 3 * P)",
            "P = tf.random.stateless_normal([2, 4, 4, 2], [1, 2])\nx = tf.Variable([1.0, 2.0])",
        )
    )
    assert (found.verdict, found.dtype) == ("agrees", "float32")


def test_large_sources_are_sampled_evenly(verified: Verify) -> None:
    found = verified(taped("y = tf.reduce_sum(x ** 2)", "x = tf.Variable(tf.random.stateless_normal([5000], [1, 2]))"))
    assert found.verdict == "agrees"
    assert (found.checks[0].tested, found.checks[0].size) == (MAX_ELEMENTS, 5000)


def test_what_has_no_number_to_compare_says_so(verified: Verify) -> None:
    none = verified(taped("y = x * x", "x = tf.constant(2.0)"))
    assert (none.verdict, none.checks) == ("not_verified", ())
    assert none.sentences == ("There is no gradient to compare: every source got None.",)
    drawn = verified(taped("y = tf.random.gamma([2], x)", "x = tf.Variable(2.0)"))
    assert drawn.verdict == "not_verified"
    assert "cannot be done again" in drawn.sentences[0]


def test_a_factor_that_zero_hides_is_tensorflows_own(verified: Verify) -> None:
    found = verified(taped("y = tf.exp(x) * 0.0 + tf.sin(x)"))
    values = [float(factor.value.array) for factor in found.factors]
    assert values == [pytest.approx(np.exp(2.0), rel=1e-6)]


def test_verifying_is_given_up_when_nobody_waits(run: Run) -> None:
    result = run(taped("y = x * x"))
    with pytest.raises(GivenUpError):
        verify(result.recording, result.arrays, 0, lambda: False)
