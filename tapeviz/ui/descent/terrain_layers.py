"""The layers of the main plot as pixels: what lies still is painted once, trails only as far as they are new."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from tapeviz.model.descent_scene import Way
from tapeviz.model.descent_state import DescentState
from tapeviz.model.identity import Same
from tapeviz.paint.descent.plot_area import Ink
from tapeviz.paint.descent.terrain import Terrain, Trails, paint_ground
from tapeviz.paint.descent.trails import paint_casing, paint_line


class TerrainLayers:
    """Keeps the pixels of landscape and trails between two paintings."""

    def __init__(self) -> None:
        self._ground: QPixmap | None = None
        self._ground_key: object = None
        self._casing = QPixmap()
        self._lines = QPixmap()
        self._trails = Trails()
        self._trails_key: object = None

    def paint(
        self,
        painter: QPainter,
        descent: DescentState,
        ways: Sequence[Way],
        terrain: Terrain,
        ink: Ink,
        size: QSize,
        pixel_ratio: float,
    ) -> None:
        """Paint landscape and trails."""
        place = (terrain.area.box.getRect(), terrain.area.across, terrain.area.up, ink, size.toTuple(), pixel_ratio)
        self._update_ground(descent, terrain, ink, size, pixel_ratio, place)
        self._update_trails(descent, ways, terrain, ink, size, pixel_ratio, place)
        if self._ground is not None:
            painter.drawPixmap(0, 0, self._ground)
        painter.drawPixmap(0, 0, self._casing)
        painter.drawPixmap(0, 0, self._lines)

    def _update_ground(
        self, descent: DescentState, terrain: Terrain, ink: Ink, size: QSize, pixel_ratio: float, place: object
    ) -> None:
        key = (place, Same(descent.landscape, descent.basins, terrain.plane), descent.view)
        if self._ground is not None and key == self._ground_key:
            return
        self._ground_key = key
        self._ground = _empty(size, pixel_ratio)
        self._ground.fill(QColor(ink.theme.canvas))
        painter = _painter_on(self._ground)
        paint_ground(painter, descent, terrain, ink)
        painter.end()

    def _update_trails(
        self,
        descent: DescentState,
        ways: Sequence[Way],
        terrain: Terrain,
        ink: Ink,
        size: QSize,
        pixel_ratio: float,
        place: object,
    ) -> None:
        key = (place, descent.race, descent.own_number, tuple(way.look for way in ways), Same(terrain.plane))
        if key != self._trails_key or self._trails.must_begin_again(ways):
            self._trails_key = key
            self._trails = Trails()
            self._casing, self._lines = _empty(size, pixel_ratio), _empty(size, pixel_ratio)
        pieces = self._trails.next_pieces(ways, terrain, ink)
        for layer, paint in ((self._casing, paint_casing), (self._lines, paint_line)):
            if pieces:
                painter = _painter_on(layer)
                painter.setClipRect(terrain.area.box)
                for piece in pieces:
                    paint(painter, piece, ink)
                painter.end()


def _empty(size: QSize, pixel_ratio: float) -> QPixmap:
    pixels = QPixmap(size * pixel_ratio)
    pixels.setDevicePixelRatio(pixel_ratio)
    pixels.fill(Qt.GlobalColor.transparent)
    return pixels


def _painter_on(pixels: QPixmap) -> QPainter:
    painter = QPainter(pixels)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    return painter
