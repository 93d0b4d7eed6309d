"""The blocks of the inspector: a title, a formula, rows of arithmetic, sentences.

A block is made once and shown again with other words: stepping must not build widgets.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from html import escape

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QGuiApplication, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QFrame, QLabel, QMenu, QSizePolicy, QVBoxLayout, QWidget

from tapeviz.model.explanation import Row, Section
from tapeviz.model.latex import lines_of
from tapeviz.model.numbers import matrix_cells, touched_cells
from tapeviz.model.tensor import TensorValue
from tapeviz.paint.fonts import MONO, SANS
from tapeviz.paint.theme import Theme, tone_colour
from tapeviz.ui.inspector.formula_image import formula_image
from tapeviz.ui.inspector.heat_row import HeatRow
from tapeviz.ui.mending import MendRow
from tapeviz.ui.theme import Dress

FORMULA_PIXELS = 15
LONG_NUMBER = 16
LONG_LINE = 22
CARD_RADIUS = 9

ValueOf = Callable[[int], TensorValue | None]


def words(text: str, dress: Dress, pixels: int, colour: str, *, weight: int = 400, family: str = SANS) -> str:
    """Mark text up for a `RichLabel`."""
    marked = escape(text).replace("  ", "&nbsp; ").replace("\n", "<br>")
    families = f"'{family}','{SANS}','{MONO}'"
    style = f"font-family:{families}; font-size:{dress.px(pixels)}px; font-weight:{weight}; color:{colour};"
    return f'<span style="{style}">{marked}</span>'


class RichLabel(QLabel):
    """Wrapped text in several styles that can be selected and copied; set again only when it changed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def show_html(self, html: str) -> None:
        """Show other text; hide where there is none."""
        if html != self.text():
            self.setText(html)
        self.setVisible(bool(html))


