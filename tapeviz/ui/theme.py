"""The theme on Qt's widgets: palette and style sheet from the same tokens that draw the graph."""

from __future__ import annotations

from string import Template

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from tapeviz.paint.fonts import MONO, SANS
from tapeviz.paint.icons import icon_path
from tapeviz.paint.theme import Theme
from tapeviz.storage.resources import resource_path

WINDOW_PIXELS = 13


def style_sheet(theme: Theme) -> str:
    """The style sheet of the whole program in one theme."""
    on_accent = theme.canvas if QColor(theme.canvas).lightness() < 128 else theme.raised
    sheet = Template(resource_path("themes", "window.qss").read_text(encoding="utf-8"))
    return sheet.substitute(
        sans=SANS,
        mono=MONO,
        canvas=theme.canvas,
        panel=theme.panel,
        raised=theme.raised,
        line=theme.line,
        ink=theme.ink,
        muted=theme.muted,
        accent=theme.accent,
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


def apply_theme(application: QApplication, theme: Theme) -> None:
    """Dress the whole program."""
    font = QFont(SANS)
    font.setPixelSize(WINDOW_PIXELS)
    application.setFont(font)
    application.setPalette(palette_of(theme))
    application.setStyleSheet(style_sheet(theme))
