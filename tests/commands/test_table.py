"""The command table: unique, whole, and bound to functions that exist."""

from __future__ import annotations

import inspect
import re
from collections import Counter

from tapeviz.commands.registry import BY_ID, COMMANDS


def test_ids_are_unique_and_named_by_the_rule() -> None:
    assert len(BY_ID) == len(COMMANDS)
    assert [row.id for row in COMMANDS if not re.fullmatch(r"[a-z]+\.[a-z_]+", row.id)] == []


def test_no_key_is_given_twice() -> None:
    keys = Counter(key for row in COMMANDS for key in row.shortcuts)
    assert [key for key, count in keys.items() if count > 1] == []


def test_every_command_says_what_it_does() -> None:
    assert [row.id for row in COMMANDS if not row.title or len(row.tooltip) < 10] == []


def test_every_command_outside_the_menus_has_a_function() -> None:
    assert [row.id for row in COMMANDS if not row.menu and row.function is None] == []


def test_functions_take_the_state_first_and_are_documented() -> None:
    for row in COMMANDS:
        if row.function is not None:
            parameters = list(inspect.signature(row.function).parameters)
            assert parameters[0] == "state", row.id
            assert row.function.__doc__, row.id


def test_menu_commands_need_no_argument() -> None:
    for row in COMMANDS:
        if row.menu and row.function is not None:
            required = [
                parameter
                for parameter in list(inspect.signature(row.function).parameters.values())[1:]
                if parameter.default is inspect.Parameter.empty
            ]
            assert required == [], row.id


def test_the_keys_that_lecturers_and_clickers_press_are_bound() -> None:
    expected = {
        "playback.step_forward": {"Right", "PgDown", "N"},
        "playback.step_back": {"Left", "PgUp", "P"},
        "playback.first": {"Home"},
        "playback.last": {"End"},
        "run.run": {"Ctrl+Return", "F5"},
        "run.stop": {"Esc"},
        "help.show_palette": {"Ctrl+Shift+P"},
        "view.fit": {"Ctrl+0"},
    }
    for command, keys in expected.items():
        assert keys <= set(BY_ID[command].shortcuts), command
