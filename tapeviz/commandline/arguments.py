"""The arguments of every subcommand."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, NoReturn

import tapeviz
from tapeviz.commandline.argument_values import (
    DEFAULT_SIZE,
    THEMES,
    count,
    mebibytes,
    path,
    picture_name,
    recording_name,
    scale,
    seconds,
    seed,
    setting,
    size,
    step,
)
from tapeviz.commandline.descend_arguments import add_descend
from tapeviz.commandline.status import CommandError

_DESCRIPTION = """\
TensorFlow's GradientTape made visible. Without a command the window opens; opening a file never runs it."""


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is one sentence."""

    def error(self, message: str) -> NoReturn:
        """Refuse the arguments."""
        raise CommandError(f"{message}; see `{self.prog} --help`.")


def parser() -> tuple[Parser, tuple[str, ...]]:
    """Build the parser; the second part lists the names of the subcommands."""
    top = Parser(prog="tapeviz", usage="tapeviz [LESSON.py | RECORDING.tape | COMMAND ...]", description=_DESCRIPTION)
    top.add_argument("--version", action="version", version=f"tapeviz {tapeviz.__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", prog="tapeviz")
    _add_record(commands)
    _add_inspect(commands)
    _add_render(commands)
    add_descend(commands)
    _add_lessons(commands)
    commands.add_parser("doctor", help="say what is installed, what is missing, and the command that mends it")
    return top, tuple(commands.choices)


def _add_record(commands: Any) -> None:
    record = commands.add_parser("record", help="run a lesson without a window and keep the recording")
    record.add_argument("lesson", type=Path, metavar="LESSON.py")
    record.add_argument("-o", "--output", type=recording_name, required=True, metavar="OUT.tape")
    record.add_argument("--keep-going", action="store_true", help="run the cells after one that fails, too")
    record.add_argument("--timeout", type=seconds, metavar="SECONDS", help="stop the lesson after this long")
    record.add_argument("--memory-limit", type=mebibytes, metavar="MIB", help="stop it when it takes more than this")
    record.add_argument(
        "--set",
        type=setting,
        action="append",
        default=[],
        dest="settings",
        metavar="NAME=VALUE",
        help="give a variable of the lesson another value; may be repeated",
    )
    record.add_argument("--seed", type=seed, metavar="N", help="seed the random numbers before the first cell")


def _add_inspect(commands: Any) -> None:
    inspect = commands.add_parser("inspect", help="show what a recording holds")
    inspect.add_argument("file", type=Path, metavar="FILE.tape")
    inspect.add_argument("--json", action="store_true", dest="is_json", help="as JSON on standard output")


def _add_render(commands: Any) -> None:
    render = commands.add_parser("render", help="paint one picture of the graph")
    render.add_argument("file", type=Path, metavar="FILE", help="a lesson (recorded first) or a recording")
    render.add_argument("-o", "--output", type=picture_name, required=True, metavar="OUT.{png,svg,pdf}")
    render.add_argument("--step", type=step, metavar="N", help="the step to show: a number from 0, or end (default)")
    render.add_argument("--call", type=count, metavar="K", help="the gradient call to show, from 0")
    render.add_argument("--row", type=count, metavar="R", help="the row of a Jacobian to show, from 0")
    render.add_argument(
        "--accumulator", type=count, metavar="A", help="the ForwardAccumulator to show in place of a call, from 0"
    )
    render.add_argument(
        "--open",
        type=count,
        action="append",
        default=[],
        dest="opened",
        metavar="OP",
        help="show what this op opens into, by its id in `inspect --json`; again for an op inside of it",
    )
    render.add_argument(
        "--path",
        type=path,
        metavar="NAME[:K]",
        help="mark a path from the target to source NAME: the K-th largest, from 1 (default: the largest)",
    )
    render.add_argument(
        "--size", type=size, default=DEFAULT_SIZE, metavar="WxH", help="in pixels, before --scale; 1600x900 by default"
    )
    render.add_argument("--scale", type=scale, default=1.0, metavar="F", help="pixels per pixel of the size")
    render.add_argument("--theme", choices=THEMES, default="light")
    render.add_argument("--transparent", action="store_true", help="leave the background out")
    render.add_argument("--title", default="", metavar="TEXT", help="what to write above the picture")


def _add_lessons(commands: Any) -> None:
    lessons = commands.add_parser("lessons", help="list the built-in lessons, or copy one out")
    lessons.add_argument("name", nargs="?", metavar="NAME", help="a lesson's name or number")
    lessons.add_argument("-o", "--output", type=Path, metavar="FILE.py")
