"""The theme on Qt's widgets: palette and style sheet from the same tokens that draw the graph."""

from __future__ import annotations

import re
from dataclasses import dataclass
from string import Template

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from tapeviz.model.state import ViewState
from tapeviz.paint.fonts import MONO, SANS
from tapeviz.paint.icons import icon_path
from tapeviz.paint.theme import Theme, theme_of
from tapeviz.storage.resources import resource_path

WINDOW_PIXELS = 13

PRESENTING_SCALE = 1.6
"""How much larger words are before an audience."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dress:
    """The theme, and how much larger than at a desk words and numbers are."""

    theme: Theme
    scale: float

    def px(self, pixels: float) -> int:
        """Give a size of the design in pixels of this dress."""
        return round(pixels * self.scale)


def dress_of(view: ViewState) -> Dress:
    """The dress that a state of the view asks for."""
    return Dress(theme=theme_of(view.theme), scale=view.text_scale * (PRESENTING_SCALE if view.is_presenting else 1.0))


def style_sheet(dress: Dress) -> str:
    """The style sheet of the whole program in one dress."""
    theme = dress.theme
    on_accent = theme.canvas if QColor(theme.canvas).lightness() < 128 else theme.raised
    sheet = Template(resource_path("themes", "window.qss").read_text(encoding="utf-8"))
    sized = re.sub(r"font-size: (\d+)px", lambda found: f"font-size: {dress.px(int(found[1]))}px", sheet.template)
    return Template(sized).substitute(
        sans=SANS,
        mono=MONO,
        canvas=theme.canvas,
        panel=theme.panel,
        raised=theme.raised,
        line=theme.line,
        ink=theme.ink,
        muted=theme.muted,
        accent=theme.accent,
        bad=theme.bad,
        accent_soft=theme.accent_soft,
        on_accent=on_accent,
        chevron=icon_path("chevron", theme.muted),
        check=icon_path("check", on_accent),
    )


def palette_of(theme: Theme) -> QPalette:
    """Qt's palette in one theme, for what no style sheet reaches."""
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: theme.panel,
        QPalette.ColorRole.WindowText: theme.ink,
        QPalette.ColorRole.Base: theme.raised,
        QPalette.ColorRole.AlternateBase: theme.panel,
        QPalette.ColorRole.Text: theme.ink,
        QPalette.ColorRole.Button: theme.raised,
        QPalette.ColorRole.ButtonText: theme.ink,
        QPalette.ColorRole.Highlight: theme.accent_soft,
        QPalette.ColorRole.HighlightedText: theme.ink,
        QPalette.ColorRole.ToolTipBase: theme.raised,
        QPalette.ColorRole.ToolTipText: theme.ink,
        QPalette.ColorRole.PlaceholderText: theme.muted,
        QPalette.ColorRole.Link: theme.accent,
        QPalette.ColorRole.Mid: theme.line,
    }
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.muted))
    return palette


def mono_font(pixels: int = WINDOW_PIXELS) -> QFont:
    """The font of numbers and code."""
    font = QFont(MONO)
    font.setPixelSize(pixels)
    return font


def apply_dress(application: QApplication, dress: Dress) -> None:
    """Dress the whole program."""
    font = QFont(SANS)
    font.setPixelSize(dress.px(WINDOW_PIXELS))
    application.setFont(font)
    application.setPalette(palette_of(dress.theme))
    application.setStyleSheet(style_sheet(dress))
