"""Formulas set without TeX: LaTeX in, a picture in the theme's ink out."""

from __future__ import annotations

from functools import lru_cache

import ziamath
from latex2mathml import exceptions
from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

# QtSvg knows no symbols by reference as SVG 2 writes them and would clip the formula.
ziamath.config.svg2 = False

CANNOT_BE_SET: tuple[type[Exception], ...] = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    *(error for error in vars(exceptions).values() if isinstance(error, type) and issubclass(error, Exception)),
)
"""What ziamath and the converter under it raise for a formula that they cannot read; they share no base."""


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
    except CANNOT_BE_SET:
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
