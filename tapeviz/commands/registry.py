"""Every command of the program in one table; menus, toolbar, palette and shortcut help are built from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tapeviz.commands.outcome import CommandFunction
from tapeviz.model.state import AppState


def always(state: AppState) -> bool:
    """Enabled whatever the state."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One row of the table.

    `function` is a pure ``AppState -> Outcome``; it is None for what the window does itself (a dialog, a zoom):
    then the window handles the id. `shortcuts` are portable key sequences; `menu` is ``File``, ``Edit`` and so on,
    with ``group`` separating blocks within it; `is_single_key` marks shortcuts that only work where no text field
    has the focus.
    """

    id: str
    title: str
    tooltip: str
    menu: str
    group: int = 0
    shortcuts: tuple[str, ...] = ()
    is_single_key: bool = False
    is_enabled: Callable[[AppState], bool] = always
    is_checked: Callable[[AppState], bool] | None = None
    function: CommandFunction | None = None
