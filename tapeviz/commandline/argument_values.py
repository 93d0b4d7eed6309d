"""What is typed after an option, taken as what it stands for; what cannot be is refused in one sentence."""

from __future__ import annotations

import argparse
import ast
import math
import re
from pathlib import Path
from typing import get_args

from tapeviz.model.descent import MAX_ITERATIONS, Clipping, ClippingKind, OptimizerName
from tapeviz.model.descent_start import Nested
from tapeviz.model.optimizer_facts import OPTIMIZERS
from tapeviz.storage.trajectory_file import ENDINGS

PICTURE_ENDINGS = (".png", ".svg", ".pdf")
MAX_SIDE = 20_000
THEMES = ("light", "dark", "print")
DEFAULT_SIZE = (1600, 900)


def recording_name(text: str) -> Path:
    """Take the name of a recording."""
    return with_ending(text, (".tape",))


def picture_name(text: str) -> Path:
    """Take the name of a picture, whose ending says its format."""
    return with_ending(text, PICTURE_ENDINGS)


def with_ending(text: str, endings: tuple[str, ...]) -> Path:
    """Take a file name that has one of these endings."""
    path = Path(text)
    if path.suffix.lower() not in endings:
        raise argparse.ArgumentTypeError(f"{text!r} does not end in {' or '.join(endings)}")
    return path


def seconds(text: str) -> float:
    """Take a time limit."""
    return number(text, "a number of seconds above 0")


def scale(text: str) -> float:
    """Take a scale of a picture."""
    scale = number(text, "a number above 0 and up to 20")
    if scale > 20:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0 and up to 20")
    return scale


def number(text: str, wanted: str) -> float:
    """Take a number above 0; `wanted` says in words what it is."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not {wanted}")
    return number


def mebibytes(text: str) -> int:
    """Take a memory limit."""
    return whole(text, 1, 1 << 24, "a whole number of MiB above 0")


def seed(text: str) -> int:
    """Take a seed of random numbers."""
    return whole(text, 0, (1 << 32) - 1, "a whole number from 0 to 4294967295")


def count(text: str) -> int:
    """Take a number that counts from 0."""
    return whole(text, 0, 1 << 31, "a whole number from 0")


def step(text: str) -> int | None:
    """Take a step, None for the last one."""
    return None if text == "end" else whole(text, 0, 1 << 31, "a step: a whole number from 0, or end")


def whole(text: str, low: int, high: int, wanted: str) -> int:
    """Take a whole number; `wanted` says in words what it is."""
    if not re.fullmatch(r"\d{1,12}", text, re.ASCII) or not low <= int(text) <= high:
        raise argparse.ArgumentTypeError(f"{text!r} is not {wanted}")
    return int(text)


def path(text: str) -> tuple[str, int]:
    """Take a path: the name of a source, and which of the paths to it."""
    name, colon, number = text.rpartition(":")
    if not colon:
        return text, 1
    return name, whole(number, 1, 1 << 31, "a path: the name of a source, or a name and a number from 1, such as w:2")


def size(text: str) -> tuple[int, int]:
    """Take a size in pixels."""
    match = re.fullmatch(r"(\d{1,6})[x×](\d{1,6})", text, re.ASCII)
    if match is None or not all(0 < int(side) <= MAX_SIDE for side in match.groups()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 1280x720")
    return int(match[1]), int(match[2])


def setting(text: str) -> tuple[str, str]:
    """Take another value for a variable of the lesson, as Python writes it."""
    name, equals, value = (part.strip() for part in text.partition("="))
    if not (name.isidentifier() and equals and value):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=VALUE, such as x=2.5 or w=[1, 2]")
    return name, value


def trajectory_name(text: str) -> Path:
    """Take the name of a file for a trajectory, whose ending says its format."""
    return with_ending(text, ENDINGS)


def optimizer(text: str) -> OptimizerName:
    """Take the name of an optimizer, in any spelling of capitals."""
    found = next((name for name in OPTIMIZERS if name == text.casefold().replace("-", "_")), None)
    if found is None:
        raise argparse.ArgumentTypeError(f"there is no optimizer {text!r}; there are {', '.join(OPTIMIZERS)}")
    return found


def learning_rate(text: str) -> float:
    """Take a learning rate."""
    return number(text, "a learning rate: that is a number above 0, such as 0.1")


def iterations(text: str) -> int:
    """Take how many iterations to make."""
    wanted = f"a number of iterations: that is a whole number from 1 to {MAX_ITERATIONS:,}"
    return whole(text.replace(",", "").replace("_", ""), 1, MAX_ITERATIONS, wanted)


def deviation(text: str) -> float:
    """Take a standard deviation of noise."""
    return number(text, "a standard deviation: that is a number above 0")


def batch_size(text: str) -> int:
    """Take how many examples a mini-batch has."""
    return whole(text, 1, 1 << 31, "a size of mini-batches: that is a whole number from 1")


def hyperparameter(text: str) -> tuple[str, float]:
    """Take a hyperparameter by Keras' own name of it."""
    name, _, value = (part.strip() for part in text.partition("="))
    try:
        return name, float({"true": "1", "false": "0"}.get(value.casefold(), value))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=NUMBER, such as beta_1=0.8") from None


def start(text: str) -> tuple[str, Nested]:
    """Take where a parameter starts: a number, or rows of them as Python writes them."""
    name, _, value = (part.strip() for part in text.partition("="))
    try:
        return name, _nested(ast.literal_eval(value))
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        wanted = "such as x=2.5 or w=[1, 2]"
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=NUMBERS, {wanted}") from None


def _nested(value: object) -> Nested:
    if isinstance(value, list | tuple):
        return tuple(map(_nested, value))
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return float(value)


def clipping(text: str) -> Clipping:
    """Take what gradients are clipped by, and to what."""
    kind, _, limit = (part.strip() for part in text.partition("="))
    found = next((each for each in get_args(ClippingKind) if each == kind.replace("-", "_")), None)
    if found is None:
        kinds = ", ".join(f"{each}=1" for each in get_args(ClippingKind))
        raise argparse.ArgumentTypeError(f"{text!r} says of no clipping: write one of {kinds}")
    return Clipping(kind=found, limit=number(limit, "a limit for gradients: that is a number above 0"))
