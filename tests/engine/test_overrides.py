from __future__ import annotations

import pytest

from tests.engine.conftest import Run

LESSON = (
    "x = tf.Variable(2.0)\n"
    "w = tf.constant([[1.0, 2.0]], name='weights')\n"
    "rate, count = 0.1, 3\n"
    "late = tf.Variable(initial_value=tf.random.normal((2,)))\n"
    "total = x * 2.0\n"
    "x = x + 1.0\n"
    "print(x.numpy(), w.numpy().tolist(), rate, count, late.numpy().tolist())\n"
)


def test_variables_take_other_values_and_the_text_stays(run: Run) -> None:
    values = {"x": "5", "w": "[[3, -1/2], [1e1, 2**3]]", "rate": "pi", "count": "7", "late": "[1, 2]"}
    recording = run(LESSON, overrides=values).recording
    assert not recording.errors
    assert recording.output == "6.0 [[3.0, -0.5], [10.0, 8.0]] 3.141592653589793 7 [1.0, 2.0]\n"
    assert recording.source.text.endswith(LESSON)
    first = next(op for op in recording.ops if op.type == "VarHandleOp")
    assert first.place is not None and (first.place.line, first.place.column, first.place.end_column) == (2, 4, 20)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        (
            "total",
            "1",
            "The lesson has no variable 'total' whose value can be set. What can be set: x, w, rate, count, late.",
        ),
        ("nosuch", "1", "no variable 'nosuch'"),
        ("x", "__import__('os')", "is no number and no list of numbers"),
        ("x", "", "is no number and no list of numbers"),
        ("x", "9**9**9**9", "is no number and no list of numbers"),
        ("x", "[1] + 2", "is no number and no list of numbers"),
    ],
)
def test_what_cannot_be_set_is_refused_in_a_sentence(name: str, value: str, sentence: str, run: Run) -> None:
    with pytest.raises(ValueError) as refusal:
        run(LESSON, overrides={name: value})
    assert sentence in str(refusal.value)


def test_a_division_by_zero_is_the_lessons_own_error(run: Run) -> None:
    recording = run("x = tf.Variable(2.0)\ny = 1 / 0\n").recording
    (error,) = recording.errors
    assert (error.type, error.line) == ("ZeroDivisionError", 3)
