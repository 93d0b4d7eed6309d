"""Where a gradient became zero, and which op made the first NaN, in lessons that run under the real tape."""

from __future__ import annotations

import numpy as np
import pytest

from tapeviz.commands.findings import show
from tapeviz.commands.looking import looking_again
from tapeviz.engine.runner import Engine
from tapeviz.model.badges import badges_of, findings_shown
from tapeviz.model.findings import all_findings
from tapeviz.model.folding import build_graph
from tapeviz.model.recording import Finding, Recording
from tapeviz.model.state import AppState
from tapeviz.model.subjects import default_subject

HEAD = "import numpy as np\nimport tensorflow as tf\n"


def run(engine: Engine, lesson: str) -> Recording:
    recording = engine.run(name="lesson.py", text=HEAD + lesson, seed=1).recording
    assert recording.errors == ()
    return recording


def asked(setup: str, formula: str, call: str = "tape.gradient(y, x)") -> str:
    """A lesson of which line 3 sets up, line 5 computes and line 6 asks."""
    return f"{setup}\nwith tf.GradientTape() as tape:\n    {formula}\n{call}\n"


X = "x = tf.Variable({})"
ZEROS = {
    "dead relu": (X.format(-2.0), "y = tf.nn.relu(x) * 5.0", "dead_relu", "Relu", "its input −2.000 is not above 0"),
    "kink": (X.format(0.0), "y = tf.nn.relu(x)", "flat", "Relu", "exactly 0"),
    "sigmoid": (X.format(40.0), "y = tf.sigmoid(x)", "saturated", "Sigmoid", "|input| ≥ 40.00"),
    "py_function": (
        X.format(2.0),
        "y = tf.py_function(lambda a: np.square(a.numpy()), [x], tf.float32)",
        "left_tensorflow",
        "EagerPyFunc",
        "for which tf.py_function gives 0 and not None",
    ),
    "tanh": (X.format([12.0, -15.0]), "y = tf.tanh(x)", "saturated", "Tanh", "|input| ≥ 12.00"),
    "maximum": (X.format(2.0), "y = tf.maximum(x, 5.0)", "lost", "Maximum", "2.000 < 5.000"),
    "minimum": (X.format(7.0), "y = tf.minimum(x, 5.0)", "lost", "Minimum", "7.000 > 5.000"),
    "the largest of a stack": (
        X.format(2.0),
        "y = tf.reduce_max(tf.stack([x, 5.0]))",
        "lost",
        "Max",
        "picks the largest, which is another element",
    ),
    "clip": (X.format(7.0), "y = tf.clip_by_value(x, 0.0, 5.0)", "clipped", "Minimum", "cuts 7.000 off"),
    "relu6": (X.format(9.0), "y = tf.nn.relu6(x)", "clipped", "Relu6", "cuts 9.000 off"),
    "times a variable": (
        "x, g = tf.Variable(7.0), tf.Variable(0.0)",
        "y = x * g",
        "times_zero",
        "Mul",
        "`x * g` on line 5 multiplies by g = 0",
    ),
    "times a matrix": (
        "x, w = tf.Variable([[1.0, 2.0]]), tf.Variable([[0.0], [0.0]])",
        "y = x @ w",
        "times_zero",
        "MatMul",
        "multiplies by w = 0",
    ),
    "where": (X.format(4.0), "y = tf.where(x > 5.0, 3.0 * x, 2.0)", "branch_not_chosen", "SelectV2", "other branch"),
    "absolute value": (X.format(0.0), "y = tf.abs(x)", "flat", "Abs", "kink |0|"),
    "a minimum": (X.format(0.0), "y = x**2 + 1.0", "stationary", "Pow", "its local derivative is 0 at 0.000"),
    "a step": (X.format(3.0), "y = tf.sign(x)", "step", "Sign", "a step"),
    "the difference with itself": (X.format(3.0), "y = x - x", "cancelled", "Sub", "adds up to 0"),
    "half precision": (
        "x = tf.Variable(1e-4, dtype=tf.float16)",
        "y = x * tf.constant(1e-4, tf.float16) * tf.constant(1e-4, tf.float16)",
        "underflow",
        "Mul",
        "smaller than float16 can hold",
    ),
}


