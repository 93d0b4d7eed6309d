"""The lesson pane's own dress, from the same tokens as everything else."""

from __future__ import annotations

from string import Template

from tapeviz.paint.fonts import MONO
from tapeviz.paint.theme import Theme

BASE_PIXELS = 13

_SHEET = Template("""
QLabel#section { color: $muted; font-size: ${small}px; font-weight: 600; }
QLabel#problem { color: $bad; font-size: ${words}px; }
QLabel#good { color: $good; }
QLabel#muted { color: $muted; }
QLabel#stale { color: $accent; }
QLabel#note { color: $ink; background: $accent_soft; border-radius: 7px; padding: 8px 10px; }
QLineEdit#formula { font-family: "$mono"; font-size: ${formula}px; padding: 8px 12px; border-radius: 8px; }
QLineEdit[wrong="true"] { border-color: $bad; }
QFrame#card { background: $raised; border: 1px solid $line; border-radius: 9px; }
QFrame#details { background: $raised; border: 1px solid $line; }
QLabel#variableName { font-family: "$mono"; font-size: ${formula}px; font-weight: 500; }
QComboBox#kind {
  border: 1px solid transparent; background: transparent; color: $muted; padding: 1px 3px; font-size: ${words}px;
}
QComboBox#kind:hover:enabled { border-color: $line; color: $ink; }
QComboBox#kind:focus { border-color: $accent; }
QComboBox#kind { combobox-popup: 0; }
QComboBox#kind QAbstractItemView { color: $ink; }
QComboBox#kind::drop-down { width: 0; border: 0; }
QComboBox#kind::down-arrow { image: none; width: 0; }
QCheckBox#choice { spacing: 6px; font-size: ${words}px; }
QCheckBox#choice::indicator { width: ${tick}px; height: ${tick}px; }
QCheckBox#choice::indicator:focus { border: 2px solid $accent; }
QLineEdit#value {
  font-family: "$mono"; font-size: ${formula}px;
  border: 1px solid transparent; background: transparent; padding: 3px 4px;
}
QLineEdit#value:hover { border-color: $line; }
QLineEdit#value:focus { border-color: $accent; background: $canvas; }
QLineEdit#value[wrong="true"] { border-color: $bad; }
QComboBox#choice, QToolButton#choice { font-family: "$mono"; font-size: ${words}px; padding: 2px 8px; }
QToolButton#choice::menu-indicator { image: none; }
QToolButton#flat {
  border: 1px solid transparent; background: transparent; color: $muted; padding: 1px 5px; min-height: 0;
}
QToolButton#flat:hover { color: $ink; border-color: $line; }
QToolButton#flat:focus { border-color: $accent; color: $ink; }
QSlider::groove:horizontal { height: ${groove}px; border-radius: ${groove_radius}px; }
QSlider { min-height: ${slider}px; }
QSlider::handle:horizontal {
  width: ${knob}px; height: ${knob}px; margin: -${knob_margin}px 0; border-radius: ${knob_radius}px;
}
QPlainTextEdit#script::corner { background: transparent; border: 0; }
QPlainTextEdit#script { font-family: "$mono"; font-size: ${code}px; padding: 2px 0; border-radius: 9px; }
""")


def lesson_sheet(theme: Theme, pixels: int) -> str:
    """Write the style sheet for a theme and a text size (13 pixels at 100 %)."""
    scale = pixels / BASE_PIXELS
    return _SHEET.substitute(
        mono=MONO,
        small=round(11 * scale),
        words=round(12 * scale),
        code=round(12 * scale),
        formula=round(14 * scale),
        tick=round(13 * scale),
        groove=round(4 * scale),
        groove_radius=round(2 * scale),
        knob=round(12 * scale),
        knob_margin=(round(12 * scale) + 4 - round(4 * scale)) // 2,
        # Across, a knob is its width and two borders; a radius over half of that would draw it square.
        knob_radius=(round(12 * scale) + 4) // 2,
        slider=round(22 * scale),
        canvas=theme.canvas,
        raised=theme.raised,
        line=theme.line,
        ink=theme.ink,
        muted=theme.muted,
        accent=theme.accent,
        accent_soft=theme.accent_soft,
        good=theme.good,
        bad=theme.bad,
    )
