"""The lesson library: every shipped lesson with its picture and what it shows."""

from __future__ import annotations

import re

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from tapeviz.model.lesson import header_length
from tapeviz.model.state import ThemeName
from tapeviz.storage.library import Group, ShippedLesson, shipped_lessons
from tapeviz.storage.resources import resource_path

FAMILIES = re.compile(r'font-family="([^",]+),[^"]*"')

CARD = QSize(220, 112)
PREVIEW = QSize(420, 200)

GRAPH_SHARE = 0.82
"""How much of a lesson's figure is graph; the caption under it would be too small to read here."""


def lesson_picture(lesson: ShippedLesson, theme: ThemeName, size: QSize, ratio: float) -> QPixmap:
    """The picture of a lesson's graph, or an empty one where none ships."""
    shade = "dark" if theme == "dark" else "light"
    image = QPixmap(size * ratio)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    path = resource_path("lessons", "pictures", f"{lesson.path.stem}-{shade}.svg")
    drawing = path.read_text(encoding="utf-8") if path.is_file() else ""
    # QtSvg takes a list of families for the name of one.
    renderer = QSvgRenderer(QByteArray(FAMILIES.sub(r'font-family="\1"', drawing).encode()))
    if renderer.isValid():
        whole = renderer.defaultSize()
        share = GRAPH_SHARE if lesson.group == "course" else 1.0
        graph = QSize(whole.width(), round(whole.height() * share))
        renderer.setViewBox(QRect(QPoint(), graph))
        drawn = graph.scaled(size, Qt.AspectRatioMode.KeepAspectRatio)
        left, top = (size.width() - drawn.width()) / 2, (size.height() - drawn.height()) / 2
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        renderer.render(painter, QRectF(left, top, drawn.width(), drawn.height()))
        painter.end()
    return image


class LibraryDialog(QDialog):
    """Browse, read, open. `chosen` is the lesson that was opened, or None."""

    def __init__(self, theme: ThemeName, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Lesson Library"))
        self.resize(1240, 700)
        self.chosen: ShippedLesson | None = None
        self._theme = theme
        self._lessons = shipped_lessons()
        self._search = QLineEdit()
        self._search.setPlaceholderText(self.tr("Search the lessons"))
        self._search.setAccessibleName(self.tr("Search the lessons"))
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._filter)
        self.groups = self._group_tabs()
        self.cards = self._card_list()
        self._picture, self._title, self._summary, self.code = QLabel(), QLabel(), QLabel(), QPlainTextEdit()
        row = QHBoxLayout()
        left = QVBoxLayout()
        left.addWidget(self.groups)
        left.addWidget(self._search)
        left.addWidget(self.cards, 1)
        row.addLayout(left, 7)
        row.addLayout(self._details(), 4)
        column = QVBoxLayout(self)
        column.addLayout(row, 1)
        column.addWidget(self._buttons())
        self.cards.setCurrentRow(0)

    def _group_tabs(self) -> QTabBar:
        tabs = QTabBar()
        tabs.setAccessibleName(self.tr("Which lessons are shown"))
        tabs.setDrawBase(False)
        names: dict[Group, str] = {"course": self.tr("Lessons"), "surfaces": self.tr("Surfaces")}
        tabs.addTab(self.tr("All"))
        for group, name in names.items():
            tabs.setTabData(tabs.addTab(name), group)
        tabs.currentChanged.connect(self._filter)
        return tabs

    def _card_list(self) -> QListWidget:
        cards = QListWidget()
        cards.setAccessibleName(self.tr("Lessons"))
        cards.setViewMode(QListWidget.ViewMode.IconMode)
        cards.setResizeMode(QListWidget.ResizeMode.Adjust)
        cards.setMovement(QListWidget.Movement.Static)
        cards.setIconSize(CARD)
        cards.setGridSize(QSize(CARD.width() + 20, CARD.height() + 40))
        cards.setSpacing(6)
        for lesson in self._lessons:
            picture = lesson_picture(lesson, self._theme, CARD, self.devicePixelRatioF())
            item = QListWidgetItem(QIcon(picture), f"{lesson.label}  {lesson.title}")
            item.setToolTip(lesson.summary)
            cards.addItem(item)
        cards.currentRowChanged.connect(self._show)
        cards.itemActivated.connect(self._open)
        return cards

    def _details(self) -> QVBoxLayout:
        column = QVBoxLayout()
        self._title.setStyleSheet("font-size: 18px; font-weight: 600;")
        self._title.setWordWrap(True)
        self._summary.setWordWrap(True)
        self._picture.setMinimumSize(PREVIEW)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.code.setReadOnly(True)
        self.code.setObjectName("mono")
        self.code.setAccessibleName(self.tr("The script of the lesson"))
        self.code.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        for widget in (self._picture, self._title, self._summary):
            column.addWidget(widget)
        column.addWidget(self.code, 1)
        return column

    def _buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel)
        for button in box.buttons():
            button.setIcon(QIcon())
        box.accepted.connect(self._open)
        box.rejected.connect(self.reject)
        return box

    def _filter(self) -> None:
        query = self._search.text().casefold().strip()
        group = self.groups.tabData(self.groups.currentIndex())
        shown = []
        for place, lesson in enumerate(self._lessons):
            words = f"{lesson.label} {lesson.title} {lesson.summary} {lesson.name}".casefold()
            is_shown = query in words and group in (None, lesson.group)
            self.cards.item(place).setHidden(not is_shown)
            if is_shown:
                shown.append(place)
        if shown and self.cards.currentRow() not in shown:
            self.cards.setCurrentRow(shown[0])

    def _show(self, place: int) -> None:
        if 0 <= place < len(self._lessons):
            lesson = self._lessons[place]
            self._title.setText(lesson.title)
            self._summary.setText(lesson.summary)
            text = lesson.text
            self.code.setPlainText("\n".join(text.split("\n")[header_length(text) :]))
            self._picture.setPixmap(lesson_picture(lesson, self._theme, PREVIEW, self.devicePixelRatioF()))

    def _open(self) -> None:
        place = self.cards.currentRow()
        if 0 <= place < len(self._lessons):
            self.chosen = self._lessons[place]
            self.accept()
