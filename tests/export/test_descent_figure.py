"""Pictures of a descent on paper: text stays text, and no window is needed."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtGui import QImage

from tapeviz.export.descent_figure import descent_image, render_descent, render_terrain
from tapeviz.model.landscape import Extent
from tests.paint.descent.surfaces import bowl, descent, trajectory

POSITIONS = np.array([[-1.5, -1.0], [0.0, 1.2], [1.5, -0.5], [0.2, 0.1]])
STATE = descent(trajectory(POSITIONS, bowl(*POSITIONS.T), "converged"))


@pytest.fixture(autouse=True)
def application(qapp: object) -> object:
    return qapp


def test_text_in_an_svg_is_text(tmp_path: Path) -> None:
    render_descent(STATE, tmp_path / "race.svg", title="Down a bowl")
    root = ElementTree.fromstring((tmp_path / "race.svg").read_text(encoding="utf-8"))
    words = ["".join(each.itertext()).strip() for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"Down a bowl", "x", "y", "iteration", "−2", "converged", "The gradient is 0."} <= set(words)


def test_what_lies_outside_of_the_view_is_clipped_in_an_svg_too(tmp_path: Path) -> None:
    part = replace(STATE, extent=Extent(low=(-0.5, -0.5), high=(0.5, 0.5)))
    render_descent(part, tmp_path / "part.svg")
    root = ElementTree.fromstring((tmp_path / "part.svg").read_text(encoding="utf-8"))
    name = "{http://www.w3.org/2000/svg}"
    clips = {each.get("id") for each in root.iter(f"{name}clipPath")}
    clipped = [each for each in root.iter(f"{name}g") if each.get("clip-path", "")[5:-1] in clips]
    filled = [path for group in clipped for path in group.iter(f"{name}path")]
    assert len(filled) > 10


def test_a_long_trajectory_is_a_small_drawing(tmp_path: Path) -> None:
    steps = np.linspace(0, 60, 5000)
    spiral = np.stack([1.8 * np.exp(-steps / 30) * np.cos(steps), 1.5 * np.exp(-steps / 30) * np.sin(steps)], axis=1)
    render_descent(descent(trajectory(spiral, bowl(*spiral.T))), tmp_path / "spiral.svg")
    assert (tmp_path / "spiral.svg").stat().st_size < 1_000_000


def test_a_landscape_can_stand_by_itself(tmp_path: Path) -> None:
    render_terrain(STATE, tmp_path / "bowl.svg", size=(630, 336), theme="dark")
    root = ElementTree.fromstring((tmp_path / "bowl.svg").read_text(encoding="utf-8"))
    words = {"".join(each.itertext()).strip() for each in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"x", "y", "−2"} <= words
    assert not {"iteration", "converged"} & words


def test_a_pdf_and_a_png_are_written(tmp_path: Path) -> None:
    render_descent(STATE, tmp_path / "race.pdf")
    assert (tmp_path / "race.pdf").read_bytes().startswith(b"%PDF")
    render_descent(STATE, tmp_path / "race.png", size=(800, 450), scale=2.0, theme="dark")
    image = QImage(str(tmp_path / "race.png"))
    assert (image.width(), image.height()) == (1600, 900)


def test_an_image_for_the_clipboard_is_opaque() -> None:
    image = descent_image(STATE, size=(400, 300))
    assert image.pixelColor(0, 0).alpha() == 255


def test_another_ending_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"written as \.png, \.svg or \.pdf, not as \.gif"):
        render_descent(STATE, tmp_path / "race.gif")


def test_a_picture_needs_no_application(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from tests.export.test_descent_figure import STATE\n"
        "from tapeviz.export.descent_figure import render_descent\n"
        "render_descent(STATE, Path(sys.argv[1]))\n"
        "assert 'tensorflow' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "race.svg")], check=True, timeout=60)
    assert (tmp_path / "race.svg").stat().st_size > 1000
