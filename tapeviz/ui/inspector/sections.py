"""The blocks of the inspector: a title, a formula, rows of arithmetic, sentences."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from tapeviz.model.explanation import Row, Section, Tone
from tapeviz.paint.fonts import MONO, SANS
from tapeviz.paint.theme import Theme
from tapeviz.ui.inspector.formula_image import formula_image
from tapeviz.ui.theme import Dress

FORMULA_PIXELS = 15


def tone_colour(tone: Tone, theme: Theme) -> str:
    """The colour that a tone has in a theme."""
    colours = {
        "forward": theme.forward,
        "backward": theme.backward,
        "accent": theme.accent,
        "good": theme.good,
        "muted": theme.muted,
    }
    return colours.get(tone, theme.ink)


def label(text: str, style: str, *, is_wrapped: bool = True) -> QLabel:
    """A label whose text can be selected and copied."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(is_wrapped)
    made.setStyleSheet(style)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


class FormulaLabel(QLabel):
    """A formula that shrinks with the pane rather than being cut."""

    def __init__(self, image: QPixmap, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = image
        natural = image.deviceIndependentSize().toSize()
        self.setMinimumWidth(1)
        self.setMaximumWidth(natural.width())
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._natural = natural

    def sizeHint(self) -> QSize:
        """As large as the formula was set."""
        return self._natural

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the formula at its size, or as wide as there is room."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        size = self._natural.scaled(
            min(self.width(), self._natural.width()), self._natural.height(), Qt.AspectRatioMode.KeepAspectRatio
        )
        painter.drawPixmap(QRect(0, (self.height() - size.height()) // 2, size.width(), size.height()), self._image)


class SectionView(QFrame):
    """One block, plain or as a card."""

    def __init__(self, section: Section, dress: Dress, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setSpacing(6)
        if section.is_card:
            self.setObjectName("card")
            edge = f"border: 1px solid {dress.theme.line}; border-radius: 9px;"
            self.setStyleSheet(f"#card {{ background: {dress.theme.raised}; {edge} }}")
            column.setContentsMargins(16, 12, 14, 12)
        else:
            column.setContentsMargins(0, 4, 0, 4)
        colour = tone_colour("muted" if section.is_card else section.tone, dress.theme)
        size = 12 if section.is_card else 13
        column.addWidget(label(section.title, f"font-size: {dress.px(size)}px; font-weight: 600; color: {colour};"))
        self._add_formula(section, dress, column)
        if section.rows:
            column.addLayout(_rows(section.rows, dress))
        for note in section.notes:
            column.addWidget(label(note, f"font-size: {dress.px(13)}px; color: {dress.theme.ink};"))

    def _add_formula(self, section: Section, dress: Dress, column: QVBoxLayout) -> None:
        image = None
        if section.latex:
            image = formula_image(section.latex, dress.theme.ink, dress.px(FORMULA_PIXELS), self.devicePixelRatioF())
        is_twin = section.tone == "accent" and image is not None
        if section.formula and not is_twin:
            family = MONO if section.tone == "forward" else SANS
            column.addWidget(
                label(
                    section.formula, f'font-size: {dress.px(15)}px; font-family: "{family}"; color: {dress.theme.ink};'
                )
            )
        if image is not None:
            shown = FormulaLabel(image)
            shown.setAccessibleName(section.latex)
            shown.setToolTip(section.latex)
            column.addWidget(shown)


def _rows(rows: tuple[Row, ...], dress: Dress) -> QGridLayout:
    grid = QGridLayout()
    grid.setContentsMargins(0, 2, 0, 2)
    grid.setHorizontalSpacing(10)
    grid.setVerticalSpacing(7)
    grid.setColumnStretch(0, 1)
    line = 0
    for row in rows:
        if row.is_result:
            rule = QFrame()
            rule.setFixedHeight(1)
            rule.setStyleSheet(f"background: {dress.theme.line};")
            grid.addWidget(rule, line, 0, 1, 2)
            line += 1
        line = _add_row(grid, line, row, dress)
    return grid


def _add_row(grid: QGridLayout, line: int, row: Row, dress: Dress) -> int:
    weight = 600 if row.is_result else 400
    words = dress.theme.ink if row.is_result else dress.theme.muted
    colour = tone_colour(row.tone, dress.theme)
    text = label(row.label, f"font-size: {dress.px(13)}px; font-weight: {weight}; color: {words};")
    strength = 600 if row.is_result else 500
    style = f'font-size: {dress.px(14)}px; font-family: "{MONO}"; font-weight: {strength}; color: {colour};'
    is_long = len(row.number) > 16
    number = label(row.number, style, is_wrapped=is_long)
    number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    if is_long:
        grid.addWidget(text, line, 0, 1, 2)
        grid.addWidget(number, line + 1, 0, 1, 2)
        return line + 2
    grid.addWidget(text, line, 0)
    grid.addWidget(number, line, 1)
    return line + 1
