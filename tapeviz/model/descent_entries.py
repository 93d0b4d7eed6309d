"""What is typed about a descent, read; or the sentence that says why it cannot be."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from tapeviz.model.descent import (
    MAX_ITERATIONS,
    Clipping,
    DescentSettings,
    ObjectiveFacts,
    Schedule,
    coordinates,
)
from tapeviz.model.hyperparameters import Hyperparameter
from tapeviz.model.numbers import format_factor, format_number
from tapeviz.model.optimizer_facts import OPTIMIZERS
from tapeviz.model.schedule_facts import SCHEDULES
from tapeviz.model.values import read_value

MAX_TYPED_COORDINATES = 16
"""A start of more coordinates than this is not typed; it is where the lesson stands."""

OFF = ("", "off", "none", "-", "–")
"""What may stand in the field of a number that need not be there."""

LONGEST_LIST = 8
"""So many coordinates are named in a sentence at most."""


class EntryError(ValueError):
    """What was typed cannot be; the message is the sentence for it."""


def read_iterations(text: str) -> int:
    """Read how many iterations there are to be.

    Raises
    ------
    EntryError
        Where that is no whole number from 1 to `MAX_ITERATIONS`.
    """
    number = _count(text, "iterations")
    if number < 1:
        raise EntryError("At least 1 iteration is needed: type a larger number.")
    if number > MAX_ITERATIONS:
        most = format_number(MAX_ITERATIONS)
        raise EntryError(f"{_short(text)} iterations are too many to be kept: type {most} or fewer.")
    return number


def read_setting(settings: DescentSettings, name: str, text: str, objective: ObjectiveFacts | None) -> DescentSettings:
    """Set one thing as it was typed.

    Parameters
    ----------
    name : str
        A field of `DescentSettings`, or a part of one: ``hyperparameters.beta_1``, ``schedule.decay_rate``.

    Raises
    ------
    EntryError
        With the sentence that says what mends it.
    """
    part, _, name_within = name.partition(".")
    if name_within:
        return _READ_PARTS[part](settings, name_within, text)
    if name == "start":
        return replace(settings, start=_start(text, objective))
    return _READ[name](settings, text, objective)


def _learning_rate(settings: DescentSettings, text: str, _objective: ObjectiveFacts | None) -> DescentSettings:
    rate = _number(text, "a learning rate such as 0.1 or 1e-3")
    if not rate > 0:
        raise EntryError("A learning rate is above 0: with 0 nothing moves, below it goes uphill.")
    return replace(settings, learning_rate=rate)


def _batch_size(settings: DescentSettings, text: str, objective: ObjectiveFacts | None) -> DescentSettings:
    if text.strip().lower() in (*OFF, "all"):
        return replace(settings, batch_size=None)
    examples = objective.examples if objective is not None else None
    if examples is None:
        raise EntryError("No data was found in this objective that mini-batches could be drawn from: leave it at all.")
    size = _count(text, "examples")
    if not 1 <= size <= examples:
        raise EntryError(f"The data has {examples} examples: type a number from 1 to {examples}, or all.")
    return replace(settings, batch_size=size)


def _noise(settings: DescentSettings, text: str, _objective: ObjectiveFacts | None) -> DescentSettings:
    noise = 0.0 if text.strip().lower() in OFF else _number(text, "the standard deviation of the noise, such as 0.1")
    if noise < 0:
        raise EntryError("A standard deviation is not below 0: type 0 for no noise.")
    return replace(settings, noise=noise)


def _seed(settings: DescentSettings, text: str, _objective: ObjectiveFacts | None) -> DescentSettings:
    seed = _count(text, "the seed")
    if not 0 <= seed < 2**31:
        raise EntryError("A seed is a whole number from 0 to 2 147 483 647.")
    return replace(settings, seed=seed)


def _clipping(settings: DescentSettings, text: str, _objective: ObjectiveFacts | None) -> DescentSettings:
    if settings.clipping is None:
        raise EntryError("Choose first what is clipped.")
    limit = _number(text, "the largest that is left as it is, such as 1")
    if not limit > 0:
        raise EntryError("A limit is above 0: with 0 no gradient would be left.")
    return replace(settings, clipping=Clipping(kind=settings.clipping.kind, limit=limit))


_READ: dict[str, Callable[[DescentSettings, str, ObjectiveFacts | None], DescentSettings]] = {
    "learning_rate": _learning_rate,
    "batch_size": _batch_size,
    "noise": _noise,
    "seed": _seed,
    "clipping": _clipping,
}


def _hyperparameter(settings: DescentSettings, name: str, text: str) -> DescentSettings:
    known = OPTIMIZERS[settings.optimizer].hyperparameter(name)
    if known is None:
        raise EntryError(f"{OPTIMIZERS[settings.optimizer].title} has no {name}.")
    others = {key: value for key, value in settings.hyperparameters.items() if key != name}
    number = _one(known, text)
    if number is not None and number != known.default:
        others[name] = number
    return replace(settings, hyperparameters=others)


def _schedule(settings: DescentSettings, name: str, text: str) -> DescentSettings:
    if settings.schedule is None:
        raise EntryError("Choose a schedule first.")
    facts = SCHEDULES[settings.schedule.kind]
    known = next(one for one in facts.hyperparameters if one.name == name)
    others = {key: value for key, value in settings.schedule.numbers.items() if key != name}
    if settings.schedule.kind == "piecewise":
        others[name] = _several(known, text)
    else:
        number = _one(known, text)
        if number is not None and number != known.default:
            others[name] = (number,)
    return replace(settings, schedule=Schedule(kind=settings.schedule.kind, numbers=others))


_READ_PARTS: dict[str, Callable[[DescentSettings, str, str], DescentSettings]] = {
    "hyperparameters": _hyperparameter,
    "schedule": _schedule,
}


def _one(known: Hyperparameter, text: str) -> float | None:
    """Read a hyperparameter; None where it is left off."""
    if text.strip().lower() in OFF:
        return known.default
    number = _number(text, f"{known.name}, such as {_example(known)}")
    if problem := known.problem(number):
        raise EntryError(problem)
    return number


def _several(known: Hyperparameter, text: str) -> tuple[float, ...]:
    numbers = tuple(_number(part, f"numbers for {known.name}, with commas between them") for part in _parts(text))
    for number in numbers:
        if problem := known.problem(number):
            raise EntryError(problem)
    return numbers


def _example(known: Hyperparameter) -> str:
    return format_factor(known.low if known.default is None else known.default)


def read_start(text: str, objective: ObjectiveFacts) -> tuple[float, ...]:
    """Read the coordinates of a start, with commas between them.

    Raises
    ------
    EntryError
        Where there are too few or too many, one is no number, or lies outside of its domain.
    """
    names = tuple(coordinates(objective.parameters))
    parts = _parts(text)
    if len(parts) != len(names):
        listed = ", ".join(names[:LONGEST_LIST]) + (", …" if len(names) > LONGEST_LIST else "")
        wanted = f"{len(names)} numbers are needed" if len(names) > 1 else "1 number is needed"
        raise EntryError(f"{wanted} ({listed}), with commas between them; here are {len(parts)}.")
    position = tuple(_number(part, f"a number for {name}") for name, part in zip(names, parts, strict=True))
    if problem := start_problem(position, objective):
        raise EntryError(problem)
    return position


def start_problem(position: tuple[float, ...], objective: ObjectiveFacts) -> str:
    """Say which coordinate of a start lies outside of its domain; nothing where none does."""
    domains = [parameter.domain for parameter in objective.parameters for _ in range(parameter.size)]
    for name, number, domain in zip(coordinates(objective.parameters), position, domains, strict=True):
        if not math.isfinite(number):
            return f"{name} = {format_number(number)} is no place to start from: type a number."
        if domain is not None and not domain[0] <= number <= domain[1]:
            low, high = (format_factor(end) for end in domain)
            return f"{name} = {format_factor(number)} lies outside of its domain: choose {name} from {low} to {high}."
    return ""


def _start(text: str, objective: ObjectiveFacts | None) -> tuple[float, ...]:
    if not text.strip():
        return ()
    if objective is None:
        raise EntryError("The start can be typed once the objective is known: run the lesson first.")
    return read_start(text, objective)


def _parts(text: str) -> list[str]:
    inner = text.strip().removeprefix("[").removeprefix("(").removesuffix("]").removesuffix(")")
    separator = "," if "," in inner or ";" not in inner else ";"
    return [part.strip() for part in inner.split(separator)]


def _number(text: str, wanted: str) -> float:
    if not text.strip():
        raise EntryError(f"Something is missing here: type {wanted}.")
    try:
        number = read_value(text.replace("−", "-"), "float64").number
    except ValueError:
        number = None
    if number is None or not math.isfinite(number):
        raise EntryError(f"`{_short(text)}` is no number: type {wanted}.")
    return number


def _count(text: str, wanted: str) -> int:
    number = _number(text, f"a whole number for {wanted}")
    if number != math.floor(number):
        raise EntryError(f"`{_short(text)}` is no whole number: type one for {wanted}.")
    return int(number)


def _short(text: str) -> str:
    words = text.strip()
    return words if len(words) <= 24 else f"{words[:23]}…"


def text_of(settings: DescentSettings, name: str) -> str:
    """Write what stands in a field while nothing unread does; a number is written so that it reads back."""
    part, _, within = name.partition(".")
    if part == "hyperparameters":
        known = OPTIMIZERS[settings.optimizer].hyperparameter(within)
        number = settings.hyperparameters.get(within, known.default if known is not None else None)
        return "off" if number is None else plain(number)
    if part == "schedule":
        return _schedule_text(settings.schedule, within)
    if name == "clipping":
        return "" if settings.clipping is None else plain(settings.clipping.limit)
    if name == "batch_size":
        return "all" if settings.batch_size is None else str(settings.batch_size)
    if name == "start":
        return ", ".join(map(plain, settings.start))
    return plain(getattr(settings, name))


def _schedule_text(schedule: Schedule | None, name: str) -> str:
    if schedule is None:
        return ""
    known = next(one for one in SCHEDULES[schedule.kind].hyperparameters if one.name == name)
    numbers = schedule.numbers.get(name)
    if numbers is not None:
        return ", ".join(map(plain, numbers))
    return "off" if known.default is None else plain(known.default)


def plain(number: float) -> str:
    """Write a number as it is typed: ``0.1``, ``-2``, ``1e-07``; eight digits tell single precision apart."""
    return f"{number:.8g}"
