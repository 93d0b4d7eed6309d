"""matplotlib in a lesson: every figure that is shown comes out as a picture, in its place in the output."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from matplotlib import image

from tapeviz.model.checks import MAX_FIGURE_BYTES, MAX_FIGURE_PIXELS, MAX_FIGURES
from tapeviz.model.recording import Recording
from tests.engine.conftest import Record, Run

IMPORT = "import matplotlib.pyplot as plt\n"


def before(recording: Recording) -> list[str]:
    """What stands before each figure."""
    return [recording.output[: figure.position] for figure in recording.figures]


def test_a_figure_stands_where_it_was_shown_and_nobody_waits_or_warns(record: Record) -> None:
    recording = record(
        IMPORT + "print('one')\nplt.plot([1, 2])\nplt.title('A line')\nplt.show()\nprint('two')\n"
        "figure, axes = plt.subplots()\naxes.set(xlabel='x', ylabel='loss')\nfigure.show()\nprint('three')"
    )
    assert recording.output == "one\ntwo\nthree\n"
    assert before(recording) == ["one\n", "one\ntwo\n"]
    assert [figure.title for figure in recording.figures] == ["A line", "loss against x"]


def test_a_figure_left_open_at_the_end_of_a_cell_is_shown_there(record: Record) -> None:
    recording = record(IMPORT + "plt.plot([1, 2])\nprint('end of one')\n# %%\nprint(plt.get_fignums())")
    assert before(recording) == ["end of one\n"]
    assert recording.output == "end of one\n[]\n"


def test_the_picture_is_the_one_that_matplotlib_draws(record: Record) -> None:
    (figure,) = record(
        IMPORT + "f = plt.figure(figsize=(1, 1), facecolor=(1, 0, 0))\nf.patches.append(plt.Circle((0.5, 0.5), 0.2))"
    ).figures
    drawn = image.imread(BytesIO(figure.png), format="png")
    assert drawn.shape[:2] == (figure.height, figure.width)
    np.testing.assert_array_equal(drawn[5, 5, :3], [1, 0, 0])


def test_one_that_is_drawn_on_after_a_show_that_does_not_wait_is_shown_again(record: Record) -> None:
    recording = record(
        IMPORT + "plt.plot([1])\nplt.show(block=False)\nprint('a')\nplt.plot([2])\nplt.pause(0.01)\nprint('b')"
    )
    assert before(recording) == ["", "a\n"]


def test_one_lesson_does_not_dress_the_next(record: Record) -> None:
    record(IMPORT + "plt.rcParams['lines.linewidth'] = 9\nplt.switch_backend('svg')\nplt.ioff()")
    recording = record(IMPORT + "print(plt.rcParams['lines.linewidth'], plt.get_fignums())\nplt.plot([1])\nplt.show()")
    assert recording.output == "1.5 []\n"
    assert len(recording.figures) == 1


def test_a_figure_that_cannot_be_drawn_is_an_error_of_the_lesson(run: Run) -> None:
    recording = run(IMPORT + "plt.title('$\\\\frac{1$')\nplt.show()\nprint('not reached')").recording
    (error,) = recording.errors
    assert (error.type, error.line) == ("ValueError", 4)
    assert "frac" in error.message
    assert recording.output == ""


def test_figures_are_bounded_in_number_and_size(record: Record) -> None:
    recording = record(
        IMPORT + "import numpy as np\n"
        "plt.figure(figsize=(90, 3))\nplt.show()\n"
        "plt.figure(figsize=(12, 12), dpi=200)\nplt.imshow(np.random.rand(2000, 2000, 3))\nplt.show()\n"
        f"for number in range({MAX_FIGURES}):\n    plt.figure(figsize=(0.5, 0.5))\n    plt.show()\n"
    )
    assert len(recording.figures) == MAX_FIGURES
    assert max(max(figure.width, figure.height) for figure in recording.figures) <= MAX_FIGURE_PIXELS
    assert max(len(figure.png) for figure in recording.figures) <= MAX_FIGURE_BYTES
    assert recording.output.count("tapeviz keeps the first 64 figures") == 1


def test_drawing_tensors_under_a_tape_changes_no_gradient(record: Record) -> None:
    recording = record(
        IMPORT + "x = tf.Variable([1., 2.])\nwith tf.GradientTape() as tape:\n    y = x ** 2\n    plt.plot(x, y)\n"
        "    plt.show()\nprint(tape.gradient(y, x).numpy())"
    )
    assert recording.output == "[2. 4.]\n"
    assert recording.gradient_calls[0].checked
