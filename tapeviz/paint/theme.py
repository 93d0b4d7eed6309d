"""The colours of each theme. Colour means something or is not there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """One theme's colours as ``#RRGGBB``, and how strong its lines are.

    `is_monochrome` marks a theme for paper: what flows back is dashed, and sums are boxed.
    """

    name: str
    is_dark: bool
    canvas: str
    panel: str
    raised: str
    line: str
    ink: str
    muted: str
    node: str
    variable: str
    forward: str
    forward_soft: str
    backward: str
    backward_soft: str
    accent: str
    accent_soft: str
    edge: str
    good: str
    bad: str
    on_accent: str
    line_scale: float = 1.0
    is_monochrome: bool = False


LIGHT = Theme(
    name="light",
    is_dark=False,
    canvas="#FCFCFB",
    panel="#F4F5F7",
    raised="#FFFFFF",
    line="#D7DBE2",
    ink="#1A1E26",
    muted="#5A6372",
    node="#FFFFFF",
    variable="#EEF1F5",
    forward="#0A5AA8",
    forward_soft="#E2EEF9",
    backward="#B04300",
    backward_soft="#FCE8DA",
    accent="#5B3FB5",
    accent_soft="#ECE8FA",
    edge="#8B94A3",
    good="#1B6E3C",
    bad="#B3261E",
    on_accent="#FFFFFF",
)

DARK = Theme(
    name="dark",
    is_dark=True,
    canvas="#12151A",
    panel="#1A1E25",
    raised="#20252D",
    line="#333A45",
    ink="#ECEEF1",
    muted="#A3ACBA",
    node="#20252D",
    variable="#2A313B",
    forward="#6FB4F8",
    forward_soft="#16304B",
    backward="#FF9F5A",
    backward_soft="#47260F",
    accent="#B9A5FF",
    accent_soft="#2C2450",
    edge="#6C7686",
    good="#63C68A",
    bad="#FF8A80",
    on_accent="#12151A",
)

PROJECTOR = Theme(
    name="projector",
    is_dark=False,
    canvas="#FFFFFF",
    panel="#FFFFFF",
    raised="#FFFFFF",
    line="#8B94A3",
    ink="#000000",
    muted="#333A45",
    node="#FFFFFF",
    variable="#EEF1F5",
    forward="#00468C",
    forward_soft="#D9E9F8",
    backward="#9A3A00",
    backward_soft="#FCE3D2",
    accent="#4A2FA5",
    accent_soft="#E6E0F9",
    edge="#5A6372",
    good="#125A2E",
    bad="#9C1C15",
    on_accent="#FFFFFF",
    line_scale=1.5,
)

PRINT = Theme(
    name="print",
    is_dark=False,
    canvas="#FFFFFF",
    panel="#FFFFFF",
    raised="#FFFFFF",
    line="#777777",
    ink="#000000",
    muted="#444444",
    node="#FFFFFF",
    variable="#FFFFFF",
    forward="#000000",
    forward_soft="#FFFFFF",
    backward="#000000",
    backward_soft="#FFFFFF",
    accent="#000000",
    accent_soft="#EEEEEE",
    edge="#777777",
    good="#000000",
    bad="#000000",
    on_accent="#FFFFFF",
    is_monochrome=True,
)

THEMES = {theme.name: theme for theme in (LIGHT, DARK, PROJECTOR, PRINT)}


def theme_of(name: str) -> Theme:
    """Give the theme of that name.

    Raises
    ------
    ValueError
        Where there is none; the message lists those there are.
    """
    try:
        return THEMES[name]
    except KeyError:
        raise ValueError(f"There is no theme called {name!r}; choose one of {', '.join(THEMES)}.") from None