@pytest.mark.parametrize("name", ZEROS)
def test_a_zero_gradient_is_traced_to_the_op_where_it_became_zero(name: str, engine: Engine) -> None:
    setup, formula, cause, op_type, words = ZEROS[name]
    recording = run(engine, asked(setup, formula))
    (finding,) = recording.findings
    assert (finding.kind, finding.cause, finding.line, finding.is_backward) == ("zero", cause, 5, True)
    assert finding.op is not None
    assert recording.ops[finding.op].type == op_type
    assert finding.title == "∂y/∂x is 0"
    assert words in finding.message
    value = recording.tensors[recording.gradient_calls[0].sources[0].value or 0].value
    assert value is not None
    assert not value.array.any()
    assert_became_zero_there(recording, finding)


def assert_became_zero_there(recording: Recording, finding: Finding) -> None:
    """TensorFlow's own numbers say so: something other than 0 came in, 0 went out (or shares cancel)."""
    if finding.cause == "cancelled":
        return
    shares = [share for share in recording.gradient_calls[0].contributions if share.op == finding.op]
    came = [recording.tensors[tensor].value for tensor in shares[0].output_cotangents if tensor is not None]
    assert any(value is not None and value.array.any() for value in came)
    sent = [recording.tensors[share.value].value for share in shares if share.value is not None]
    assert any(value is not None and not value.array.all() for value in sent)


def test_a_zero_far_from_the_source_is_marked_where_it_arose(engine: Engine) -> None:
    lesson = "x = tf.Variable(2.0)\nw = tf.Variable(1.5)\nwith tf.GradientTape() as tape:\n    h = x * w\n"
    lesson += "    r = tf.nn.relu(-h)\n    y = tf.exp(r) * 3.0\ntape.gradient(y, [x, w])\n"
    recording = run(engine, lesson)
    assert [finding.title for finding in recording.findings] == ["∂y/∂x is 0", "∂y/∂w is 0"]
    assert {recording.ops[finding.op or 0].type for finding in recording.findings} == {"Relu"}
    assert {finding.line for finding in recording.findings} == {7}


def test_an_almost_saturated_function_is_told_with_its_local_derivative(engine: Engine) -> None:
    (finding,) = run(engine, asked(X.format(10.0), "y = tf.sigmoid(x) * 2.0")).findings
    sigmoid = 1 / (1 + np.exp(-10.0))
    assert f"{sigmoid * (1 - sigmoid):.3e}".startswith("4.54")
    assert "at most 4.54" in finding.message
    assert "×10⁻⁵" in finding.message


def test_a_seed_of_zero_is_no_fault_of_any_op(engine: Engine) -> None:
    call = "tape.gradient(y, x, output_gradients=tf.constant(0.0))"
    (finding,) = run(engine, asked(X.format(3.0), "y = x * x", call)).findings
    assert (finding.cause, finding.op) == ("seed", None)


FUNCTION = """
@tf.function
def f(x, w):
    return tf.nn.relu(x), tf.sin(w)

x, w = tf.Variable(-3.0), tf.Variable(2.0)
with tf.GradientTape() as tape:
    a, b = f(x, w)
    y = a * 3.0{}
tape.gradient(y, [x, w])
"""


def test_a_function_that_sends_0_is_not_called_flat_and_inside_the_reason_is_told(engine: Engine) -> None:
    recording = run(engine, FUNCTION.format(""))
    assert {finding.cause for finding in recording.findings} == {"function"}
    assert all("sent 0 back there, as is seen inside it" in finding.message for finding in recording.findings)
    (inside,) = recording.insides
    assert inside.recording is not None
    relu, lost = _shown_of(inside.recording), all_findings(inside.recording)
    assert [finding.cause for finding in relu] == ["dead_relu"]
    assert [finding.cause for finding in lost] == ["not_connected"]


