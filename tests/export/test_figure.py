"""Figures, read back as a slide program or a PDF reader would."""

from __future__ import annotations

import os
import pickle
import re
import subprocess
import sys
import zlib
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from tapeviz.export.figure import render_figure, scene_image
from tapeviz.model.scene import scene_of
from tapeviz.paint.theme import theme_of
from tests.paint.recorded import recorded

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def application(qtbot: QtBot) -> None:
    """Figures are painted in the test's own application; one test makes its own in a fresh process."""


def svg_texts(path: Path) -> list[str]:
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    return ["".join(element.itertext()).strip() for element in root.iter(f"{SVG}text")]


def test_a_png_has_the_size_and_the_colours_of_its_theme(tmp_path: Path) -> None:
    for theme in ("light", "dark", "print"):
        out = tmp_path / f"{theme}.png"
        render_figure(recorded("quadratic").recording, out, size=(1200, 700), theme=theme)
        image = QImage(str(out))
        assert (image.width(), image.height()) == (1200, 700)
        assert image.pixelColor(2, 2) == QColor(theme_of(theme).canvas)
    light = QImage(str(tmp_path / "light.png"))
    wide = {light.pixelColor(x, 300).name() for x in range(1200)}
    assert len(wide) > 3


def test_scale_multiplies_the_pixels(tmp_path: Path) -> None:
    out = tmp_path / "figure.png"
    render_figure(recorded("quadratic").recording, out, size=(400, 300), scale=2.5)
    image = QImage(str(out))
    assert (image.width(), image.height()) == (1000, 750)


def test_the_default_size_is_a_slide(tmp_path: Path) -> None:
    out = tmp_path / "figure.png"
    render_figure(recorded("quadratic").recording, out)
    assert (QImage(str(out)).width(), QImage(str(out)).height()) == (1600, 900)


def test_a_transparent_figure_has_no_background(tmp_path: Path) -> None:
    out = tmp_path / "figure.png"
    render_figure(recorded("quadratic").recording, out, is_transparent=True)
    assert QImage(str(out)).pixelColor(2, 2).alpha() == 0


def test_svg_text_is_text_in_the_shipped_fonts(tmp_path: Path) -> None:
    out = tmp_path / "figure.svg"
    render_figure(recorded("quadratic").recording, out, title="Two variables")
    texts = svg_texts(out)
    for words in ("Two variables", "f", "x", "49.00", "33.00", "( )²", "Result"):
        assert words in texts
    assert any("tape.gradient returns" in words for words in texts)
    content = out.read_text(encoding="utf-8")
    assert "Inter" in content
    assert "JetBrains Mono" in content
    assert 'viewBox="0 0 1600 900"' in content


def test_svg_text_is_as_large_as_on_the_screen(tmp_path: Path) -> None:
    out = tmp_path / "figure.svg"
    render_figure(recorded("quadratic").recording, out)
    root = ElementTree.fromstring(out.read_text(encoding="utf-8"))
    captions = [element for element in root.iter(f"{SVG}text") if "returns" in "".join(element.itertext())]
    assert captions[0].get("font-size") == "19"


def test_a_step_shows_only_what_is_known_by_then(tmp_path: Path) -> None:
    out = tmp_path / "figure.svg"
    render_figure(recorded("quadratic").recording, out, step=0)
    assert "49.00" not in svg_texts(out)
    render_figure(recorded("quadratic").recording, out, step=recorded("quadratic").timeline.forward_count)
    texts = svg_texts(out)
    assert "49.00" in texts
    assert "33.00" not in texts


def test_the_call_can_be_chosen(tmp_path: Path) -> None:
    out = tmp_path / "figure.svg"
    recording = recorded("nested").recording
    render_figure(recording, out, call=0)
    assert "32.00" in svg_texts(out)
    assert "48.00" not in svg_texts(out)
    render_figure(recording, out, call=1)
    assert "48.00" in svg_texts(out)


def test_a_pdf_embeds_its_fonts_and_keeps_text_as_text(tmp_path: Path) -> None:
    out = tmp_path / "figure.pdf"
    render_figure(recorded("quadratic").recording, out, size=(1600, 900))
    content = out.read_bytes()
    assert content.startswith(b"%PDF-")
    assert b"/FontFile" in content
    assert b"Inter" in content
    assert b"JetBrainsMono" in content
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", content)
    assert box is not None
    assert float(box[1]) / float(box[2]) == pytest.approx(16 / 9, abs=0.01)
    streams = [_inflated(part) for part in re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL)]
    assert any(b"Tj" in stream or b"TJ" in stream for stream in streams)


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return stream


def test_the_clipboard_gets_an_opaque_picture() -> None:
    image = scene_image(scene_of(recorded("quadratic").recording, step=3), scale=2.0, theme="dark")
    assert (image.width(), image.height()) == (3200, 1800)
    assert {image.pixelColor(x, y).alpha() for x in range(0, 3200, 97) for y in range(0, 1800, 89)} == {255}


def test_a_long_chain_is_large_enough_to_read(tmp_path: Path) -> None:
    out = tmp_path / "figure.svg"
    render_figure(recorded("chain").recording, out)
    scales = [float(a) for a in re.findall(r'transform="matrix\(([\d.]+),0,0,', out.read_text(encoding="utf-8"))]
    assert max(scales) > 0.7


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"step": 99}, "There is no step 99"),
        ({"step": -1}, "There is no step -1"),
        ({"call": 4}, "There is no gradient call 4"),
        ({"theme": "pink"}, "no theme called 'pink'"),
    ],
)
def test_what_is_not_there_is_refused_in_a_sentence(
    tmp_path: Path, arguments: dict[str, int | str], words: str
) -> None:
    out = tmp_path / "figure.png"
    with pytest.raises(ValueError, match=words):
        render_figure(recorded("quadratic").recording, out, **arguments)  # type: ignore[arg-type]
    assert not out.exists()


def test_an_unknown_ending_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.png, \.svg or \.pdf"):
        render_figure(recorded("quadratic").recording, tmp_path / "figure.jpg")


def test_figures_need_no_display_and_no_application(tmp_path: Path, project_root: Path) -> None:
    script = tmp_path / "alone.py"
    script.write_text(
        "import os, pickle, sys\n"
        "from pathlib import Path\n"
        "from tapeviz.export.figure import render_figure\n"
        "recording = pickle.loads(Path(sys.argv[1]).read_bytes())\n"
        "render_figure(recording, Path(sys.argv[2]))\n"
        "print('tensorflow' in sys.modules)\n",
        encoding="utf-8",
    )
    kept = tmp_path / "recording.pickle"
    kept.write_bytes(pickle.dumps(recorded("quadratic").recording))
    surroundings = {name: value for name, value in os.environ.items() if name not in ("QT_QPA_PLATFORM", "DISPLAY")}
    surroundings["PYTHONPATH"] = str(project_root)
    out = tmp_path / "figure.png"
    run = subprocess.run(
        [sys.executable, str(script), str(kept), str(out)],
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "False"
    assert QImage(str(out)).width() == 1600
