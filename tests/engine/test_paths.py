"""The sum over all paths from target to source is the gradient: held to sympy, to published numbers, to TensorFlow."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tapeviz.engine.runner import Engine
from tapeviz.engine.verification import verify
from tapeviz.model.paths import LISTED, SourcePaths, path_sources, paths_to
from tapeviz.model.scene import scene_of
from tests.engine.conftest import Run


def paths_of(run: Run, text: str) -> dict[str, SourcePaths]:
    """Find the paths to each source of the last call, by the source's name."""
    result = run(text)
    assert not result.recording.errors, result.recording.errors
    call = len(result.recording.gradient_calls) - 1
    scene = scene_of(result.recording, call=call)
    factors = verify(result.recording, result.arrays, call).factors
    found = {}
    for node in path_sources(scene.recording, scene.graph, scene.timeline):
        paths = paths_to(scene.recording, scene.graph, scene.timeline, node, factors)
        assert paths is not None
        found[node.partition(":")[2]] = paths
    return found


def taped(body: str, variables: str, sources: str) -> str:
    return f"{variables}\nwith tf.GradientTape() as tape:\n    {body}\ntape.gradient(y, {sources})\n"


def products(paths: SourcePaths) -> list[float]:
    return [float(path.product.array) for path in paths.paths if path.product is not None]


def test_each_path_is_a_term_of_the_chain_rule(run: Run) -> None:
    a, b = sympy.symbols("a b")
    point = {a: 2.0, b: 3.0}
    found = paths_of(
        run, taped("y = tf.sin(a) + 3 * a * b + a * b ** 2", "a, b = tf.Variable(2.0), tf.Variable(3.0)", "[a, b]")
    )
    terms = [sympy.sin(a), 3 * a * b, a * b**2]
    for name, symbol in (("a", a), ("b", b)):
        expected: list[float] = [float(sympy.diff(term, symbol).subs(point)) for term in terms]
        expected = sorted((term for term in expected if term), key=abs, reverse=True)
        assert products(found[name]) == pytest.approx(expected, rel=1e-6)
        assert found[name].count == len(expected)
        difference = found[name].difference
        assert difference is not None
        assert difference < 1e-6


def test_a_variable_added_to_itself_has_two_paths(run: Run) -> None:
    (paths,) = paths_of(run, taped("y = a + a", "a = tf.Variable(3.0)", "a")).values()
    assert (paths.count, products(paths)) == (2, [1.0, 1.0])
    assert paths.total is not None
    assert float(paths.total.array) == 2.0


def test_the_published_circuit_has_its_gradients(run: Run) -> None:
    variables = "a, b, c, f = (tf.Variable(v) for v in (2.0, -3.0, 10.0, -2.0))"
    found = paths_of(run, taped("y = (a * b + c) * f", variables, "[a, b, c, f]"))
    totals = {name: float(paths.total.array) for name, paths in found.items() if paths.total is not None}
    assert totals == {"a": 6.0, "b": -4.0, "c": -2.0, "f": 4.0}
    assert all(paths.count == 1 and paths.difference == 0 for paths in found.values())


def test_paths_without_number_are_counted_and_summed_but_only_the_largest_are_walked(run: Run) -> None:
    layers = 40
    text = (
        "a = tf.Variable(0.5)\nwith tf.GradientTape() as tape:\n    y = a * 1.0\n"
        f"    for _ in range({layers}):\n        y = tf.sin(y) + tf.cos(y)\ntape.gradient(y, a)\n"
    )
    (paths,) = paths_of(run, text).values()
    assert paths.count == 2**layers
    assert len(paths.paths) == LISTED
    assert paths.difference is not None
    assert paths.difference < 1e-5
    sizes = [abs(product) for product in products(paths)]
    assert sizes == sorted(sizes, reverse=True)
    sines, value = [], 0.5
    for _ in range(layers):
        sines.append(max(abs(math.cos(value)), abs(math.sin(value))))
        value = math.sin(value) + math.cos(value)
    assert sizes[0] == pytest.approx(math.prod(sines), rel=1e-4)
    assert paths.rest is not None
    assert paths.total is not None
    assert float(paths.rest.array) == pytest.approx(float(paths.total.array) - sum(products(paths)))


def test_a_factor_that_zero_hides_is_filled_in(run: Run) -> None:
    (paths,) = paths_of(run, taped("y = tf.exp(a) * 0.0 + tf.sin(a)", "a = tf.Variable(2.0)", "a")).values()
    assert paths.note == ""
    hidden = paths.paths[1]
    numbers = [float(factor.array) for factor in hidden.factors if factor is not None]
    assert numbers[-1] == pytest.approx(math.exp(2.0), rel=1e-6)
    assert numbers[-2] == 0.0
    assert products(paths) == pytest.approx([math.cos(2.0), 0.0], rel=1e-6)


