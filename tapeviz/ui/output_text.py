"""Printed lines with the lesson's figures between them, where they were shown."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QMimeData, QPoint, QSize, Qt, QTimer, QUrl
from PySide6.QtGui import (
    QContextMenuEvent,
    QImage,
    QResizeEvent,
    QTextBlockFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextImageFormat,
)
from PySide6.QtWidgets import QMenu, QTextEdit, QWidget

from tapeviz.model.recording import OutputFigure
from tapeviz.ui.store import Executes

PIXELS_PER_PIXEL = 2
"""Figures come drawn so much finer than they are shown, so that they stay crisp."""

_OBJECT = "\N{OBJECT REPLACEMENT CHARACTER}"
_MARGIN = 8.0


class OutputText(QTextEdit):
    """Read-only text with pictures, which are never wider than the pane."""

    def __init__(self, store: Executes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._printed = ""
        self._figures: tuple[OutputFigure, ...] = ()
        self._images: list[QImage] = []
        self._pointed: int | None = None
        self._is_after_figure = False
        self._fitted = 0
        self._refit = QTimer(self)
        self._refit.setSingleShot(True)
        self._refit.setInterval(0)
        self._refit.timeout.connect(self._fit)
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setObjectName("mono")
        self.setPlaceholderText(self.tr("What the lesson prints appears here."))
        self.setAccessibleName(self.tr("Output of the lesson"))

    @property
    def printed(self) -> str:
        """The printed text that is shown."""
        return self._printed

    @property
    def figure(self) -> OutputFigure | None:
        """The figure that is pointed at, or the one nearest to the middle of what is in view."""
        if not self._figures:
            return None
        if self._pointed is not None:
            return self._figures[self._pointed]
        middle = self.viewport().height() / 2
        return min(
            zip(self._places(), self._figures, strict=True), key=lambda each: abs(self._centre_of(each[0]) - middle)
        )[1]

    def show_output(self, printed: str, figures: tuple[OutputFigure, ...]) -> None:
        """Show text and figures; what was only added is only added."""
        if printed == self._printed and figures == self._figures:
            return
        count = len(self._figures)
        is_longer = printed.startswith(self._printed) and figures[:count] == self._figures
        if not is_longer or any(figure.position < len(self._printed) for figure in figures[count:]):
            self.clear()
            self._printed, self._figures, self._images, count = "", (), [], 0
            self._is_after_figure = False
        self._append(printed, figures[count:])
        self._printed, self._figures = printed, figures
        self.setAccessibleDescription(self._told())
        bar = self.verticalScrollBar()
        bar.setValue(bar.maximum())

    def _append(self, printed: str, figures: Sequence[OutputFigure]) -> None:
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.beginEditBlock()
        shown = len(self._printed)
        for figure in figures:
            self._append_text(cursor, printed[shown : figure.position])
            shown = max(shown, figure.position)
            self._append_figure(cursor, figure)
        self._append_text(cursor, printed[shown:])
        cursor.endEditBlock()

    def _append_text(self, cursor: QTextCursor, text: str) -> None:
        if not text:
            return
        if self._is_after_figure:
            cursor.insertBlock(QTextBlockFormat())
            self._is_after_figure = False
        cursor.insertText(text)

    def _append_figure(self, cursor: QTextCursor, figure: OutputFigure) -> None:
        spaced = QTextBlockFormat()
        spaced.setTopMargin(_MARGIN)
        spaced.setBottomMargin(_MARGIN)
        if cursor.block().length() > 1:
            cursor.insertBlock(spaced)
        else:
            cursor.setBlockFormat(spaced)
        image = QImage.fromData(figure.png)
        if image.isNull():
            cursor.insertText(self.tr("(This figure is damaged and cannot be shown.)"))
        self._images.append(image)
        cursor.insertImage(self._format_of(len(self._images) - 1, figure))
        self._is_after_figure = True

    def _format_of(self, number: int, figure: OutputFigure) -> QTextImageFormat:
        """Scale a figure to the width there is, smoothly (which Qt's text does not do by itself)."""
        name = f"figure:{number}"
        size = QSize(figure.width, figure.height) / PIXELS_PER_PIXEL
        self._fitted = widest = self._widest()
        if size.width() > widest > 0:
            size = QSize(widest, max(1, round(size.height() * widest / size.width())))
        fineness = self.devicePixelRatioF()
        image = self._images[number]
        if not image.isNull():
            image = image.scaled(
                size * fineness, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
        self.document().addResource(QTextDocument.ResourceType.ImageResource, QUrl(name), image)
        form = QTextImageFormat()
        form.setName(name)
        form.setWidth(size.width() if not image.isNull() else 0)
        form.setHeight(size.height() if not image.isNull() else 0)
        form.setToolTip(figure.title)
        form.setProperty(QTextFormat.Property.ImageAltText.value, self._title(number, figure))
        return form

    def _title(self, number: int, figure: OutputFigure) -> str:
        title = self.tr("Figure {0}").format(number + 1)
        return f"{title}: {figure.title}" if figure.title else title

    def _widest(self) -> int:
        """The width that a figure may take, whether there is a scroll bar or not."""
        bar = self.verticalScrollBar().sizeHint().width()
        return self.contentsRect().width() - bar - 2 * round(self.document().documentMargin())

    def _told(self) -> str:
        return ". ".join(self._title(number, figure) for number, figure in enumerate(self._figures))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the figures to the new width, once the text is laid out: Qt may be in the middle of that here."""
        super().resizeEvent(event)
        if self._widest() != self._fitted:
            self._refit.start()

    def _fit(self) -> None:
        for number, (place, figure) in enumerate(zip(self._places(), self._figures, strict=True)):
            cursor = QTextCursor(self.document())
            cursor.setPosition(place)
            cursor.movePosition(QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.KeepAnchor)
            cursor.setCharFormat(self._format_of(number, figure))

    def _places(self) -> list[int]:
        """The positions of the figures in the document."""
        places = []
        cursor = self.document().find(_OBJECT)
        while not cursor.isNull():
            places.append(cursor.selectionStart())
            cursor = self.document().find(_OBJECT, cursor)
        return [place for place in places if self._is_figure(place)]

    def _is_figure(self, place: int) -> bool:
        cursor = QTextCursor(self.document())
        cursor.setPosition(place + 1)
        return cursor.charFormat().isImageFormat()

    def _centre_of(self, place: int) -> float:
        cursor = QTextCursor(self.document())
        cursor.setPosition(place)
        area = self.document().documentLayout().blockBoundingRect(cursor.block())
        return area.center().y() - self.verticalScrollBar().value()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with the figure under the pointer, or by keyboard with the one in view."""
        menu: QMenu = self.createStandardContextMenu()
        is_by_keyboard = event.reason() == QContextMenuEvent.Reason.Keyboard
        self._pointed = None if is_by_keyboard else self._figure_at(event.pos())
        if self._pointed is not None or (is_by_keyboard and self._figures):
            menu.addSeparator()
            menu.addAction(self.tr("Copy Figure"), lambda: self._store.execute("file.copy_output_figure"))
            menu.addAction(self.tr("Save Figure…"), lambda: self._store.execute("file.save_output_figure"))
        menu.exec(event.globalPos())
        self._pointed = None

    def _figure_at(self, point: QPoint) -> int | None:
        y = point.y() + self.verticalScrollBar().value()
        for number, place in enumerate(self._places()):
            cursor = QTextCursor(self.document())
            cursor.setPosition(place)
            if self.document().documentLayout().blockBoundingRect(cursor.block()).contains(float(point.x()), float(y)):
                return number
        return None

    def createMimeDataFromSelection(self) -> QMimeData:
        """Copy the text alone: a figure is copied as a picture of its own."""
        mime = QMimeData()
        mime.setText(self.textCursor().selection().toPlainText().replace(_OBJECT, ""))
        return mime
