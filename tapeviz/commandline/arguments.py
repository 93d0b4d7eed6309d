"""The arguments of every subcommand."""

from __future__ import annotations

import argparse
import math
import re
from pathlib import Path
from typing import Any, NoReturn

import tapeviz
from tapeviz.commandline.status import CommandError

THEMES = ("light", "dark", "print")
PICTURE_ENDINGS = (".png", ".svg", ".pdf")
DEFAULT_SIZE = (1600, 900)
MAX_SIDE = 20_000

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
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    _add_record(commands)
    _add_inspect(commands)
    _add_render(commands)
    _add_lessons(commands)
    commands.add_parser("doctor", help="say what is installed, what is missing, and the command that mends it")
    return top, tuple(commands.choices)


def _add_record(commands: Any) -> None:
    record = commands.add_parser("record", help="run a lesson without a window and keep the recording")
    record.add_argument("lesson", type=Path, metavar="LESSON.py")
    record.add_argument("-o", "--output", type=_recording_name, required=True, metavar="OUT.tape")
    record.add_argument("--keep-going", action="store_true", help="run the cells after one that fails, too")
    record.add_argument("--timeout", type=_seconds, metavar="SECONDS", help="stop the lesson after this long")
    record.add_argument("--memory-limit", type=_mebibytes, metavar="MIB", help="stop it when it takes more than this")
    record.add_argument(
        "--set",
        type=_setting,
        action="append",
        default=[],
        dest="settings",
        metavar="NAME=VALUE",
        help="give a variable of the lesson another value; may be repeated",
    )
    record.add_argument("--seed", type=_seed, metavar="N", help="seed the random numbers before the first cell")


def _add_inspect(commands: Any) -> None:
    inspect = commands.add_parser("inspect", help="show what a recording holds")
    inspect.add_argument("file", type=Path, metavar="FILE.tape")
    inspect.add_argument("--json", action="store_true", dest="is_json", help="as JSON on standard output")


def _add_render(commands: Any) -> None:
    render = commands.add_parser("render", help="paint one picture of the graph")
    render.add_argument("file", type=Path, metavar="FILE", help="a lesson (recorded first) or a recording")
    render.add_argument("-o", "--output", type=_picture_name, required=True, metavar="OUT.{png,svg,pdf}")
    render.add_argument("--step", type=_step, metavar="N", help="the step to show: a number from 0, or end (default)")
    render.add_argument("--call", type=_count, metavar="K", help="the gradient call to show, from 0")
    render.add_argument("--row", type=_count, metavar="R", help="the row of a Jacobian to show, from 0")
    render.add_argument(
        "--accumulator", type=_count, metavar="A", help="the ForwardAccumulator to show in place of a call, from 0"
    )
    render.add_argument(
        "--open",
        type=_count,
        action="append",
        default=[],
        dest="opened",
        metavar="OP",
        help="show what this op opens into, by its id in `inspect --json`; again for an op inside of it",
    )
    render.add_argument(
        "--path",
        type=_path,
        metavar="NAME[:K]",
        help="mark a path from the target to source NAME: the K-th largest, from 1 (default: the largest)",
    )
    render.add_argument(
        "--size", type=_size, default=DEFAULT_SIZE, metavar="WxH", help="in pixels, before --scale; 1600x900 by default"
    )
    render.add_argument("--scale", type=_scale, default=1.0, metavar="F", help="pixels per pixel of the size")
    render.add_argument("--theme", choices=THEMES, default="light")
    render.add_argument("--transparent", action="store_true", help="leave the background out")
    render.add_argument("--title", default="", metavar="TEXT", help="what to write above the picture")


def _add_lessons(commands: Any) -> None:
    lessons = commands.add_parser("lessons", help="list the built-in lessons, or copy one out")
    lessons.add_argument("name", nargs="?", metavar="NAME", help="a lesson's name or number")
    lessons.add_argument("-o", "--output", type=Path, metavar="FILE.py")


def _recording_name(text: str) -> Path:
    return _with_ending(text, (".tape",))


def _picture_name(text: str) -> Path:
    return _with_ending(text, PICTURE_ENDINGS)


def _with_ending(text: str, endings: tuple[str, ...]) -> Path:
    path = Path(text)
    if path.suffix.lower() not in endings:
        raise argparse.ArgumentTypeError(f"{text!r} does not end in {' or '.join(endings)}")
    return path


def _seconds(text: str) -> float:
    return _number(text, "a number of seconds above 0")


def _scale(text: str) -> float:
    scale = _number(text, "a number above 0 and up to 20")
    if scale > 20:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0 and up to 20")
    return scale


def _number(text: str, wanted: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not {wanted}")
    return number


def _mebibytes(text: str) -> int:
    return _whole(text, 1, 1 << 24, "a whole number of MiB above 0")


def _seed(text: str) -> int:
    return _whole(text, 0, (1 << 32) - 1, "a whole number from 0 to 4294967295")


def _count(text: str) -> int:
    return _whole(text, 0, 1 << 31, "a whole number from 0")


def _step(text: str) -> int | None:
    return None if text == "end" else _whole(text, 0, 1 << 31, "a step: a whole number from 0, or end")


def _whole(text: str, low: int, high: int, wanted: str) -> int:
    if not re.fullmatch(r"\d{1,12}", text, re.ASCII) or not low <= int(text) <= high:
        raise argparse.ArgumentTypeError(f"{text!r} is not {wanted}")
    return int(text)


def _path(text: str) -> tuple[str, int]:
    name, colon, number = text.rpartition(":")
    if not colon:
        return text, 1
    return name, _whole(number, 1, 1 << 31, "a path: the name of a source, or a name and a number from 1, such as w:2")


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,6})[x×](\d{1,6})", text, re.ASCII)
    if match is None or not all(0 < int(side) <= MAX_SIDE for side in match.groups()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 1280x720")
    return int(match[1]), int(match[2])


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = (part.strip() for part in text.partition("="))
    if not (name.isidentifier() and equals and value):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=VALUE, such as x=2.5 or w=[1, 2]")
    return name, value
