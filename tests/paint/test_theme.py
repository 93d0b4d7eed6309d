from __future__ import annotations

import pytest
from PySide6.QtGui import QColor

from tapeviz.paint.theme import THEME_NAMES, theme_of


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = []
    for share in (QColor(colour).redF(), QColor(colour).greenF(), QColor(colour).blueF()):
        channels.append(share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4)
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", THEME_NAMES)
def test_text_has_the_contrast_that_the_eye_needs(name: str) -> None:
    theme = theme_of(name)
    pairs = [(theme.ink, theme.canvas), (theme.muted, theme.canvas), (theme.muted, theme.panel)]
    pairs += [(theme.forward, theme.canvas), (theme.backward, theme.canvas), (theme.accent, theme.canvas)]
    pairs += [(theme.forward, theme.variable), (theme.backward, theme.backward_soft), (theme.forward, theme.node)]
    pairs += [(theme.accent, theme.accent_soft), (theme.good, theme.panel), (theme.bad, theme.panel)]
    pairs += [(theme.on_accent, theme.accent)]
    assert {pair: contrast(*pair) for pair in pairs if contrast(*pair) < 4.5} == {}


@pytest.mark.parametrize("name", THEME_NAMES)
def test_lines_have_the_contrast_that_graphics_need(name: str) -> None:
    theme = theme_of(name)
    assert contrast(theme.edge, theme.canvas) >= 2.95


def test_the_tokens_of_the_design_are_kept() -> None:
    light, dark = theme_of("light"), theme_of("dark")
    assert (light.canvas, light.forward, light.backward, light.accent) == ("#FCFCFB", "#0A5AA8", "#B04300", "#5B3FB5")
    assert (dark.canvas, dark.forward, dark.backward, dark.accent) == ("#12151A", "#6FB4F8", "#FF9F5A", "#B9A5FF")
    assert theme_of("projector").line_scale == 1.5
    assert theme_of("print").is_monochrome


def test_an_unknown_theme_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ValueError, match="light, dark, projector, print"):
        theme_of("pink")
