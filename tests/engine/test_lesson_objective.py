"""What a gradient call differentiates, as a function: held to the recording at its start, to TensorFlow elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tapeviz.engine.lesson_objective import LessonObjective, objective_of
from tapeviz.engine.objective import NoObjectiveError, Objective
from tapeviz.engine.runner import RunResult
from tapeviz.model.recording import Recording

from .conftest import Run, array, results

Function = Callable[..., Any]


def evaluated(objective: Objective, position: Any) -> tuple[float, Any]:
    place = tf.constant(position, objective.dtype)
    with tf.GradientTape() as tape:
        tape.watch(place)
        value = objective.at(place)
    return float(value), tape.gradient(value, place).numpy()


def held_to_recording(result: RunResult, call: int) -> LessonObjective:
    """Make the objective of a call and compare it, where it starts, with what the lesson's tape gave."""
    recording = result.recording
    assert not recording.errors, recording.errors
    objective = objective_of(result, call)
    asked = recording.gradient_calls[call]
    value, gradient = evaluated(objective, objective.start)
    expected = sum(float(array(recording, target)) for target in asked.target)
    assert value == pytest.approx(expected, rel=1e-5, abs=1e-6)
    returned = np.concatenate([each.reshape(-1) for each in results(recording, asked) if each is not None])
    np.testing.assert_allclose(gradient, returned, rtol=1e-4, atol=1e-6)
    return objective


def held_to(objective: Objective, position: list[float], function: Function) -> None:
    """Compare the objective and its gradient, away from where it starts, with a function in plain TensorFlow."""
    variable = tf.Variable(position, dtype=objective.dtype)
    with tf.GradientTape() as tape:
        expected = function(variable)
    value, gradient = evaluated(objective, position)
    assert value == pytest.approx(float(expected), rel=1e-5)
    np.testing.assert_allclose(gradient, tape.gradient(expected, variable), rtol=1e-4, atol=1e-6)