def test_a_zero_that_came_into_an_open_op_is_no_seed_of_the_lesson(engine: Engine) -> None:
    recording = run(engine, FUNCTION.replace("-3.0", "3.0").format(" * 0.0 + b * 0.0"))
    (inside,) = recording.insides
    assert inside.recording is not None
    found = _shown_of(inside.recording)
    assert found
    assert {finding.cause for finding in found} == {"seed_inside"}
    assert all("output_gradients" not in finding.fix for finding in found)


def _shown_of(recording: Recording) -> list[Finding]:
    return findings_shown(recording, build_graph(recording, default_subject(recording), is_folded=True))


@pytest.mark.parametrize(
    "lesson",
    [
        asked(X.format(3.0), "y = x * x"),
        asked(X.format([1.0, -1.0]), "y = tf.reduce_sum(tf.nn.relu(x))"),
        asked(X.format([[1.0], [2.0]]), "y = tf.reduce_sum(x[0])"),
        asked(
            "x = tf.Variable([1.0, 2.0])",
            "y = tf.nn.softmax(x + tf.constant([[0.0, 0.0], [0.0, -np.inf]], tf.float32))[0, 0]",
        ),
        "x = tf.constant([1.0, np.inf])\nprint(tf.reduce_max(x))\n",
    ],
)
def test_ordinary_lessons_have_no_findings(lesson: str, engine: Engine) -> None:
    assert all_findings(run(engine, lesson)) == ()


NOT_FINITE = {
    "logarithm of 0": (
        X.format(0.0),
        "y = tf.math.log(x)",
        "log_of_zero",
        "Log",
        False,
        "logarithm of 0.000, which is −∞",
    ),
    "of a negative": (X.format(-1.0), "y = tf.math.log(x)", "log_of_negative", "Log", False, "−1.000, which is NaN"),
    "overflow": (X.format(100.0), "y = tf.exp(x)", "overflow", "Exp", False, "at 100.0 it is larger than float32"),
    "0/0": (X.format(0.0), "y = x / x", "zero_by_zero", "RealDiv", False, "divides 0.000 by 0.000, which is NaN"),
    "1/0": (X.format(0.0), "y = 1.0 / x", "division_by_zero", "RealDiv", False, "divides 1.000 by 0.000"),
    "root of a negative": (
        X.format(-4.0),
        "y = tf.sqrt(x)",
        "root_of_negative",
        "Sqrt",
        False,
        "square root of −4.000",
    ),
    "root at 0": (X.format(0.0), "y = tf.sqrt(x)", "root_at_zero", "Sqrt", True, "1/(2√x) = ∞ at 0.000"),
    "power at 0": (X.format(0.0), "y = x**0.5", "root_at_zero", "Pow", True, "not finite at 0.000"),
    "norm at 0": (
        X.format([0.0, 0.0]),
        "y = tf.norm(x)",
        "root_at_zero",
        "Sqrt",
        True,
        "It becomes NaN on its way back",
    ),
    "arc cosine at 1": (X.format(1.0), "y = tf.acos(x)", "domain", "Acos", True, "∞ at 1.000"),
    "a branch of where": (
        X.format([0.0, 4.0]),
        "y = tf.reduce_sum(tf.where(x > 0.0, tf.math.log(x), 0.0))",
        "where_branch",
        "Log",
        True,
        "0 × ∞ is NaN",
    ),
    "softplus by hand": (
        X.format(100.0),
        "y = tf.math.log(1.0 + tf.exp(x))",
        "overflow",
        "Exp",
        False,
        "On the way back it is sent 0",
    ),
    "a NaN in the data": (
        "x, d = tf.Variable(2.0), tf.constant([1.0, np.nan])",
        "y = tf.reduce_mean((x * d) ** 2)",
        "given",
        "Mul",
        False,
        "d holds one from the start",
    ),
}


