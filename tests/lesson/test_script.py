"""Form and script are one document: each is carried into the other, and nothing is lost on the way."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf
from hypothesis import given, settings

from tapeviz.model.form import QuickForm, VariableKind, VariableRow
from tapeviz.model.script import (
    EMPTY_FORM,
    completed,
    edit_form,
    form_of,
    script_of,
    set_value,
    update_script,
    variables_of,
)
from tests.lesson.strategies import forms

MOCK = """\
import tensorflow as tf

x = tf.Variable(2.0)
y = tf.Variable(3.0)

with tf.GradientTape() as tape:
    f = x**2 + 3*x*y + y**3

grads = tape.gradient(f, [x, y])
"""


def row(name: str, value: str = "1", kind: VariableKind = "Variable", dtype: str = "float32") -> VariableRow:
    return VariableRow(name=name, kind=kind, value=value, dtype=dtype)


def form(*functions: str, rows: tuple[VariableRow, ...] = (), **choices: Any) -> QuickForm:
    chosen = {"target": "f", "sources": (), "persistent": False, **choices}
    return QuickForm(functions=functions, variables=rows, **chosen)


MOCK_FORM = form("f(x, y) = x^2 + 3xy + y^3", rows=(row("x", "2"), row("y", "3")))


def read(text: str, previous: QuickForm | None = None) -> QuickForm:
    found, note = form_of(text, previous)
    assert found is not None, note
    return found


def run(text: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(compile(text, "lesson.py", "exec"), namespace)
    return namespace


def test_the_script_of_the_mock() -> None:
    assert script_of(MOCK_FORM) == MOCK


def test_the_script_runs_and_gives_the_gradients_of_the_mock() -> None:
    assert [float(part) for part in run(script_of(MOCK_FORM))["grads"]] == [13, 33]


def test_a_script_with_everything_in_it() -> None:
    everything = form(
        "f(x, W) = sum(W @ x) + c",
        "g(x, W) = f(x, W)^2 pi",
        rows=(
            row("x", "[1, 2]"),
            row("W", "[[1, 2], [3, pi/2]]", dtype="float32"),
            row("c", "3", "watched constant"),
            row("k", "1/3", "constant", "float64"),
            row("s", "0.5", "frozen"),
        ),
        target="g",
        persistent=True,
    )
    assert script_of(everything) == (
        "import math\n\nimport tensorflow as tf\n\n"
        "x = tf.Variable([1.0, 2.0])\n"
        "W = tf.Variable([[1.0, 2.0], [3.0, math.pi/2]])\n"
        "c = tf.constant(3.0)\n"
        "k = tf.constant(1/3, dtype=tf.float64)\n"
        "s = tf.Variable(0.5, trainable=False)\n\n"
        "with tf.GradientTape(persistent=True) as tape:\n"
        "    tape.watch(c)\n"
        "    f = tf.reduce_sum(tf.linalg.matvec(W, x)) + c\n"
        "    g = f**2*math.pi\n\n"
        "g_grads = tape.gradient(g, [x, W, c])\n"
        "f_grads = tape.gradient(f, [x, W, c])\n"
    )
    results = run(script_of(everything))
    value = 1 + 4 + 3 + math.pi + 3
    assert float(results["g"]) == pytest.approx(math.pi * value**2, rel=1e-5)
    assert float(results["g_grads"][2]) == pytest.approx(2 * math.pi * value, rel=1e-5)
    assert float(results["f_grads"][2]) == 1


def test_a_lone_source_is_named_bare() -> None:
    assert script_of(form("f(x) = x^2")).endswith("grad = tape.gradient(f, x)\n")


def test_whole_numbers_do_not_make_integer_variables() -> None:
    assert run(script_of(MOCK_FORM))["x"].dtype == tf.float32


@settings(max_examples=60, deadline=None)
@given(forms())
def test_a_script_gives_its_form_back(drawn: QuickForm) -> None:
    plain = completed(replace(drawn, variables=tuple(replace(known, high=5.0) for known in drawn.variables)))
    assert read(script_of(plain), plain) == plain


@settings(max_examples=60, deadline=None)
@given(forms(), forms())
def test_an_edit_of_the_form_leads_to_the_script_of_the_new_form(before: QuickForm, after: QuickForm) -> None:
    text = update_script("", before)
    assert update_script(text, after) == update_script("", after)


@settings(max_examples=60, deadline=None)
@given(forms())
def test_a_form_that_did_not_change_leaves_the_script_alone(drawn: QuickForm) -> None:
    text = update_script("", drawn).replace("\n\n", "\n# a word\n\n").replace("(", "( ")
    assert update_script(text, read(text, drawn)) == text


LECTURE = """\
# The lecture of Monday
import tensorflow as tf
x = tf.Variable(2.0, name="x")  # the input
# y is fixed
y = tf.Variable(3.0)  # the other one
print("values", x, y)
with tf.GradientTape() as t:  # look here
    # squared
    z = tf.square(x)*y  # the loss
    print(z)
