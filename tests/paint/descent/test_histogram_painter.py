"""Histograms of weights as a picture."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from tapeviz.model.weight_histograms import WeightHistograms
from tapeviz.paint.descent.histogram_painter import paint_histograms
from tapeviz.paint.descent.plot_area import Ink
from tapeviz.paint.theme import THEME_NAMES, theme_of

pytestmark = pytest.mark.usefixtures("qapp")


def histograms(name: str, shown: int) -> WeightHistograms:
    """All weights at the bottom at first, at the top in the end."""
    counts = np.zeros((11, 4), np.int64)
    counts[:5, 0], counts[5:, 3] = 6, 6
    edges = np.linspace(-1.0, 1.0, 5)
    return WeightHistograms(name=name, look=0, iterates=np.arange(11), edges=edges, counts=counts, shown=shown)


@pytest.mark.parametrize("theme", THEME_NAMES)
@pytest.mark.parametrize("shown", [4, 10])
def test_weights_are_where_they_are_and_only_up_to_the_clock(theme: str, shown: int) -> None:
    image = QImage(400, 300, QImage.Format.Format_RGB32)
    ink = Ink(theme=theme_of(theme))
    image.fill(QColor(ink.theme.canvas))
    painter = QPainter(image)
    area = paint_histograms(
        painter, QRectF(0, 0, 400, 300), [histograms("W", shown), histograms("V", shown)], shown, ink
    )
    painter.end()
    canvas = QColor(ink.theme.canvas)

    def is_painted(iterate: float, value: float) -> bool:
        return image.pixelColor(area.point(iterate, value).toPoint()) != canvas

    assert is_painted(2.0, -0.75) and not is_painted(2.0, 0.75)
    assert is_painted(8.0, 0.75) == (shown == 10) and not is_painted(8.0, -0.75)
