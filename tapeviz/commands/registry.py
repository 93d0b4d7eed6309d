"""Every command of the program, in menu order; menus, toolbar, palette and shortcut help are built from this table."""

from __future__ import annotations

from tapeviz.commands import (
    asking,
    comparing,
    descent,
    descent_asking,
    descent_landscape,
    descent_opening,
    descent_setup,
    files,
    findings,
    groups,
    help,
    iterate_steps,
    lesson,
    opening,
    own_descent,
    paths,
    playback,
    presenting,
    run,
    selection,
    view,
)
from tapeviz.commands.command import Command

COMMANDS: tuple[Command, ...] = (
    *files.COMMANDS,
    *view.COMMANDS,
    *asking.COMMANDS,
    *groups.COMMANDS,
    *comparing.COMMANDS,
    *opening.COMMANDS,
    *presenting.COMMANDS,
    *run.COMMANDS,
    *playback.COMMANDS,
    *descent.COMMANDS,
    *descent_setup.COMMANDS,
    *descent_opening.COMMANDS,
    *iterate_steps.COMMANDS,
    *descent_landscape.COMMANDS,
    *descent_asking.COMMANDS,
    *own_descent.COMMANDS,
    *paths.COMMANDS,
    *findings.COMMANDS,
    *help.COMMANDS,
    *lesson.COMMANDS,
    *selection.COMMANDS,
)

BY_ID: dict[str, Command] = {command.id: command for command in COMMANDS}