def test_without_the_engine_a_hidden_factor_is_not_told_rather_than_made_up(run: Run) -> None:
    result = run(taped("y = tf.exp(a) * 0.0 + tf.sin(a)", "a = tf.Variable(2.0)", "a"))
    scene = scene_of(result.recording)
    (node,) = path_sources(scene.recording, scene.graph, scene.timeline)
    paths = paths_to(scene.recording, scene.graph, scene.timeline, node)
    assert paths is not None
    assert paths.total is None
    assert "cannot be told" in paths.note
    assert sum(path.product is None for path in paths.paths) == 1


def test_elementwise_paths_multiply_element_by_element(run: Run) -> None:
    (paths,) = paths_of(run, taped("y = tf.reduce_sum(tf.sin(a) * a)", "a = tf.Variable([1.0, 2.0])", "a")).values()
    assert paths.total is not None
    x = np.array([1.0, 2.0])
    np.testing.assert_allclose(paths.total.array, np.sin(x) + x * np.cos(x), rtol=1e-6)
    shares = [path.product.array for path in paths.paths if path.product is not None]
    np.testing.assert_allclose(sorted(map(tuple, shares)), sorted(map(tuple, [np.sin(x), x * np.cos(x)])), rtol=1e-6)


def test_paths_of_matrices_are_listed_without_products(run: Run) -> None:
    text = taped(
        "h = tf.tanh(X @ a); y = tf.reduce_sum(h @ a)", "X = tf.ones([2, 2])\na = tf.Variable(tf.ones([2, 2]))", "a"
    )
    (paths,) = paths_of(run, text).values()
    assert paths.count == 2
    assert paths.total is None
    assert "Matrices" in paths.note
    assert all(path.product is None for path in paths.paths)
    assert [len(path.nodes) for path in paths.paths] == [4, 6] or [len(path.nodes) for path in paths.paths] == [6, 4]


def test_a_given_cotangent_is_the_first_factor_and_several_targets_add_up(run: Run) -> None:
    text = (
        "a = tf.Variable(3.0)\nwith tf.GradientTape() as tape:\n    y, z = a * a, 2.0 * a\n"
        "tape.gradient([y, z], a, output_gradients=[tf.constant(10.0), tf.constant(1.0)])\n"
    )
    (paths,) = paths_of(run, text).values()
    assert products(paths) == [30.0, 30.0, 2.0]
    assert paths.difference == 0


OPS = (
    "tf.sin({0})",
    "tf.tanh({0})",
    "({0} * {1})",
    "({0} + {1})",
    "({0} - {1})",
    "tf.exp(-tf.square({0}))",
    "0.5 * {0}",
)


@st.composite
def dags(draw: st.DrawFn) -> tuple[str, int]:
    """A random directed acyclic graph of scalar ops over two variables."""
    known = ["a", "b"]
    lines = []
    for place in range(draw(st.integers(2, 9))):
        op = draw(st.sampled_from(OPS))
        operands = [draw(st.sampled_from(known)) for _ in range(2)]
        lines.append(f"n{place} = {op.format(*operands)}")
        known.append(f"n{place}")
    ends = draw(st.lists(st.sampled_from(known), min_size=2, max_size=4))
    lines.append(f"y = {' + '.join(ends)} + a * b")
    return "\n    ".join(lines), len(lines)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(dag=dags(), a=st.floats(-2, 2, width=32), b=st.floats(-2, 2, width=32))
def test_on_any_graph_the_paths_sum_to_the_gradient(engine: Engine, dag: tuple[str, int], a: float, b: float) -> None:
    body, _ = dag
    text = taped(body, f"a, b = tf.Variable({a}, dtype=tf.float64), tf.Variable({b}, dtype=tf.float64)", "[a, b]")
    found = paths_of(lambda given: engine.run("lesson.py", "import tensorflow as tf\n" + given), text)
    assert set(found) == {"a", "b"}
    for paths in found.values():
        assert paths.total is not None, paths.note
        assert paths.returned is not None
        assert float(paths.total.array) == pytest.approx(float(paths.returned.array), rel=1e-9, abs=1e-12)
        if paths.count <= LISTED:
            assert len({path.edges for path in paths.paths}) == paths.count
            assert math.fsum(products(paths)) == pytest.approx(float(paths.total.array), rel=1e-9, abs=1e-12)
        sizes = [abs(product) for product in products(paths)]
        assert all(larger >= smaller * (1 - 1e-6) for larger, smaller in itertools.pairwise(sizes))