class FormulaLabel(QLabel):
    """A formula that shrinks with the pane rather than being cut."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: QPixmap | None = None
        self._natural = QSize()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_formula(self, latex: str, image: QPixmap | None) -> None:
        """Show another formula, or none."""
        self.setVisible(image is not None)
        if image is None or image is self._image:
            return
        self._image = image
        self._natural = image.deviceIndependentSize().toSize()
        self.setAccessibleName(latex)
        self.setToolTip(latex)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As large as the formula was set."""
        return self._natural

    def minimumSizeHint(self) -> QSize:
        """As narrow as the pane likes."""
        return QSize(1, self._natural.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the formula at its size, or as wide as there is room."""
        if self._image is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        room = QSize(min(self.width(), self._natural.width()), self._natural.height())
        size = self._natural.scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
        painter.drawPixmap(QRect(0, (self.height() - size.height()) // 2, size.width(), size.height()), self._image)


class SectionView(QFrame):
    """One block, plain under a rule or as a card; its formulas can be copied."""

    all_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.mends = MendRow()
        self._head, self._formula, self._shapes = RichLabel(), FormulaLabel(), RichLabel()
        self._heats, self._body = HeatRow(), RichLabel()
        self._section: Section | None = None
        self._is_card = False
        self._has_rule = False
        self._theme: Theme | None = None
        self._column = QVBoxLayout(self)
        self._column.setSpacing(6)
        for part in (self._head, self._formula, self._shapes, self._heats, self._body, self.mends):
            self._column.addWidget(part)

    def show_section(
        self,
        section: Section,
        dress: Dress,
        value_of: ValueOf,
        *,
        has_rule: bool,
        is_mendable: bool = True,
        room: int = 0,
    ) -> None:
        """Show another block; `has_rule` draws the line that parts it from the one above.

        `value_of` gives the value of a row's tensor: a matrix small enough is written out. `is_mendable` says that the
        script is still the one that ran. `room` is how wide the block will be, pixels, where that is known.
        """
        self._section = section
        self._is_card, self._has_rule, self._theme = section.is_card, has_rule, dress.theme
        margins = (16, 12, 14, 12) if section.is_card else (0, 10 if has_rule else 4, 0, 4)
        self._column.setContentsMargins(*margins)
        image = None
        if section.latex:
            ratio = self.devicePixelRatioF()
            image = formula_image(section.latex, dress.theme.ink, dress.px(FORMULA_PIXELS), ratio)
        self._head.show_html(_head(section, dress, is_typeset=image is not None))
        self._formula.show_formula(section.latex, image)
        self._shapes.show_html(words(section.shapes, dress, 13, dress.theme.muted) if section.shapes else "")
        self._heats.show_heats(section.heats, dress, room)
        self._body.show_html(_rows(section, dress, value_of) + _notes(section.notes, dress))
        self.mends.show_mends(section.mends, section.line, is_usable=is_mendable)
        self.update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer the formulas of this block, and all of the inspector's, as LaTeX."""
        menu = self.latex_menu()
        if menu is None:
            event.ignore()
            return
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def latex_menu(self) -> QMenu | None:
        """Make the menu by which formulas are copied; None where the block has none."""
        lines = lines_of(self._section) if self._section is not None else ()
        if not lines:
            return None
        menu = QMenu(self)
        for line, title in zip(lines, self._titles(lines), strict=True):
            menu.addAction(title, functools.partial(QGuiApplication.clipboard().setText, line))
        menu.addSeparator()
        menu.addAction(self.tr("Copy All LaTeX"), self.all_wanted.emit)
        return menu

    def _titles(self, lines: Sequence[str]) -> list[str]:
        assert self._section is not None
        has_numbers = self._section.chain
        numbers, formula = self.tr("Copy LaTeX with Numbers"), self.tr("Copy LaTeX")
        return [numbers if line == has_numbers else formula for line in lines]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the card, or the rule."""
        if self._theme is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._theme.line), 1))
        if self._is_card:
            painter.setBrush(QColor(self._theme.raised))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), CARD_RADIUS, CARD_RADIUS)
        elif self._has_rule:
            painter.drawLine(0, 0, self.width(), 0)


def _head(section: Section, dress: Dress, *, is_typeset: bool) -> str:
    colour = tone_colour("muted" if section.is_card else section.tone, dress.theme)
    lines = []
    if section.title:
        lines.append(words(section.title, dress, 12 if section.is_card else 13, colour, weight=600))
    # A symbolic twin, or a rule on whole tensors, that could be typeset needs no plain spelling beside it.
    if section.formula and not ((section.tone == "accent" or section.heats) and is_typeset):
        family = MONO if section.tone == "forward" else SANS
        lines.append(words(section.formula, dress, 15, dress.theme.ink, family=family))
    return "".join(f'<p style="margin:0 0 {dress.px(5)}px 0">{line}</p>' for line in lines)


def _rows(section: Section, dress: Dress, value_of: ValueOf) -> str:
    if not section.rows:
        return ""
    numbers = [row.number if section.is_brief else _number_of(row, value_of) for row in section.rows]
    lines = "".join(_row(row, number, dress) for row, number in zip(section.rows, numbers, strict=True))
    return f'<table width="100%" cellspacing="0" cellpadding="0">{lines}</table>'


def _number_of(row: Row, value_of: ValueOf) -> str:
    """The number of a row, or the rows of its matrix, each on a line of its own."""
    value = value_of(row.tensor) if row.tensor is not None else None
    if touched := touched_cells(value):
        lines = (f"{index}: [{' '.join(cells)}]" for index, cells in touched)
        return "\n".join([*lines, row.number])
    cells = matrix_cells(value) if value is not None and len(value.shape) == 2 else ()
    widths = [max(len(cell) for cell in column) for column in zip(*cells, strict=True)]
    padded = (" ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in cells)
    return "\n".join(f"[{line}]" for line in padded) or row.number


def _row(row: Row, number_text: str, dress: Dress) -> str:
    theme = dress.theme
    weight = 600 if row.is_result else 400
    text = words(row.label, dress, 13, theme.ink if row.is_result else theme.muted, weight=weight)
    number = words(number_text, dress, 14, tone_colour(row.tone, theme), weight=max(weight, 500), family=MONO)
    rule = f"border-top:1px solid {theme.line};" if row.is_result else ""
    cell = f"padding:{dress.px(4)}px 0; {rule}"
    longest = max(len(line) for line in number_text.split("\n"))
    if longest > LONG_NUMBER and longest + len(row.label) > LONG_LINE:
        return (
            f'<tr><td colspan="2" style="{cell}">{text}</td></tr>'
            f'<tr><td colspan="2" align="right" style="padding-bottom:{dress.px(4)}px">{number}</td></tr>'
        )
    return f'<tr><td style="{cell}">{text}</td><td align="right" style="{cell}">{number}</td></tr>'


def _notes(notes: tuple[str, ...], dress: Dress) -> str:
    return "".join(
        f'<p style="margin:{dress.px(4)}px 0 0 0">{words(note, dress, 13, dress.theme.ink)}</p>' for note in notes
    )