dx, dy = t.gradient(z, [x, y])  # both
print(dx, dy)
"""


def test_a_script_of_ones_own_has_a_form() -> None:
    found = read(LECTURE)
    assert found.functions == ("z(x, y) = x^2 * y",)
    assert [(known.name, known.value) for known in found.variables] == [("x", "2.0"), ("y", "3.0")]
    assert (found.target, found.sources, found.persistent) == ("z", (), False)


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        (
            lambda f: replace(f, variables=(replace(f.variables[0], value="5"), f.variables[1])),
            "Variable(2.0,",
            "Variable(5.0,",
        ),
        (lambda f: replace(f, persistent=True), "tf.GradientTape()", "tf.GradientTape(persistent=True)"),
        (lambda f: replace(f, functions=("z(x, y) = x^3 y",)), "tf.square(x)*y", "x**3*y"),
        (lambda f: replace(f, sources=("y",)), "dx, dy = t.gradient(z, [x, y])", "dy = t.gradient(z, y)"),
        (
            lambda f: replace(
                f, variables=(f.variables[0], replace(f.variables[1], kind="frozen")), sources=("x", "y")
            ),
            "y = tf.Variable(3.0)",
            "y = tf.Variable(3.0, trainable=False)",
        ),
        (
            lambda f: replace(f, variables=(*f.variables, row("c", "4", "watched constant")), sources=("x", "y")),
            "the other one\n",
            "the other one\nc = tf.constant(4.0)\n",
        ),
    ],
)
def test_an_edit_of_the_form_touches_only_its_own_piece(change: Any, old: str, new: str) -> None:
    expected = LECTURE.replace(old, new)
    if "tf.constant" in new:
        expected = expected.replace("    # squared", "    t.watch(c)\n    # squared")
    assert update_script(LECTURE, change(read(LECTURE))) == expected


def test_a_comment_outlives_the_variable_it_stood_behind() -> None:
    found = read(LECTURE)
    fewer = replace(found, functions=("z(x) = x^2",), variables=found.variables[:1])
    text = update_script(LECTURE, fewer)
    assert "# the other one" in text
    assert "y = tf.Variable" not in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (MOCK + "for i in range(3):\n    pass\n", "a loop on line 10"),
        (MOCK + "x = x + 1\n", "`x` is changed on line 10"),
        (MOCK.replace("y**3", "tf.foo(y)"), "Line 7 uses `tf.foo(y)`"),
        (MOCK + MOCK, "`x` is changed on line 12"),
        ("import tensorflow as tf\nx = tf.Variable(1.0)\n", "opens no tf.GradientTape"),
        (MOCK.replace("gradient", "jacobian"), "Line 9 asks for"),
        (MOCK.replace("tf.GradientTape()", "tf.GradientTape(watch_accessed_variables=False)"), "Line 6"),
        (MOCK.replace("y = tf.Variable(3.0)", "y = tf.ones([2])"), "Line 7 uses `y`"),
        ("def f(x):\n    return x\n", "a function of its own on line 1"),
        (MOCK.replace("y**3", "y**"), "Line 7 is not yet Python"),
        ("x = '\0'", "not yet Python"),
    ],
)
def test_a_script_of_another_shape_says_why_the_form_rests(text: str, words: str) -> None:
    found, note = form_of(text)
    assert found is None
    assert words in note
    assert "the form rests" in note


def test_an_empty_script_has_an_empty_form() -> None:
    assert form_of(" \n") == (EMPTY_FORM, "")


def test_what_was_typed_is_kept_where_it_still_means_the_same() -> None:
    typed = form("f(x, y) = x² + 3·x·y + y³", rows=(row("x", "pi/2"), row("y", "[1, 2]")))
    text = set_value(script_of(typed), "x", "7")
    found = read(text, typed)
    assert found.functions == typed.functions
    assert [known.value for known in found.variables] == ["7.0", "[1, 2]"]


def test_a_parameter_brings_a_variable_and_takes_it_away_again() -> None:
    step = edit_form(MOCK, replace(MOCK_FORM, functions=("f(x, y, a) = a x + y",)), MOCK_FORM)
    assert [known.name for known in step.form.variables] == ["x", "y", "a"]
    assert "a = tf.Variable(1.0)" in step.text
    back = edit_form(step.text, replace(step.form, functions=MOCK_FORM.functions), step.form)
    assert back.text == MOCK


def test_a_formula_that_cannot_be_read_leaves_the_script_alone() -> None:
    step = edit_form(MOCK, replace(MOCK_FORM, functions=("f(x, y) = x^2 + (y",)), MOCK_FORM)
    assert step.text == MOCK
    assert [(problem.function, problem.column) for problem in step.problems] == [(0, 16)]
    assert step.form.functions == ("f(x, y) = x^2 + (y",)


def test_a_value_that_cannot_be_read_leaves_the_script_alone() -> None:
    step = edit_form(MOCK, replace(MOCK_FORM, variables=(row("x", "two"), row("y", "3"))), MOCK_FORM)
    assert step.text == MOCK
    assert "is no number" in step.value_problems["x"]


def test_a_range_travels_with_the_lesson() -> None:
    ranged = replace(MOCK_FORM, variables=(replace(row("x", "2"), low=0.0, high=10.0), row("y", "3")))
    text = update_script(MOCK, ranged)
    assert text.startswith("# /// script\n") and text.endswith(MOCK)
    assert read(text, ranged) == ranged
    assert [float(part) for part in run(text)["grads"]] == [13, 33]


def test_setting_a_value_touches_only_its_literal() -> None:
    text = 'λ = "é"\nimport tensorflow as tf\nx = tf.Variable( 2.0 , name="ä")  # here\nfor i in range(3): pass\n'
    assert set_value(text, "x", "3") == text.replace(" 2.0 ", " 3.0 ")
    with pytest.raises(ValueError, match="is no number"):
        set_value(text, "x", "two")
    with pytest.raises(ValueError, match="no typed value"):
        set_value(text, "y", "2")


def test_pi_brings_its_import_and_takes_it_away_again() -> None:
    text = set_value(MOCK, "x", "pi/2")
    assert text.startswith("import math\n\nimport tensorflow")
    assert float(run(text)["x"]) == pytest.approx(math.pi / 2)
    assert set_value(text, "x", "2") == MOCK


def test_every_lesson_that_ships_shows_the_variables_that_tensorflow_makes(project_root: Path) -> None:
    """Held against a run: what the table says a variable holds is what it holds when its line has run."""
    seen = 0
    for path in sorted((project_root / "resources" / "lessons").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        for known in variables_of(text):
            line = next(line for line in text.split("\n") if line.startswith(f"{known.name} = tf."))
            if line.count("(") != line.count(")"):
                continue
            made = run(f"import math\nimport numpy as np\nimport tensorflow as tf\n{line}\n")[known.name]
            assert made.dtype.name == known.dtype
            assert isinstance(made, tf.Variable) == (known.kind in {"Variable", "frozen"})
            assert set_value(text, known.name, known.value.replace(" ", "")).count("\n") == text.count("\n")
            seen += 1
    assert seen > 20


def test_integers_are_seen_as_what_tensorflow_makes_of_them() -> None:
    lines = ("a = tf.Variable(2)", "b = tf.constant(2, tf.float64)", "c = tf.Variable(2, dtype='float32')")
    text = "\n".join(("import tensorflow as tf", *lines, ""))
    assert [(known.name, known.dtype, known.kind) for known in variables_of(text)] == [
        ("a", "int32", "Variable"),
        ("b", "float64", "constant"),
        ("c", "float32", "Variable"),
    ]
    values = run(text)
    assert [values[name].dtype.name for name in "abc"] == ["int32", "float64", "float32"]
