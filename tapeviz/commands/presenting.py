"""Before an audience: graph, caption and code on the full screen, every word larger."""

from __future__ import annotations

from dataclasses import replace

from tapeviz.commands.command import Command
from tapeviz.commands.outcome import Outcome
from tapeviz.model.state import AppState, Tab

TEXT_SCALES = (0.8, 0.9, 1.0, 1.15, 1.3, 1.5, 1.75, 2.0)
"""The text sizes that the two commands go through."""


def toggle_presenting(state: AppState) -> Outcome:
    """Go before the audience with the graph, or with the landscape where one looks at that; or back to the desk."""
    tab: Tab = "descent" if state.view.tab == "descent" else "graph"
    view = replace(state.view, is_presenting=not state.view.is_presenting, is_blank=False, tab=tab)
    return Outcome(state=replace(state, view=view))


def toggle_blank(state: AppState) -> Outcome:
    """Blank the screen while presenting, or show it again."""
    return Outcome(state=replace(state, view=replace(state.view, is_blank=not state.view.is_blank)))


def larger_text(state: AppState) -> Outcome:
    """Take the next larger text size, up to twice the usual."""
    larger = [scale for scale in TEXT_SCALES if scale > state.view.text_scale]
    return _scaled(state, larger[0] if larger else TEXT_SCALES[-1])


def smaller_text(state: AppState) -> Outcome:
    """Take the next smaller text size."""
    smaller = [scale for scale in TEXT_SCALES if scale < state.view.text_scale]
    return _scaled(state, smaller[-1] if smaller else TEXT_SCALES[0])


def _scaled(state: AppState, scale: float) -> Outcome:
    return Outcome(state=replace(state, view=replace(state.view, text_scale=scale)))


def is_presenting(state: AppState) -> bool:
    """Hold before an audience."""
    return state.view.is_presenting


COMMANDS = (
    Command(
        id="present.toggle",
        title="Present",
        tooltip="Graph, caption and code on the full screen, in large letters; Esc ends it",
        menu="Present",
        shortcuts=("Shift+F5",),
        is_checked=is_presenting,
        function=toggle_presenting,
    ),
    Command(
        id="present.toggle_blank",
        title="Blank Screen",
        tooltip="Blank the screen while presenting, and show it again",
        menu="Present",
        shortcuts=("B", "."),
        is_single_key=True,
        is_enabled=is_presenting,
        is_checked=lambda state: state.view.is_blank,
        function=toggle_blank,
    ),
    Command(
        id="view.larger_text",
        title="Larger Text",
        tooltip="Make every word of the window larger",
        menu="View",
        group=2,
        shortcuts=("Ctrl+Shift+Up",),
        function=larger_text,
    ),
    Command(
        id="view.smaller_text",
        title="Smaller Text",
        tooltip="Make every word of the window smaller",
        menu="View",
        group=2,
        shortcuts=("Ctrl+Shift+Down",),
        function=smaller_text,
    ),
)
