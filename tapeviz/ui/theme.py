"""The theme on Qt's widgets: palette and style sheet from the same tokens that draw the graph."""

from __future__ import annotations

from string import Template

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from tapeviz.paint.fonts import MONO, SANS
from tapeviz.paint.theme import Theme

WINDOW_PIXELS = 13

_SHEET = Template("""
* { font-family: "$sans"; }
QMainWindow, QDialog, QMenuBar, QStatusBar { background: $panel; color: $ink; }
QWidget#pane, QWidget#topBar, QWidget#statusRow, QScrollArea#pane, QWidget#paneBody { background: $panel; }
QWidget#centre, QStackedWidget#pages { background: $canvas; }
QWidget#playback { background: $raised; border-top: 1px solid $line; }
QWidget#topBar { border-bottom: 1px solid $line; }
QWidget#statusRow { border-top: 1px solid $line; }
QMenuBar { border-bottom: 1px solid $line; padding: 2px 8px; }
QMenuBar::item { padding: 3px 9px; border-radius: 5px; background: transparent; }
QMenuBar::item:selected { background: $accent_soft; }
QMenu { background: $raised; color: $ink; border: 1px solid $line; padding: 4px; }
QMenu::item { padding: 5px 28px 5px 24px; border-radius: 5px; }
QMenu::item:selected { background: $accent_soft; color: $ink; }
QMenu::item:disabled { color: $muted; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
QMenu::indicator { width: 12px; height: 12px; left: 6px; }
QPushButton, QToolButton, QComboBox {
  background: $raised; color: $ink; border: 1px solid $line; border-radius: 7px; padding: 4px 12px; min-height: 20px;
}
QPushButton:hover, QToolButton:hover, QComboBox:hover { border-color: $muted; }
QPushButton:focus, QToolButton:focus, QComboBox:focus { border: 1px solid $accent; }
QPushButton:pressed, QToolButton:pressed, QToolButton:checked { background: $accent_soft; }
QPushButton:disabled, QToolButton:disabled, QComboBox:disabled { color: $muted; }
QPushButton#run { background: $accent; color: $on_accent; border-color: $accent; font-weight: 600; }
QPushButton#run:hover { border-color: $ink; }
QPushButton#run:disabled { background: $accent_soft; color: $muted; border-color: $line; }
QComboBox::drop-down { border: 0; width: 22px; }
QComboBox::down-arrow { image: url("$chevron"); width: 10px; height: 10px; }
QComboBox QAbstractItemView { background: $raised; color: $ink; border: 1px solid $line; selection-background-color: $accent_soft;
  selection-color: $ink; outline: 0; }
QLineEdit, QPlainTextEdit, QTextEdit, QTextBrowser, QSpinBox, QDoubleSpinBox {
  background: $raised; color: $ink; border: 1px solid $line; border-radius: 7px; padding: 4px 8px;
  selection-background-color: $accent_soft; selection-color: $ink;
}
QLineEdit:focus, QPlainTextEdit:focus, QTextBrowser:focus, QSpinBox:focus, QDoubleSpinBox:focus { border: 1px solid $accent; }
QLabel { color: $ink; background: transparent; }
QLabel#section { color: $muted; font-size: 11px; font-weight: 600; letter-spacing: 0.8px; }
QLabel#muted { color: $muted; }
QCheckBox { color: $ink; spacing: 6px; background: transparent; }
QTabBar { background: $canvas; qproperty-drawBase: 0; }
QTabBar::tab { background: transparent; color: $muted; padding: 8px 4px 6px 4px; margin: 0 14px 0 8px; border: 0;
  border-bottom: 2.5px solid transparent; }
QTabBar::tab:selected { color: $ink; font-weight: 600; border-bottom-color: $accent; }
QTabBar::tab:focus { color: $accent; }
QSplitter::handle { background: $line; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $line; border-radius: 4px; min-height: 24px; min-width: 24px; margin: 1px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page { background: transparent; width: 0; height: 0; }
QTableView, QListView, QTreeView { background: $canvas; alternate-background-color: $panel; color: $ink; border: 0; gridline-color: $line;
  selection-background-color: $accent_soft; selection-color: $ink; outline: 0; }
QHeaderView { background: $canvas; }
QHeaderView::section { background: $canvas; color: $muted; border: 0; border-bottom: 1px solid $line; padding: 6px 8px; font-weight: 600; }
QToolTip { background: $raised; color: $ink; border: 1px solid $line; padding: 5px 7px; }
QSlider::groove:horizontal { height: 4px; background: $line; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal { width: 12px; height: 12px; margin: -6px 0; border-radius: 8px; background: $raised; border: 2px solid $accent; }
QSlider::handle:horizontal:focus { background: $accent_soft; }
""")


def style_sheet(theme: Theme, chevron: str) -> str:
    """The style sheet of the whole program in one theme; `chevron` is the path of the combo box arrow."""
    is_dark = QColor(theme.canvas).lightness() < 128
    return _SHEET.substitute(
        sans=SANS,
        canvas=theme.canvas,
        panel=theme.panel,
        raised=theme.raised,
        line=theme.line,
        ink=theme.ink,
        muted=theme.muted,
        accent=theme.accent,
        accent_soft=theme.accent_soft,
        on_accent=theme.canvas if is_dark else theme.raised,
        chevron=chevron,
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


def apply_theme(application: QApplication, theme: Theme, chevron: str) -> None:
    """Dress the whole program."""
    font = QFont(SANS)
    font.setPixelSize(WINDOW_PIXELS)
    application.setFont(font)
    application.setPalette(palette_of(theme))
    application.setStyleSheet(style_sheet(theme, chevron))
