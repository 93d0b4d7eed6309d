"""Icons in one line style, tinted to the theme."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, QStandardPaths, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from tapeviz.storage.resources import resource_path

DRAWN_COLOUR = "#000000"
SIZES = (16, 20, 24, 32, 48)


@lru_cache(maxsize=256)
def icon(name: str, colour: str) -> QIcon:
    """Load the icon of that name in a colour; its disabled form is paler.

    Raises
    ------
    FileNotFoundError
        Where there is no such icon.
    """
    renderer = QSvgRenderer(QByteArray(_tinted(name, colour).encode()))
    made = QIcon()
    for size in SIZES:
        for mode, opacity in ((QIcon.Mode.Normal, 1.0), (QIcon.Mode.Disabled, 0.4)):
            picture = QPixmap(size, size)
            picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(picture)
            painter.setOpacity(opacity)
            renderer.render(painter, QRectF(0, 0, size, size))
            painter.end()
            made.addPixmap(picture, mode)
    return made


@lru_cache(maxsize=64)
def icon_path(name: str, colour: str) -> str:
    """Write the tinted icon where a style sheet can name it, and give its path.

    Raises
    ------
    FileNotFoundError
        Where there is no such icon.
    """
    base = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.CacheLocation)
    path = Path(base) / "icons" / f"{name}-{colour.removeprefix('#').lower()}.svg"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_tinted(name, colour), encoding="utf-8")
    return path.as_posix()


def _tinted(name: str, colour: str) -> str:
    return resource_path("icons", f"{name}.svg").read_text(encoding="utf-8").replace(DRAWN_COLOUR, colour)
