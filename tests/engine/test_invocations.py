"""Each op knows the call of the function and of the layer that it ran in, and two calls are never one."""

from __future__ import annotations

from tapeviz.model.recording import Op, Recording
from tests.engine.conftest import Record


def chain(recording: Recording, op: Op) -> list[str]:
    """List the titles of the invocations around an op, the outer ones first."""
    titles = []
    index = op.invocation
    while index is not None:
        titles.append(recording.invocations[index].title)
        index = recording.invocations[index].parent
    return titles[::-1]


def ops_of(recording: Recording, op_type: str) -> list[Op]:
    return [op for op in recording.ops if op.type == op_type and op.made_by is None]


def test_ops_outside_of_functions_have_none(record: Record) -> None:
    recording = record("x = tf.Variable(2.0)\nwith tf.GradientTape() as tape:\n    y = x * 3.0\n")
    assert all(op.invocation is None for op in recording.ops)
    assert not recording.invocations


def test_nested_functions_and_the_lines_that_called_them(record: Record) -> None:
    recording = record(
        "def inner(x):\n    return tf.sin(x)\n"
        "def outer(x):\n    a = tf.exp(x)\n    return inner(a) * a\n"
        "y = outer(tf.constant(1.0))\n"
    )
    assert chain(recording, ops_of(recording, "Exp")[0]) == ["outer"]
    assert chain(recording, ops_of(recording, "Sin")[0]) == ["outer", "inner"]
    assert chain(recording, ops_of(recording, "Mul")[0]) == ["outer"]
    lines = {invocation.title: invocation.line for invocation in recording.invocations}
    assert lines == {"outer": 7, "inner": 6}
    assert ops_of(recording, "Exp")[0].invocation == ops_of(recording, "Mul")[0].invocation


def test_every_call_in_a_loop_is_one_of_its_own(record: Record) -> None:
    recording = record("def f(x):\n    return tf.sin(x)\ny = tf.constant(1.0)\nfor _ in range(5):\n    y = f(y)\n")
    assert len({op.invocation for op in ops_of(recording, "Sin")}) == 5


def test_recursion_nests(record: Record) -> None:
    recording = record(
        "def power(x, n):\n    return tf.identity(x) if n == 0 else power(x, n - 1) * x\npower(tf.constant(2.0), 3)\n"
    )
    assert [chain(recording, op) for op in ops_of(recording, "Mul")] == [["power"] * 3, ["power"] * 2, ["power"]]


def test_comprehensions_and_class_bodies_are_no_calls(record: Record) -> None:
    recording = record("class Holder:\n    a = tf.sin(1.0)\nb = [tf.sin(float(k)) for k in range(2)]\n")
    assert not recording.invocations
    assert len(ops_of(recording, "Sin")) == 3


def test_lambdas_are_functions(record: Record) -> None:
    recording = record("f = lambda x: tf.sin(x)\nf(tf.constant(1.0))\n")
    assert chain(recording, ops_of(recording, "Sin")[0]) == ["lambda"]


def test_keras_layers_tell_class_and_name(record: Record) -> None:
    recording = record(
        "model = tf.keras.Sequential([tf.keras.layers.Dense(3, activation='relu', name='hidden'),"
        " tf.keras.layers.Dense(1, name='out')], name='net')\n"
        "model.build((None, 2))\n"
        "def loss_of(x):\n    return tf.reduce_sum(model(x))\n"
        "loss_of(tf.ones((4, 2)))\n"
    )
    first, second = (chain(recording, op) for op in ops_of(recording, "MatMul")[-2:])
    assert first == ["loss_of", "Sequential · net", "Dense · hidden"]
    assert second == ["loss_of", "Sequential · net", "Dense · out"]
    assert chain(recording, ops_of(recording, "Sum")[-1]) == ["loss_of"]


def test_frames_of_the_lesson_die_when_they_return(record: Record) -> None:
    recording = record(
        "import weakref\nkept = []\n"
        "class Local:\n    pass\n"
        "def f(x):\n    local = Local()\n    kept.append(weakref.ref(local))\n    return tf.sin(x)\n"
        "f(tf.constant(1.0))\nprint(kept[0]())\n"
    )
    assert recording.output == "None\n"
