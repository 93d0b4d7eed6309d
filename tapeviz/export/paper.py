"""What is painted goes to paper: one painting function, and PNG, SVG and PDF with text as text."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QImageWriter, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from tapeviz.paint.fonts import load_fonts
from tapeviz.storage.atomic import write_atomically

DEFAULT_SIZE = (1600, 900)
SVG_RESOLUTION = 96

Paints = Callable[[QPainter], None]
"""Paints a picture in its own pixels, from (0, 0) to its size."""

_application: QGuiApplication | None = None


def ensure_application() -> None:
    """Fonts need an application object; a command line without a window has none yet."""
    global _application  # noqa: PLW0603 - Qt ends the application with the last reference to it
    if QGuiApplication.instance() is None:
        _application = QGuiApplication([sys.argv[0], "-platform", "offscreen"])
    load_fonts()


def write_picture(out: Path, paint: Paints, *, size: tuple[int, int], scale: float, title: str) -> None:
    """Write a picture as the ending of `out` says: .png (`scale` times as large), .svg or .pdf.

    Raises
    ------
    ValueError
        For any other ending; the message is a sentence.
    UnwritableFile
        Where `out` cannot be written.
    """
    kind = out.suffix.lower()
    if kind == ".png":
        content = _png(image_of(paint, size, scale))
    elif kind == ".svg":
        content = _svg(paint, size, title)
    elif kind == ".pdf":
        content = _pdf(paint, size, title)
    else:
        raise ValueError(
            f"A figure is written as .png, .svg or .pdf, not as {out.suffix or 'a file without an ending'}."
        )
    write_atomically(out, lambda file: file.write(content))


def image_of(paint: Paints, size: tuple[int, int], scale: float) -> QImage:
    """Paint a picture as an image, `scale` times as large."""
    image = QImage(round(size[0] * scale), round(size[1] * scale), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(scale, scale)
    paint(painter)
    painter.end()
    return image


def _png(image: QImage) -> bytes:
    content = QBuffer()
    content.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(content, QByteArray(b"png")).write(image)
    return bytes(content.data().data())


def _svg(paint: Paints, size: tuple[int, int], title: str) -> bytes:
    content = QBuffer()
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)  # The older version leaves clipping out.
    generator.setOutputDevice(content)
    generator.setResolution(SVG_RESOLUTION)
    generator.setSize(QSize(*size))
    generator.setViewBox(QRectF(0, 0, *size))
    generator.setTitle(title or "tapeviz")
    painter = QPainter(generator)
    paint(painter)
    painter.end()
    return bytes(content.data().data())


def _pdf(paint: Paints, size: tuple[int, int], title: str) -> bytes:
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(SVG_RESOLUTION)
    points = QSizeF(size[0] * 72 / SVG_RESOLUTION, size[1] * 72 / SVG_RESOLUTION)
    writer.setPageSize(QPageSize(points, QPageSize.Unit.Point))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setTitle(title or "tapeviz")
    painter = QPainter(writer)
    paint(painter)
    painter.end()
    buffer.close()
    return bytes(content.data())
