"""Errors of lessons: where they are, what they say, what mends them, and what is kept of the run."""

from __future__ import annotations

import pytest

from tests.engine.conftest import Run

# name -> (lesson after the import, type, line, columns, piece of the message, piece of the hint)
FAILURES: dict[str, tuple[str, str, int, tuple[int, int] | None, str, str]] = {
    "syntax": ("x = (1.0\ny = 2.0\n", "SyntaxError", 2, (4, 5), "never closed", "Close the bracket"),
    "missing multiplication": ("x = 3x\n", "SyntaxError", 2, None, "invalid decimal literal", "3*x"),
    "colon": ("if True\n    x = 1\n", "SyntaxError", 2, (7, 8), "expected ':'", "colon"),
    "name": ("weight = 1.0\ny = wieght * 2\n", "NameError", 3, (4, 10), "'wieght'", "Did you mean 'weight'?"),
    "missing import": ("y = np.ones(3)\n", "NameError", 2, (4, 6), "'np'", "import numpy as np"),
    "no such package": ("import nosuchpackage\n", "ModuleNotFoundError", 2, None, "nosuchpackage", "pip install"),
    "matmul": (
        "y = tf.ones((2, 3)) @ tf.ones((2, 3))\n",
        "InvalidArgumentError",
        2,
        (4, 37),
        "[2,3]",
        "(2, 3) and (2, 3)",
    ),
    "vector in matmul": ("y = tf.ones((2, 3)) @ tf.ones((3,))\n", "InvalidArgumentError", 2, None, "ndims", "matvec"),
    "broadcast": (
        "y = tf.ones((2,)) + tf.ones((3,))\n",
        "InvalidArgumentError",
        2,
        None,
        "Incompatible",
        "(2,) and (3,)",
    ),
    "dtypes": (
        "y = tf.Variable(1.0) * tf.constant(2)\n",
        "InvalidArgumentError",
        2,
        None,
        "int32",
        "tf.cast(..., tf.float32)",
    ),
    "double": (
        "y = tf.constant(1.0) + tf.constant(1.0, tf.float64)\n",
        "InvalidArgumentError",
        *(2, None, "double", "float64"),
    ),
    "whole numbers": ("y = tf.constant(2) * 2.5\n", "TypeError", 2, None, "int32", "decimal point"),
    "caret": ("y = tf.Variable(1.0) ^ 2\n", "InvalidArgumentError", 2, None, "float", "x**2"),
    "no target": (
        "x = tf.Variable(1.0)\ndef f(v):\n    v * v\nwith tf.GradientTape() as t:\n    y = f(x)\nt.gradient(y, x)\n",
        "TypeError",
        *(7, (0, 16), "None", "'return'"),
    ),
    "number as target": (
        "x = tf.Variable(1.0)\nwith tf.GradientTape() as t:\n    y = (x * x).numpy()\nt.gradient(y, x)\n",
        "AttributeError",
        *(5, None, "_id", ".numpy()"),
    ),
    "watching a number": (
        "with tf.GradientTape() as t:\n    t.watch(3.0)\n",
        "ValueError",
        3,
        None,
        "3.0",
        "tf.constant",
    ),
    "assigning to a tensor": (
        "x = tf.constant(1.0)\nx.assign(2.0)\n",
        "AttributeError",
        3,
        None,
        "assign",
        "tf.Variable",
    ),
    "item of a tensor": (
        "x = tf.constant([1.0])\nx[0] = 2.0\n",
        "TypeError",
        3,
        None,
        "item",
        "tensor_scatter_nd_update",
    ),
    "shape of a variable": ("tf.Variable([1.0]).assign([1.0, 2.0])\n", "ValueError", 2, None, "shape", "(1,)"),
    "reshape": ("tf.reshape(tf.ones(4), (3,))\n", "InvalidArgumentError", 2, None, "4 values", "3 are asked for"),
    "no gradients": (
        "tf.keras.optimizers.SGD().apply_gradients([(None, tf.Variable(1.0))])\n",
        "ValueError",
        *(2, None, "No gradients", "inside the 'with' block"),
    ),
    "none operand": ("y = tf.Variable(1.0).assign_sub(None)\n", "ValueError", 2, None, "None", "gradient is None"),
    "attribute": ("y = tf.sqroot(2.0)\n", "AttributeError", 2, (4, 13), "sqroot", "Did you mean 'sqrt'?"),
    "division": ("def f():\n    return 1 / 0\nf()\n", "ZeroDivisionError", 3, (11, 16), "division", "inf"),
    "index": ("[1, 2][2]\n", "IndexError", 2, None, "out of range", "count from 0"),
    "key of a registry": (
        "tf.RegisterGradient('Sub')(print)\n",
        "KeyError",
        2,
        None,
        "Registering two gradient with name 'Sub'!",
        "",
    ),
    "key": ("{'a': 1}['b']\n", "KeyError", 2, None, "'b'", "keys"),
    "file": ("open('nosuchfile.csv')\n", "FileNotFoundError", 2, None, "nosuchfile.csv", "path"),
    "recursion": ("def f(x):\n    return f(x)\nf(1)\n", "RecursionError", 3, (11, 15), "recursion", "without an end"),
    "memory": ("tf.ones((10**6, 10**6, 10**3))\n", "ResourceExhaustedError", 2, None, "OOM", "memory"),
    "inside a function of TensorFlow": (
        "@tf.function\ndef f(x):\n    y = x * 2.0\n    return y.nosuch\nf(tf.constant(1.0))\n",
        "AttributeError",
        *(5, (4, 19), "nosuch", ""),
    ),
    "exit": ("raise SystemExit(3)\n", "SystemExit", 2, None, "status 3", ""),
    "own": ("raise ValueError('own words')\n", "ValueError", 2, None, "own words", ""),
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
def test_an_error_says_what_happened_where_and_what_mends_it(
    failure: tuple[str, str, int, tuple[int, int] | None, str, str], run: Run
) -> None:
    text, kind, line, columns, message, hint = failure
    recording = run(text).recording
    assert recording.ended_by == "error"
    (error,) = recording.errors
    assert (error.type, error.line) == (kind, line)
    if columns is not None:
        assert (error.column, error.end_column) == columns
    assert message in error.message
    assert hint in (error.hint or "")
    for noise in ("{{", "[Op:", "device:CPU", "NodeDef", "tensorflow.python"):
        assert noise not in error.message


def test_what_was_recorded_before_an_error_is_kept(run: Run) -> None:
    recording = run(
        "x = tf.Variable(3.0)\n"
        "with tf.GradientTape() as tape:\n"
        "    y = x * x\n"
        "print(tape.gradient(y, x).numpy())\n"
        "boom\n"
        "print('never')\n"
    ).recording
    assert recording.output == "6.0\n"
    assert len(recording.gradient_calls) == 1 and recording.gradient_calls[0].checked
    assert [error.line for error in recording.errors] == [6]


def test_a_call_that_fails_is_not_listed_and_the_next_one_is(run: Run) -> None:
    recording = run(
        "@tf.custom_gradient\n"
        "def bad(x):\n"
        "    def grad(upstream):\n"
        "        raise ValueError('in the gradient')\n"
        "    return x * 1.0, grad\n"
        "x = tf.Variable(3.0)\n"
        "with tf.GradientTape(persistent=True) as tape:\n"
        "    y, z = bad(x) * 2.0, x * x\n"
        "try:\n"
        "    tape.gradient(y, x)\n"
        "except ValueError as error:\n"
        "    print(error)\n"
        "g = tape.gradient(z, x)\n"
    ).recording
    assert recording.output == "in the gradient\n"
    (call,) = recording.gradient_calls
    assert call.checked and call.line == 14
    assert all(op.made_by in (None, call.id) for op in recording.ops)


def test_later_cells_run_when_asked_to(run: Run) -> None:
    text = "# %%\nprint(1)\n1 / 0\n# %%\nx = (\n# %%\nprint(3)\n{}['b']\n"
    stopped = run(text).recording
    assert (stopped.output, [error.type for error in stopped.errors]) == ("1\n", ["ZeroDivisionError"])
    recording = run(
        "# %%\nprint(1)\n1 / 0\n# %%\nprint(2)\n# %% [markdown]\n# words (\n# %%\n{}['b']\n", keep_going=True
    ).recording
    assert recording.output == "1\n2\n"
    assert [(error.cell, error.line) for error in recording.errors] == [(1, 4), (4, 10)]
    assert recording.ended_by == "error"


def test_leaving_on_purpose_is_no_error(run: Run) -> None:
    for way in ("raise SystemExit", "import sys\nsys.exit(0)", "quit = exit"):
        recording = run(f"print('before')\n{way}\n").recording
        assert (recording.errors, recording.ended_by, recording.output) == ((), "finished", "before\n")
