"""What cannot be computed is said before anything runs, in one sentence that names what mends it."""

from __future__ import annotations

import itertools
import math
from typing import Protocol

from tapeviz.model.descent import MAX_ITERATIONS, DescentSettings, Schedule
from tapeviz.model.hyperparameters import Hyperparameter
from tapeviz.model.numbers import format_factor
from tapeviz.model.optimizer_facts import OPTIMIZERS, OptimizerFacts
from tapeviz.model.schedule_facts import SCHEDULES


class Coordinates(Protocol):
    """What an objective asks of a start and of mini-batches, be it the function itself or what is told of it."""

    @property
    def title(self) -> str:
        """What its value is called."""

    @property
    def dimension(self) -> int:
        """How many coordinates a position has."""

    @property
    def examples(self) -> int | None:
        """How many examples its data has, if it has data."""


def settings_problem(settings: DescentSettings, objective: Coordinates | None = None) -> str:
    """Say why a descent cannot be computed with these settings; nothing where it can.

    With an `objective` the start and the mini-batches are held against it as well.
    """
    facts = OPTIMIZERS[settings.optimizer]
    return next(
        filter(
            None,
            (
                _rate_problem(settings, facts),
                _iterations_problem(settings.iterations),
                _hyperparameter_problem(settings, facts),
                _schedule_problem(settings.schedule) if settings.schedule else "",
                _clipping_problem(settings, facts),
                _chance_problem(settings),
                _objective_problem(settings, objective) if objective else "",
            ),
        ),
        "",
    )


def _rate_problem(settings: DescentSettings, facts: OptimizerFacts) -> str:
    if not facts.is_rate_used or (math.isfinite(settings.learning_rate) and settings.learning_rate >= 0):
        return ""
    return f"A learning rate is a number that is not negative, not {settings.learning_rate:g}; 0.1 is a good first try."


def _iterations_problem(iterations: int) -> str:
    if 0 <= iterations <= MAX_ITERATIONS:
        return ""
    if iterations < 0:
        return f"There cannot be {format_factor(iterations)} iterations; 0 or more can be computed."
    return (
        f"{format_factor(iterations)} iterations are too many to keep; "
        f"up to {format_factor(MAX_ITERATIONS)} can be computed."
    )


def _hyperparameter_problem(settings: DescentSettings, facts: OptimizerFacts) -> str:
    for name, value in settings.hyperparameters.items():
        one = facts.hyperparameter(name)
        if one is None:
            known = ", ".join(each.name for each in facts.hyperparameters) or "none but the learning rate"
            return f"{facts.title} has no hyperparameter {name}; it has {known}."
        if problem := _problem(one, value):
            return problem
    return ""


def _problem(one: Hyperparameter, value: float) -> str:
    return one.problem(value) if math.isfinite(value) else f"{one.name} is a finite number, not {value:g}."


def _schedule_problem(schedule: Schedule) -> str:
    facts = SCHEDULES[schedule.kind]
    for name, numbers in schedule.numbers.items():
        one = next((each for each in facts.hyperparameters if each.name == name), None)
        if one is None:
            known = ", ".join(each.name for each in facts.hyperparameters)
            return f"The {facts.title.lower()} schedule has no {name}; it has {known}."
        if schedule.kind != "piecewise" and len(numbers) != 1:
            return f"{name} is one number, not {len(numbers)}."
        if problem := next(filter(None, (_problem(one, number) for number in numbers)), ""):
            return problem
    return _pieces_problem(schedule) if schedule.kind == "piecewise" else ""


def _pieces_problem(schedule: Schedule) -> str:
    boundaries, values = (schedule.numbers.get(name, ()) for name in ("boundaries", "values"))
    if not boundaries or len(values) != len(boundaries) + 1:
        return "A piecewise schedule has one or more boundaries, and one more value than boundaries."
    if any(later <= earlier for earlier, later in itertools.pairwise(boundaries)):
        return "The boundaries of a piecewise schedule ascend."
    return ""


def _clipping_problem(settings: DescentSettings, facts: OptimizerFacts) -> str:
    if settings.clipping is None:
        return ""
    if not facts.keras_name:
        return f"{facts.title} takes the gradient as it is: clipping does not go with it."
    if not (math.isfinite(settings.clipping.limit) and settings.clipping.limit > 0):
        return f"Gradients are clipped to a number above 0, not to {settings.clipping.limit:g}."
    return ""


def _chance_problem(settings: DescentSettings) -> str:
    if not (math.isfinite(settings.noise) and settings.noise >= 0):
        return f"The noise is a standard deviation, a number that is not negative, not {settings.noise:g}."
    if settings.batch_size is not None and settings.batch_size < 1:
        return f"A mini-batch holds one example or more, not {settings.batch_size}."
    return ""


def _objective_problem(settings: DescentSettings, objective: Coordinates) -> str:
    if settings.start and len(settings.start) != objective.dimension:
        return (
            f"A start of {objective.title} has {objective.dimension} coordinates, "
            f"one for each element of its parameters; this one has {len(settings.start)}."
        )
    if not all(map(math.isfinite, settings.start)):
        return "A start is made of finite numbers."
    if settings.batch_size is None:
        return ""
    if objective.examples is None:
        return f"There is no data in {objective.title} that mini-batches could be drawn from."
    if settings.batch_size > objective.examples:
        return f"A mini-batch of {settings.batch_size} is more than the {objective.examples} examples that there are."
    return ""