@pytest.mark.parametrize("name", NOT_FINITE)
def test_the_first_op_that_made_a_nan_or_an_infinity_is_found(name: str, engine: Engine) -> None:
    setup, formula, cause, op_type, is_backward, words = NOT_FINITE[name]
    recording = run(engine, asked(setup, formula))
    (finding,) = [finding for finding in recording.findings if finding.kind == "not_finite"]
    assert (finding.cause, finding.line, finding.is_backward) == (cause, 5, is_backward)
    assert finding.op is not None
    assert recording.ops[finding.op].type == op_type
    assert words in finding.message


def test_a_nan_is_found_where_no_gradient_was_asked_for(engine: Engine) -> None:
    (finding,) = run(engine, "x = tf.constant([1.0, 100.0])\np = tf.exp(x) / tf.reduce_sum(tf.exp(x))\n").findings
    assert (finding.cause, finding.call, finding.times) == ("overflow", None, 2)
    assert finding.title == "An infinity that becomes NaN"


def test_the_iteration_of_a_loop_in_which_it_happened_is_told(engine: Engine) -> None:
    lesson = "w = tf.Variable(1.0)\nfor i in range(60):\n    with tf.GradientTape() as tape:\n"
    lesson += "        loss = tf.math.log(w)\n    w.assign_sub(0.02 * tape.gradient(loss, w))\n"
    recording = run(engine, lesson)
    w, iteration = np.float32(1.0), 1
    while w > 0:
        w, iteration = np.float32(w - np.float32(0.02) * (np.float32(1.0) / w)), iteration + 1
    (finding,) = recording.findings
    assert finding.op is not None
    assert f"in iteration {iteration} of 60" in finding.message
    assert recording.ops[finding.op].type == "Log"


def test_a_large_value_is_judged_whole(engine: Engine) -> None:
    setup = "x = tf.Variable(tf.concat([tf.ones([9000]), [0.0]], 0))"
    (finding,) = run(engine, asked(setup, "y = tf.reduce_sum(tf.math.log(x))")).findings
    assert (finding.cause, finding.kind) == ("log_of_zero", "not_finite")


def test_a_persistent_tape_asked_inside_its_own_block_is_warned_of(engine: Engine) -> None:
    lesson = "x = tf.Variable(2.0)\nwith tf.GradientTape(persistent=True) as tape:\n    y = x * x\n"
    (finding,) = run(engine, lesson + "    g = tape.gradient(y, x)\n").findings
    assert (finding.kind, finding.line) == ("warning", 6)
    assert "3 more ops" in finding.message
    assert run(engine, lesson + "g = tape.gradient(y, x)\n").findings == ()


def test_a_nan_in_an_iteration_that_was_folded_is_found_there(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a long loop most iterations are kept as stacks of values: what happened in them is told all the same."""
    monkeypatch.setattr("tapeviz.engine.loops.FOLD_FROM", 200)
    lesson = "w = tf.Variable(1.0)\nfor i in range(300):\n    with tf.GradientTape() as tape:\n"
    lesson += "        loss = tf.math.log(w)\n    w.assign_sub(0.0025 * tape.gradient(loss, w))\n"
    recording = run(engine, lesson)
    w, iteration = np.float32(1.0), 1
    while w > 0:
        w, iteration = np.float32(w - np.float32(0.0025) * (np.float32(1.0) / w)), iteration + 1
    assert recording.folds
    assert len(recording.gradient_calls) < iteration < 300
    (finding,) = recording.findings
    assert f"in iteration {iteration} of 300" in finding.message
    there = show(looking_again(AppState(), recording), finding=0).state
    assert there.iteration == finding.folded_iteration == iteration - 1
    assert there.shown is not None
    assert there.graph is not None
    assert there.selection.node is not None
    assert set(badges_of(there.shown, there.graph)) == {there.selection.node}
    whole = looking_again(AppState(), recording)
    assert whole.shown is not None
    assert whole.graph is not None
    assert badges_of(whole.shown, whole.graph) == {}
