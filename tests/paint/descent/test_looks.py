"""Racers are told apart by more than their colour, and stand out on the landscape."""

import itertools

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from tapeviz.paint.descent.looks import look_of, marker_path, paint_swatch
from tapeviz.paint.theme import THEME_NAMES, theme_of
from tests.paint.test_theme import contrast


@pytest.mark.parametrize("name", THEME_NAMES)
def test_each_racer_has_a_marker_and_a_line_of_its_own(name: str) -> None:
    looks = [look_of(number, theme_of(name)) for number in range(8)]
    for one, other in itertools.combinations(looks, 2):
        assert one.marker != other.marker
        assert one.dash != other.dash
        assert name == "print" or one.colour != other.colour


@pytest.mark.parametrize("name", THEME_NAMES)
def test_every_colour_stands_out_on_the_page(name: str) -> None:
    theme = theme_of(name)
    for number in range(8):
        assert contrast(look_of(number, theme).colour, theme.canvas) >= 4.5


def test_markers_are_about_as_large_as_one_another() -> None:
    areas = []
    for number in range(8):
        outline = marker_path(look_of(number, theme_of("light")).marker, 10.0)
        image = QImage(60, 60, QImage.Format.Format_RGB32)
        image.fill(0xFFFFFF)
        painter = QPainter(image)
        painter.translate(30, 30)
        painter.fillPath(outline, QColor("#000000"))
        painter.end()
        areas.append(sum(image.pixelColor(x, y).red() < 128 for x in range(60) for y in range(60)))
    assert max(areas) < 1.8 * min(areas)


def test_a_swatch_shows_line_and_marker(qtbot: object) -> None:
    theme = theme_of("light")
    image = QImage(60, 20, QImage.Format.Format_RGB32)
    image.fill(QColor(theme.canvas))
    painter = QPainter(image)
    paint_swatch(painter, QRectF(0, 0, 60, 20), look_of(1, theme), theme)
    painter.end()
    colour = QColor(look_of(1, theme).colour)
    assert image.pixelColor(30, 10) == colour
    across = [image.pixelColor(x, 10) == colour for x in range(60)]
    assert any(across[:20]) and not all(across[:20])
