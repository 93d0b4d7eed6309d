"""A mend is applied, the lesson runs again, and what was missing is there, with the numbers of plain TensorFlow."""

from __future__ import annotations

import difflib
import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from tapeviz.engine.runner import Engine
from tapeviz.model.findings import all_findings
from tapeviz.model.mending import Mend, mends_of_error, mends_of_finding, mends_of_source
from tapeviz.model.recording import Recording
from tests.conformance import plain
from tests.connectivity.case import HEAD
from tests.mending.cases_of_errors import ERRORS
from tests.mending.cases_of_guide import GUIDE
from tests.mending.cases_of_numbers import NUMBERS
from tests.mending.cases_of_sources import SOURCES, Mended

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
ALL = SOURCES + GUIDE + ERRORS + NUMBERS
SEED = 1


def text_of(case: Mended) -> str:
    return HEAD + case.lesson.strip("\n") + "\n"


def offered(recording: Recording, text: str) -> list[Mend]:
    """Every mend that the window offers for a run."""
    found = [mend for error in recording.errors for mend in mends_of_error(recording, text, error)]
    for call in recording.gradient_calls:
        found += [mend for place in range(len(call.sources)) for mend in mends_of_source(recording, call.id, place)]
    return found + [mend for finding in recording.findings for mend in mends_of_finding(recording, finding)]


def mended(engine: Engine, case: Mended) -> str:
    text = text_of(case)
    mends = offered(engine.run(name="lesson.py", text=text, seed=SEED).recording, text)
    return next(mend.text for mend in mends if mend.title == case.title)


@pytest.fixture(scope="module")
def texts(engine: Engine) -> dict[str, str]:
    return {f"case{number}": mended(engine, case) for number, case in enumerate(ALL)}


@pytest.fixture(scope="module")
def plainly(texts: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[Any]]]:
    """What plain TensorFlow returns for each mended lesson, in a process that knows nothing of tapeviz."""
    folder = tmp_path_factory.mktemp("mended")
    paths = []
    for name, text in texts.items():
        paths.append(folder / f"{name}.py")
        paths[-1].write_text(text)
    out = folder / "out.npz"
    command = [sys.executable, "-W", "ignore", plain.__file__, str(out), str(SEED), *map(str, paths)]
    subprocess.run(command, check=True, capture_output=True)
    with np.load(out) as arrays:
        about = json.loads(str(arrays["about"]))
        return {
            name: [
                [arrays.get(f"{name}/{call}/{source}") for source in range(len(dtypes))]
                for call, (_, dtypes) in enumerate(facts["calls"])
            ]
            for name, facts in about.items()
        }


@pytest.mark.parametrize("number", range(len(ALL)), ids=lambda number: f"{ALL[number].name}: {ALL[number].title}")
def test_a_mended_lesson_has_the_gradients_of_plain_tensorflow(
    number: int, engine: Engine, texts: dict[str, str], plainly: dict[str, list[list[Any]]]
) -> None:
    text = texts[f"case{number}"]
    assert_changed(text_of(ALL[number]), text, ALL[number])
    recording = engine.run(name="lesson.py", text=text, seed=SEED).recording
    assert recording.errors == ()
    calls = recording.gradient_calls
    assert all(source.value is not None for call in calls[-1:] for source in call.sources)
    assert all(finding.kind != "not_finite" for finding in recording.findings)
    if "fit(" not in text:
        expected = plainly[f"case{number}"]
        assert len(calls) == len(expected)
        for call, plain_results in zip(calls, expected, strict=True):
            for source, number_ in zip(call.sources, plain_results, strict=True):
                value = recording.tensors[source.value].value if source.value is not None else None
                assert (value is None) == (number_ is None)
                if value is not None:
                    np.testing.assert_allclose(value.array, number_, rtol=1e-6, atol=1e-7)


def assert_changed(before: str, after: str, case: Mended) -> None:
    """Exactly these lines changed; every other one stands as it was typed."""
    changes = [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "-+"]
    assert sorted(line[2:] for line in changes if line[0] == "-") == sorted(case.without)
    assert sorted(line[2:] for line in changes if line[0] == "+") == sorted(case.instead)


NOT_MECHANICAL = {
    "a step": "x = tf.Variable(3.2)\nwith tf.GradientTape() as tape:\n    y = tf.round(x)\ntape.gradient(y, x)\n",
    "a position": "x = tf.Variable([1.0])\nwith tf.GradientTape() as t:\n    y = tf.argmax(x)\nt.gradient(y, x)\n",
    "a layer that another model ran": (
        "w = tf.Variable(1.0)\nwith tf.GradientTape() as tape:\n    h = w * 2.0\n    y = w * 3.0\ntape.gradient(y, h)\n"
    ),
    "rows of a table": (
        "t = tf.Variable([[1.0], [2.0]])\ni = tf.constant([0])\nwith tf.GradientTape() as tape:\n"
        "    y = tf.reduce_sum(tf.gather(t, i))\ntape.gradient(y, i)\n"
    ),
    "whole numbers that something wants whole": (
        "x = tf.Variable(1.7)\nwith tf.GradientTape() as tape:\n"
        "    y = tf.reduce_sum(tf.one_hot(tf.cast(x, tf.int32), 3))\ntape.gradient(y, x)\n"
    ),
}


@pytest.mark.parametrize("name", NOT_MECHANICAL)
def test_where_no_change_of_the_text_is_right_none_is_offered(name: str, engine: Engine) -> None:
    recording = engine.run(name="lesson.py", text="import tensorflow as tf\n" + NOT_MECHANICAL[name]).recording
    (finding,) = all_findings(recording)
    assert finding.kind == "none"
    assert finding.fix
    assert mends_of_finding(recording, finding) == ()


def test_the_text_keeps_its_comments_and_its_blank_lines(engine: Engine) -> None:
    text = (
        "import tensorflow as tf  # the library\n\n\nx = tf.constant( 3.0 )   # odd spaces\n"
        "with tf.GradientTape() as tape:\n    # a comment\n    y = x*x   # ein Übungsbeispiel: x² ✓\n\n"
        "tape.gradient(y, x)\n"
    )
    recording = engine.run(name="lesson.py", text=text).recording
    mend = mends_of_source(recording, 0, 0)[0]
    assert mend.text == text.replace("    y = x*x", "    tape.watch(x)\n    y = x*x")
