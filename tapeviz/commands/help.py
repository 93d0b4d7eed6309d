"""Finding one's way."""

from __future__ import annotations

from tapeviz.commands.command import Command

COMMANDS = (
    Command(
        id="help.show_palette",
        title="Command Palette…",
        tooltip="Find any command by its name",
        menu="Help",
        shortcuts=("Ctrl+Shift+P",),
    ),
    Command(
        id="help.show_keys", title="Keyboard Shortcuts", tooltip="All keys on one page", menu="Help", shortcuts=("F1",)
    ),
    Command(id="help.show_about", title="About tapeviz", tooltip="Version, TensorFlow, licence", menu="Help"),
)
