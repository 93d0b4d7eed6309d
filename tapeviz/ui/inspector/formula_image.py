"""Formulas set without TeX: LaTeX in, a picture in the theme's ink out."""

from __future__ import annotations

from functools import lru_cache

import ziamath
from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

# QtSvg knows no symbols by reference as SVG 2 writes them and would clip the formula.
ziamath.config.svg2 = False


@lru_cache(maxsize=256)
def formula_image(latex: str, colour: str, pixels: int, ratio: float) -> QPixmap | None:
    """Set a formula.

    Parameters
    ----------
    latex : str
    colour : str
        As ``#RRGGBB``.
    pixels : int
        The size of its letters.
    ratio : float
        Device pixels per pixel, so that it is sharp on every screen.

    Returns
    -------
    QPixmap or None
        None where the formula cannot be set.
    """
    try:
        svg = ziamath.Latex(latex, size=pixels, color=colour).svg()
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return None
    renderer = QSvgRenderer(QByteArray(svg.encode()))
    size = renderer.defaultSize()
    if size.isEmpty():
        return None
    image = QPixmap(size * ratio)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF(0, 0, size.width(), size.height()))
    painter.end()
    return image
