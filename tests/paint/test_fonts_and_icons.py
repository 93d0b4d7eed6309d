from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QRawFont
from pytestqt.qtbot import QtBot

from tapeviz.paint.fonts import MONO, SANS, font, load_fonts
from tapeviz.paint.icons import icon, icon_path
from tapeviz.paint.values import paint_text
from tapeviz.storage.resources import resource_path

TOOLBAR = ("run", "stop", "first", "back", "forward", "last", "play", "pause", "fit", "present", "figure")
FILES = ("open", "save", "new", "copy", "search", "fold", "chevron")


def darkness(family: str, weight: int) -> float:
    image = QImage(200, 60, QImage.Format.Format_Grayscale8)
    image.fill(255)
    painter = QPainter(image)
    paint_text(painter, QPointF(100, 30), "tape", font(family, 40, weight))
    painter.end()
    return sum(255 - image.pixelColor(x, y).value() for x in range(200) for y in range(60))


@pytest.mark.parametrize("family", [SANS, MONO])
def test_each_family_is_there_in_four_weights(qtbot: QtBot, family: str) -> None:
    assert {SANS, MONO} <= set(load_fonts())
    inks = [darkness(family, weight) for weight in (400, 500, 600, 700)]
    assert inks == sorted(set(inks))


def test_the_signs_of_the_field_are_in_the_fonts(qtbot: QtBot) -> None:
    load_fonts()
    raws = [QRawFont.fromFont(font(family, 16)) for family in (MONO, SANS)]
    numbers, symbols = "0123456789.−×⁻⁰¹²³⁴⁵⁶⁷⁸⁹…∞·", "∂=+−×÷√ΣΠσ²³ⁿˣᵗ⁽⁾½‖|()[]@"
    missing = [sign for sign in numbers + symbols if not any(raw.supportsCharacter(ord(sign)) for raw in raws)]
    assert missing == []


def test_digits_are_all_equally_wide(qtbot: QtBot) -> None:
    load_fonts()
    metrics = QFontMetricsF(font(MONO, 12))
    assert len({metrics.horizontalAdvance(sign) for sign in "0123456789.−"}) == 1


def test_the_licences_of_the_fonts_are_shipped() -> None:
    for name in ("OFL-Inter.txt", "OFL-JetBrainsMono.txt"):
        assert "SIL OPEN FONT LICENSE" in resource_path("fonts", name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", TOOLBAR + FILES)
def test_icons_take_the_colour_of_the_theme(qtbot: QtBot, name: str) -> None:
    image: QImage = icon(name, "#B04300").pixmap(48, 48).toImage()
    opaque = [image.pixelColor(x, y) for x in range(48) for y in range(48) if image.pixelColor(x, y).alpha() == 255]
    assert opaque
    assert {abs(colour.red() - 0xB0) + abs(colour.green() - 0x43) + colour.blue() for colour in opaque} <= {0, 1, 2}


def test_a_style_sheet_finds_a_tinted_icon(qtbot: QtBot) -> None:
    path = icon_path("chevron", "#5A6372")
    assert "#5A6372" in Path(path).read_text(encoding="utf-8")


def test_an_unknown_icon_is_refused(qtbot: QtBot) -> None:
    with pytest.raises(FileNotFoundError):
        icon("unknown", "#000000")
