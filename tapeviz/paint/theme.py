"""The colours of each theme. Colour means something or is not there."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache

from tapeviz.model.explanation import Tone
from tapeviz.storage.resources import resource_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """One theme's colours as ``#RRGGBB``, and how strong its lines are.

    `frame` fills the frames of groups, `frame_inner` those within one that is filled so, in turn; `frame_line` is
    their outline. `is_monochrome` marks a theme for paper: what flows back is dashed, and sums are boxed.
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
    tangent: str
    tangent_soft: str
    accent: str
    accent_soft: str
    edge: str
    frame: str
    frame_inner: str
    frame_line: str
    good: str
    bad: str
    on_accent: str
    line_scale: float = 1.0
    is_monochrome: bool = False


THEME_NAMES = ("light", "dark", "projector", "print")


@lru_cache(maxsize=len(THEME_NAMES))
def theme_of(name: str) -> Theme:
    """Give the theme of that name.

    Raises
    ------
    ValueError
        Where there is none; the message lists those there are.
    """
    if name not in THEME_NAMES:
        raise ValueError(f"There is no theme called {name!r}; choose one of {', '.join(THEME_NAMES)}.")
    with resource_path("themes", f"{name}.toml").open("rb") as file:
        return Theme(name=name, **tomllib.load(file))


def tone_colour(tone: Tone, theme: Theme) -> str:
    """Give the colour in which words of a tone are set."""
    colours: dict[Tone, str] = {
        "plain": theme.ink,
        "forward": theme.forward,
        "backward": theme.backward,
        "accent": theme.accent,
        "tangent": theme.tangent,
        "good": theme.good,
        "muted": theme.muted,
    }
    return colours[tone]