def test_a_block_of_variables_is_compiled(run: Run) -> None:
    result = run("""
x = tf.Variable(-1.0)
y = tf.Variable(1.5)
with tf.GradientTape() as tape:
    f = (1 - x) ** 2 + 100 * (y - x ** 2) ** 2
tape.gradient(f, [x, y])
""")
    objective = held_to_recording(result, 0)
    assert (objective.title, objective.reason, objective.is_compilable) == ("f", "", True)
    assert [parameter.name for parameter in objective.parameters] == ["x", "y"]
    held_to(objective, [0.3, -2.0], lambda p: (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2)
    places = tf.constant([[0.0, 0.0], [1.0, 1.0], [-2.0, 3.0]])
    compiled = tf.function(lambda: tf.vectorized_map(objective.at, places), jit_compile=True, autograph=False)
    np.testing.assert_allclose(compiled(), [1.0, 0.0, 109.0], rtol=1e-6)
    assert (float(result.namespace["x"]), float(result.namespace["y"])) == (-1.0, 1.5)


def test_watched_constants_are_found_wherever_the_block_reads_them(run: Run) -> None:
    result = run("""
w = tf.constant([1.0, 2.0])
def norm():
    return tf.reduce_sum(w ** 2)
def weighed(p):
    return norm() * tf.reduce_sum(p["w"][0])
for _ in range(3):
    with tf.GradientTape() as tape:
        tape.watch(w)
        loss = weighed({"w": [w]})
    w = w - 0.1 * tape.gradient(loss, w)
""")
    before = result.namespace["w"]
    for call in range(3):
        objective = held_to_recording(result, call)
    held_to(objective, [0.5, -3.0], lambda p: tf.reduce_sum(p**2) * tf.reduce_sum(p))
    assert result.namespace["w"] is before


def test_a_loop_by_hand_starts_where_each_iteration_was(run: Run) -> None:
    result = run("""
x = tf.Variable(2.0)
for _ in range(4):
    with tf.GradientTape() as tape:
        loss = (x - 5) ** 2
    x.assign_sub(0.1 * tape.gradient(loss, x))
""")
    starts = [float(held_to_recording(result, call).start[0]) for call in range(4)]
    np.testing.assert_allclose(starts, [2.0, 2.6, 3.08, 3.464], rtol=1e-6)


def test_a_keras_model_with_its_data_is_an_objective_of_its_weights(run: Run) -> None:
    result = run(
        """
import numpy as np
X = np.random.normal(size=(20, 3)).astype("float32")
y = X @ np.array([[1.0], [2.0], [3.0]], "float32")
model = tf.keras.Sequential([tf.keras.layers.Dense(4, activation="tanh"), tf.keras.layers.Dense(1)])
mse = tf.keras.losses.MeanSquaredError()
with tf.GradientTape() as tape:
    loss = mse(y, model(X, training=True))
tape.gradient(loss, model.trainable_variables)
""",
        seed=1,
    )
    objective = held_to_recording(result, 0)
    assert objective.dimension == 3 * 4 + 4 + 4 + 1
    assert objective.examples == 20
    space, position = result.namespace, objective.start * 1.3
    kept = [variable.numpy() for variable in space["model"].trainable_variables]
    some = tf.constant([3, 4, 11])
    first, then = position[:16], position[16:]
    hidden = np.tanh(space["X"] @ first[:12].reshape(3, 4) + first[12:])
    errors = (hidden @ then[:4].reshape(4, 1) + then[4:] - space["y"]) ** 2
    assert float(objective.at(tf.constant(position))) == pytest.approx(np.mean(errors), rel=1e-5)
    assert float(objective.at(tf.constant(position), some)) == pytest.approx(np.mean(errors[[3, 4, 11]]), rel=1e-5)
    for variable, value in zip(space["model"].trainable_variables, kept, strict=True):
        np.testing.assert_array_equal(variable, value)


def test_control_flow_on_tensors_is_kept(run: Run) -> None:
    result = run("""
def halved(y):
    while y > 1.0:
        y = y / 2.0
    return y
x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    y = halved(x * 1.0)
    if y > 0.8:
        y = y * 3.0
tape.gradient(y, x)
""")
    objective = held_to_recording(result, 0)
    assert objective.reason == ""
    values = tf.function(lambda: [objective.at(tf.constant([place])) for place in (3.0, 3.5, 5.5)], autograph=False)
    np.testing.assert_allclose([float(value) for value in values()], [0.75, 2.625, 0.6875])


@pytest.mark.parametrize(
    ("block", "because"),
    [
        ("y = (2.0 if x.numpy() > 0 else 1.0) * tf.exp(x)", "numpy"),
        ("y = float(x) * x + tf.exp(x)", "Python"),
        ("y = tf.py_function(lambda v: v * v, [x], tf.float32)", "EagerPyFunc"),
        ("y = x ** 2 + random.random() * x", "random numbers"),
        ("if x < 0:\n        raise ValueError('no way')\n    y = x ** 2", "(ValueError: no way)"),
    ],
)
def test_what_cannot_be_traced_runs_op_by_op_and_says_why(run: Run, block: str, because: str) -> None:
    result = run(f"""
import random
x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    {block}
tape.gradient(y, x)
""")
    objective = objective_of(result, 0)
    assert because in objective.reason
    assert objective.reason.startswith("It runs op by op, because")
    assert not objective.is_compilable
    assert float(result.namespace["x"]) == 3.0


def test_op_by_op_there_are_second_derivatives_too(run: Run) -> None:
    result = run("""
x = tf.Variable(0.5)
z = tf.constant(2.0)
with tf.GradientTape() as tape:
    tape.watch(z)
    x.numpy()
    y = tf.exp(x) * z ** 3
tape.gradient(y, [x, z])
""")
    objective = held_to_recording(result, 0)
    assert objective.reason
    place = tf.constant([0.2, 3.0])
    with tf.GradientTape(persistent=True) as outer:
        outer.watch(place)
        with tf.GradientTape() as inner:
            inner.watch(place)
            value = objective.at(place)
        gradient = inner.gradient(value, place)
    e = np.exp(0.2)
    np.testing.assert_allclose(
        outer.jacobian(gradient, place, experimental_use_pfor=False), [[27 * e, 27 * e], [27 * e, 18 * e]], rtol=1e-5
    )


def test_tapes_within_the_block_differentiate_by_what_stands_in(run: Run) -> None:
    result = run("""
x = tf.Variable(2.0)
with tf.GradientTape() as outer:
    with tf.GradientTape() as inner:
        y = x ** 3
    slope = inner.gradient(y, x)
    loss = (slope - 3.0) ** 2
outer.gradient(loss, x)
""")
    objective = held_to_recording(result, 1)
    held_to(objective, [1.5], lambda p: (3 * p[0] ** 2 - 3) ** 2)
    assert held_to_recording(result, 0).title == "y"
    assert objective.is_compilable


def test_a_block_in_a_function_has_that_functions_names(run: Run) -> None:
    result = run("""
class Line(tf.Module):
    def __init__(self):
        self.w, self.b, self.calls = tf.Variable(1.0), tf.Variable(0.5), tf.Variable(0, trainable=False)
    @tf.function
    def __call__(self, x):
        self.calls.assign_add(1)
        return self.w * x + self.b
line = Line()
xs = tf.linspace(0.0, 1.0, 10)
ys = 3 * xs + 1
def loss_of(target, predicted):
    return tf.reduce_mean((target - predicted) ** 2)
def train(model, x, y, rate):
    with tf.GradientTape() as t:
        current = loss_of(y, model(x))
    dw, db = t.gradient(current, [model.w, model.b])
    model.w.assign_sub(rate * dw)
    model.b.assign_sub(rate * db)
for _ in range(3):
    train(line, xs, ys, 0.1)
""")
    for call in range(3):
        objective = held_to_recording(result, call)
    assert objective.examples == 10
    assert int(result.namespace["line"].calls) == 3
    x = tf.linspace(0.0, 1.0, 10)
    held_to(objective, [2.0, 0.0], lambda p: tf.reduce_mean((3 * x + 1 - p[0] * x - p[1]) ** 2))


def test_the_call_may_stand_in_the_block_or_in_a_return(run: Run) -> None:
    result = run("""
def slope(f, x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        return tape.gradient(f(x), x)
slope(lambda v: tf.reduce_sum(tf.sin(v)), tf.constant([0.5, 1.0]))
""")
    objective = held_to_recording(result, 0)
    held_to(objective, [2.0, 3.0], lambda p: tf.reduce_sum(tf.sin(p)))


def test_data_in_a_batch_or_an_object_are_examples(run: Run) -> None:
    result = run("""
class Line:
    def __init__(self):
        self.x = tf.linspace(0.0, 1.0, 12)
        self.slope = tf.Variable(0.5)
        self.losses = []
    def step(self, *batch):
        with tf.GradientTape() as tape:
            self.losses.append(self.slope * 0.0)
            self.loss = tf.reduce_mean((self.slope * batch[0] - batch[1]) ** 2)
        return tape.gradient(self.loss, self.slope)
    def own(self):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((self.slope * self.x - 2.0) ** 2)
        return tape.gradient(loss, self.slope)
line = Line()
line.step(line.x, 3 * line.x)
line.own()
kept = line.loss
""")
    for call in range(2):
        assert held_to_recording(result, call).examples == 12
    line = result.namespace["line"]
    assert line.loss is result.namespace["kept"]
    assert len(line.losses) == 1


def test_the_last_of_many_batches_is_the_one_that_counts(run: Run) -> None:
    result = run("""
w = tf.Variable(1.0)
def step(x):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((w * x - 2.0) ** 2)
    w.assign_sub(0.01 * tape.gradient(loss, w))
for k in range(40):
    step(tf.linspace(0.0, 1.0 + k, 8))
""")
    assert len(result.live.scopes) == 17
    for call in (0, 15, 39):
        held_to_recording(result, call)


def test_a_watched_tensor_in_an_object_is_moved(run: Run) -> None:
    result = run("""
class Well:
    def __init__(self):
        self.w = tf.constant([1.0, 2.0])
    def depth(self):
        return tf.reduce_sum(self.w ** 2)
well = Well()
with tf.GradientTape() as tape:
    tape.watch(well.w)
    depth = well.depth()
tape.gradient(depth, well.w)
""")
    before = result.namespace["well"].w
    held_to(held_to_recording(result, 0), [3.0, -1.0], lambda p: tf.reduce_sum(p**2))
    assert result.namespace["well"].w is before


def test_what_the_tape_did_not_record_stays_unrecorded(run: Run) -> None:
    result = run("""
x = tf.Variable(3.0)
with tf.GradientTape(persistent=True) as tape:
    a = x * x
    with tape.stop_recording():
        b = a * x
    y = a + b * x + tf.stop_gradient(x) * x
tape.gradient(y, x)
""")
    objective = held_to_recording(result, 0)
    place = tf.constant(objective.start)
    with_gradient = tf.function(lambda: evaluate(objective, place), autograph=False)
    assert float(with_gradient()[0]) == 2 * 3.0 + 27.0 + 3.0


def evaluate(objective: Objective, place: Any) -> Any:
    with tf.GradientTape() as tape:
        tape.watch(place)
        value = objective.at(place)
    return tape.gradient(value, place)


def test_several_targets_are_added_in_the_wider_type(run: Run) -> None:
    result = run("""
a = tf.Variable(1.0, dtype=tf.float64)
b = tf.Variable(2.0)
with tf.GradientTape(persistent=True) as tape:
    p = a ** 2
    q = b ** 3
tape.gradient([p, q], [a, b])
""")
    objective = held_to_recording(result, 0)
    assert objective.title == "p + q"
    assert objective.dtype == tf.float64
    held_to(objective, [3.0, -1.0], lambda v: v[0] ** 2 + v[1] ** 3)


def test_state_that_the_block_changes_stays_as_the_lesson_left_it(run: Run) -> None:
    result = run(
        """
model = tf.keras.Sequential([tf.keras.layers.Dense(3), tf.keras.layers.BatchNormalization(), tf.keras.layers.Dense(1)])
x = tf.random.normal((8, 2))
history = []
with tf.GradientTape() as tape:
    loss = tf.reduce_mean(model(x, training=True) ** 2)
    history.append(loss)
    print("once")
tape.gradient(loss, model.trainable_variables)
drawn = tf.random.get_global_generator
""",
        seed=3,
    )
    before = [variable.numpy() for variable in result.namespace["model"].variables]
    luck = str(np.random.get_state(legacy=False))
    held_to_recording(result, 0)
    for variable, value in zip(result.namespace["model"].variables, before, strict=True):
        np.testing.assert_array_equal(variable, value)
    assert len(result.namespace["history"]) == 1
    assert result.recording.output.count("once") == 1
    assert str(np.random.get_state(legacy=False)) == luck


BY_HAND = """
t = tf.GradientTape()
t.__enter__()
x = tf.Variable(1.0)
y = x * 2.0
t.__exit__(None, None, None)
t.gradient(y, x)
"""
HIDDEN = """
x = tf.constant(3.0)
class Holder:
    __slots__ = ("kept",)
holder = Holder()
holder.kept = x
with tf.GradientTape() as t:
    t.watch(x)
    y = holder.kept ** 2
t.gradient(y, x)
"""
LEAVES = """
def f(x):
    with tf.GradientTape() as t:
        y = x * 2
        if y < 0:
            return None
        z = y ** 2
    return t.gradient(z, x)
f(tf.Variable(1.0))
"""


def test_a_function_that_ends_at_its_start_is_an_objective_and_a_flat_one_too(run: Run) -> None:
    result = run("""
x = tf.Variable(0.0)
with tf.GradientTape() as tape:
    if x.numpy() != 0:
        raise ValueError("only at 0")
    y = x * 2.0
tape.gradient(y, x)
w = tf.Variable(-3.0)
with tf.GradientTape() as tape:
    z = tf.nn.relu(w)
tape.gradient(z, w)
""")
    held_to_recording(result, 0)
    assert held_to_recording(result, 1).reason == ""


@pytest.mark.parametrize(
    ("lesson", "sentence"),
    [
        ("x = tf.Variable([1.0, 2.0])\nwith tf.GradientTape() as t:\n    y = x ** 2\nt.gradient(y, x)", "shape (2,)"),
        (
            "x, z = tf.Variable(1.0), tf.Variable(1.0)\nwith tf.GradientTape() as t:\n    y = x\nt.gradient(y, z)",
            "None",
        ),
        ("x = tf.Variable(1)\nwith tf.GradientTape() as t:\n    y = x * 2\nt.gradient(y, x)", "int32"),
        ("x = tf.Variable(1j)\nwith tf.GradientTape() as t:\n    y = x * 2\nt.gradient(y, x)", "complex"),
        ("x = tf.Variable([1.0])\nwith tf.GradientTape() as t:\n    y = x * 2\nt.jacobian(y, x)", "jacobian"),
        (BY_HAND, "`with`"),
        (
            "x = tf.Variable(1.0)\nwith tf.GradientTape() as t:\n    h = x * 2\n    y = h ** 2\nt.gradient(y, h)",
            "'h' is computed inside",
        ),
        (LEAVES, "`return`"),
        (HIDDEN, "whatever 'x' is"),
    ],
)
def test_what_is_no_objective_is_refused_in_one_sentence(run: Run, lesson: str, sentence: str) -> None:
    with pytest.raises(NoObjectiveError) as caught:
        objective_of(run(lesson + "\n"), 0)
    assert sentence in str(caught.value)
    assert str(caught.value).endswith(".")


def test_the_lesson_says_the_domain(run: Run) -> None:
    header = "# /// script\n# [tool.tapeviz.descent]\n# domain.x = [-2.0, 3.0]\n# ///\n"
    result = run(header + "x = tf.Variable(1.0)\nwith tf.GradientTape() as t:\n    y = x ** 2\nt.gradient(y, x)\n")
    assert objective_of(result, 0).parameters[0].domain == (-2.0, 3.0)


def numbers(recording: Recording) -> list[Any]:
    """List what the ops gave; how often a constant is there as an object of its own is TensorFlow's affair."""
    return [(op.type, op.line, [recording.tensors[each].value for each in op.outputs]) for op in recording.ops]


def test_a_lesson_that_runs_meanwhile_is_recorded_as_ever(run: Run) -> None:
    earlier = run("""
x = tf.Variable([1.0, 2.0])
with tf.GradientTape() as tape:
    x.numpy()
    y = tf.reduce_sum(x ** 2)
tape.gradient(y, x)
with tf.GradientTape() as tape:
    z = tf.reduce_sum(x ** 3)
tape.gradient(z, x)
""")
    objectives = [objective_of(earlier, call) for call in range(2)]
    assert [bool(objective.reason) for objective in objectives] == [True, False]
    lesson = """
w = tf.Variable(tf.random.normal((3,)))
for _ in range(20):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum((w - 1.0) ** 2) + tf.random.uniform(())
    w.assign_sub(0.1 * tape.gradient(loss, w))
print(w.numpy())
"""
    alone = run(lesson, seed=4).recording
    found: list[Any] = []
    is_over = threading.Event()

    def evaluate_again_and_again() -> None:
        place = tf.constant([3.0, -1.0])
        while not is_over.is_set():
            found.extend(evaluated(objective, [3.0, -1.0])[1] for objective in objectives)
            graph = tf.function(lambda: evaluate(objectives[1], place), autograph=False)
            found.append(graph.get_concrete_function()())

    thread = threading.Thread(target=evaluate_again_and_again)
    thread.start()
    try:
        meanwhile = [run(lesson, seed=4).recording for _ in range(3)]
    finally:
        is_over.set()
        thread.join()
    for recording in meanwhile:
        assert numbers(recording) == numbers(alone)
        assert recording.output == alone.output
        assert all(call.checked for call in recording.gradient_calls)
    assert len(found) >= 3
    for place, gradient in enumerate(found):
        np.testing.assert_allclose(gradient, ([6.0, -2.0], [27.0, 3.0], [27.0, 3.0])[place % 3], rtol=1e-6)
    np.testing.assert_array_equal(earlier.namespace["x"], [1.0, 2.0])
