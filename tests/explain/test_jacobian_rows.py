"""What is said of one row of a Jacobian, and the matrix that its rows build up."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from tapeviz.engine.runner import Engine
from tapeviz.model.explain import captions, inspect
from tapeviz.model.explanation import Inspection
from tapeviz.model.recording import Recording
from tapeviz.model.scene import scene_of

LESSON = """
import tensorflow as tf
x = tf.Variable([1.0, 2.0, 3.0])
with tf.GradientTape(persistent=True) as tape:
    y = tf.sin(x) * tf.reduce_sum(x)
J = tape.jacobian(y, x)
"""


@pytest.fixture(scope="module")
def recording(engine: Engine) -> Recording:
    recording = engine.run("lesson.py", LESSON).recording
    assert not recording.errors
    return recording


def inspection(recording: Recording, row: int, step: int | None) -> Inspection:
    scene = scene_of(recording, call=0, row=row, step=step)
    return inspect(recording, scene.graph, scene.timeline, scene.playhead, None, None)


def test_seed_and_result_of_a_row_are_told(recording: Recording) -> None:
    scene = scene_of(recording, call=0, row=1)
    told = {caption.heading: caption.text for caption in captions(recording, scene.graph, scene.timeline)}
    assert told["Seed"] == "Row 2 of 3 of the Jacobian starts at y[1]: 1 there, 0 at every other element."
    assert told["Result"].startswith("This row of the Jacobian is ∂y[1]/∂x = [0.9093, −1.588, 0.9093]")
    assert told["Backward 1 of 3"].startswith("× multiplies by the other factor")


def test_the_matrix_grows_row_by_row_to_what_tensorflow_returns(recording: Recording) -> None:
    x = tf.Variable([1.0, 2.0, 3.0])
    with tf.GradientTape() as tape:
        y = tf.sin(x) * tf.reduce_sum(x)
    whole = tape.jacobian(y, x).numpy()
    (begun,) = inspection(recording, 1, 0).matrices
    assert begun.finished == (True, False, False)
    (over,) = inspection(recording, 1, None).matrices
    assert over.finished == (True, True, False)
    (last,) = inspection(recording, 2, None).matrices
    assert last.finished == (True, True, True)
    np.testing.assert_allclose(last.numbers, whole, rtol=1e-6)
    assert last.rows == ("y[0]", "y[1]", "y[2]")
    assert last.columns == ("x[0]", "x[1]", "x[2]")
    assert (last.current, last.title) == (2, "∂y / ∂x")


def test_the_summary_says_which_row_and_lists_the_whole_jacobian(recording: Recording) -> None:
    shown = inspection(recording, 1, None)
    assert "row 2 of 3" in shown.subtitle
    assert shown.tensors == tuple(source.value for source in recording.gradient_calls[0].sources)


@pytest.mark.parametrize(("row", "words"), [(3, "rows run from 0 to 2"), (-1, "rows run from 0 to 2")])
def test_a_row_that_is_not_there_is_refused_in_a_sentence(recording: Recording, row: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        scene_of(recording, call=0, row=row)


def test_a_batch_jacobian_names_the_element_in_every_example(engine: Engine) -> None:
    recording = engine.run(
        "lesson.py",
        "import tensorflow as tf\n"
        "c = tf.constant([[1.0, 2.0], [3.0, 4.0]])\n"
        "with tf.GradientTape() as tape:\n"
        "    tape.watch(c)\n"
        "    b = c ** 2\n"
        "m = tape.batch_jacobian(b, c)\n",
    ).recording
    scene = scene_of(recording, call=0, row=1)
    told = {caption.heading: caption.text for caption in captions(recording, scene.graph, scene.timeline)}
    assert told["Seed"] == (
        "Row 2 of 2 of the Jacobian starts at b[:, 1]: 1 there in every example, 0 at every other element."
    )
    (matrix,) = inspect(recording, scene.graph, scene.timeline, scene.playhead, None, None).matrices
    np.testing.assert_allclose(matrix.numbers, [[2.0, 0.0, 6.0, 0.0], [0.0, 4.0, 0.0, 8.0]])


def test_why_there_are_no_rows_is_said(engine: Engine) -> None:
    recording = engine.run(
        "lesson.py",
        "import tensorflow as tf\n"
        "@tf.custom_gradient\n"
        "def double(x):\n"
        "    return 2.0 * x, lambda upstream: 2.0 * upstream\n"
        "x = tf.Variable([1.0, 2.0])\n"
        "with tf.GradientTape() as tape:\n"
        "    y = double(x)\n"
        "j = tape.jacobian(y, x)\n",
    ).recording
    scene = scene_of(recording, call=0)
    shown = inspect(recording, scene.graph, scene.timeline, scene.playhead, None, None)
    assert any("the lesson's own Python code" in note for section in shown.sections for note in section.notes)
    assert shown.matrices == ()
