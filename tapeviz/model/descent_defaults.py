"""How a lesson wants to be descended on: the ``[tool.tapeviz.descent]`` table of its header."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tapeviz.model.descent import MAX_ITERATIONS, DescentSettings, OptimizerName, Parameter
from tapeviz.model.descent_start import Nested, start_position
from tapeviz.model.optimizer_facts import OPTIMIZERS

_RACER_WORDS = ("optimizer", "learning_rate", "start", "hyperparameters")
_TABLE_WORDS = (*_RACER_WORDS, "racers", "iterations", "domain", "minima", "log_levels", "source")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMinimum:
    """A minimum that is published: where it is, by variable name, and the objective there."""

    at: dict[str, Nested]
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RacerDefaults:
    """One trajectory that a lesson prepares. `start` names variables that do not begin where the script has them."""

    optimizer: OptimizerName = "sgd"
    learning_rate: float = 0.1
    start: dict[str, Nested] = field(default_factory=dict)
    hyperparameters: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DescentDefaults:
    """What a lesson says about descending on its objective.

    Parameters
    ----------
    racers : tuple of RacerDefaults
        What descends side by side; empty where the lesson says nothing.
    iterations : int or None
    domain : dict of str to (float, float)
        Between what ends each variable makes sense; for a tensor, each of its elements.
    minima : tuple of KnownMinimum
        The published ones.
    log_levels : bool
        Whether level sets of the logarithm show more than those of the objective.
    source : str
        Where objective and minima were published.
    """

    racers: tuple[RacerDefaults, ...] = ()
    iterations: int | None = None
    domain: dict[str, tuple[float, float]] = field(default_factory=dict)
    minima: tuple[KnownMinimum, ...] = ()
    log_levels: bool = False
    source: str = ""

    def racer(self, optimizer: OptimizerName | None = None) -> RacerDefaults:
        """Give the first racer that the lesson prepares, or the first with this optimizer.

        Where it prepares none with this optimizer, the learning rate is Keras' default.
        """
        fitting = (racer for racer in self.racers if optimizer in (None, racer.optimizer))
        default = RacerDefaults()
        if optimizer not in (None, default.optimizer):
            start = self.racers[0].start if self.racers else {}
            default = RacerDefaults(optimizer=optimizer, learning_rate=OPTIMIZERS[optimizer].learning_rate, start=start)
        return next(fitting, default)

    def chosen(
        self,
        *,
        optimizer: OptimizerName | None = None,
        learning_rate: float | None = None,
        iterations: int | None = None,
        hyperparameters: Mapping[str, float] | None = None,
        **others: Any,
    ) -> DescentSettings:
        """Take from the lesson what is not said here; `others` are further fields of the settings.

        Where it starts is left open: see `tapeviz.model.descent_start`.
        """
        racer = self.racer(optimizer)
        usual = self.iterations or DescentSettings().iterations
        return DescentSettings(
            optimizer=racer.optimizer,
            learning_rate=racer.learning_rate if learning_rate is None else learning_rate,
            iterations=usual if iterations is None else iterations,
            hyperparameters=racer.hyperparameters | dict(hyperparameters or {}),
            **others,
        )

    def settings(self, parameters: Sequence[Parameter]) -> tuple[DescentSettings, ...]:
        """Write the racers out as settings, each with the position at which it starts.

        Raises
        ------
        ValueError
            With a sentence, where a start does not fit the parameters.
        """
        iterations = DescentSettings().iterations if self.iterations is None else self.iterations
        return tuple(
            DescentSettings(
                optimizer=racer.optimizer,
                learning_rate=racer.learning_rate,
                start=start_position(parameters, racer.start),
                hyperparameters=racer.hyperparameters,
                iterations=iterations,
            )
            for racer in self.racers
        )

    def minima_of(self, parameters: Sequence[Parameter]) -> tuple[tuple[float, ...], ...]:
        """Give the positions of those minima that are of these parameters: a lesson may have several objectives.

        Raises
        ------
        ValueError
            With a sentence, where the numbers of one do not fit its parameters.
        """
        names = {parameter.name for parameter in parameters}
        return tuple(start_position(parameters, each.at) for each in self.minima if each.at.keys() == names)


def descent_defaults(table: Mapping[str, Any]) -> DescentDefaults:
    """Read the table.

    Raises
    ------
    ValueError
        With what is wrong with it.
    """
    _check_words("descent", table, _TABLE_WORDS)
    first = _racer("descent", table, RacerDefaults())
    listed = _list_of_tables(table, "racers")
    racers = tuple(_racer("descent.racers", each, first) for each in listed)
    says_one = any(word in table for word in _RACER_WORDS)
    return DescentDefaults(
        racers=racers or ((first,) if says_one else ()),
        iterations=_iterations(table),
        domain={name: _ends(f"descent.domain.{name}", ends) for name, ends in _table(table, "domain").items()},
        minima=tuple(_minimum(each) for each in _list_of_tables(table, "minima")),
        log_levels=_typed(table, "log_levels", False),
        source=_typed(table, "source", ""),
    )


def _racer(place: str, table: Mapping[str, Any], other: RacerDefaults) -> RacerDefaults:
    if place != "descent":
        _check_words(place, table, _RACER_WORDS)
    optimizer = table.get("optimizer", other.optimizer)
    if optimizer not in OPTIMIZERS:
        raise ValueError(f"{place}.optimizer must be one of {', '.join(OPTIMIZERS)}")
    rate = _number(f"{place}.learning_rate", table.get("learning_rate", other.learning_rate))
    if rate <= 0:
        raise ValueError(f"{place}.learning_rate must be above 0")
    own = {name: _number(f"{place}.{name}", number) for name, number in _table(table, "hyperparameters").items()}
    start = {name: _nested(f"{place}.start.{name}", value) for name, value in _table(table, "start").items()}
    return RacerDefaults(
        optimizer=optimizer,
        learning_rate=rate,
        start=other.start | start,
        hyperparameters=own or (other.hyperparameters if optimizer == other.optimizer else {}),
    )


def _minimum(table: Mapping[str, Any]) -> KnownMinimum:
    _check_words("descent.minima", table, ("at", "value"))
    at = {name: _nested(f"descent.minima.at.{name}", value) for name, value in _table(table, "at").items()}
    return KnownMinimum(at=at, value=_number("descent.minima.value", table.get("value")))


def _iterations(table: Mapping[str, Any]) -> int | None:
    found = table.get("iterations")
    if found is None or (isinstance(found, int) and 0 < found <= MAX_ITERATIONS and not isinstance(found, bool)):
        return found
    raise ValueError(f"descent.iterations must be a whole number from 1 to {MAX_ITERATIONS}")


def _ends(place: str, ends: object) -> tuple[float, float]:
    if not (isinstance(ends, list) and len(ends) == 2):
        raise ValueError(f"{place} must be two numbers")
    low, high = (_number(place, end) for end in ends)
    if low >= high:
        raise ValueError(f"{place} must be two numbers, the smaller one first")
    return low, high


def _nested(place: str, value: object) -> Nested:
    if isinstance(value, list):
        return tuple(_nested(place, each) for each in value)
    return _number(place, value)


def _number(place: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{place} must be a number")
    return float(value)


def _typed(table: Mapping[str, Any], word: str, default: Any) -> Any:
    value = table.get(word, default)
    if not isinstance(value, type(default)):
        raise ValueError(f"descent.{word} must be {'true or false' if isinstance(default, bool) else 'a text'}")
    return value


def _table(table: Mapping[str, Any], word: str) -> Mapping[str, Any]:
    found = table.get(word, {})
    if not isinstance(found, Mapping):
        raise ValueError(f"descent.{word} must be a table of variables")
    return found


def _list_of_tables(table: Mapping[str, Any], word: str) -> Sequence[Mapping[str, Any]]:
    found = table.get(word, [])
    if not (isinstance(found, list) and all(isinstance(each, Mapping) for each in found)):
        raise ValueError(f"descent.{word} must be a list of tables")
    return found


def _check_words(place: str, table: Mapping[str, Any], known: Sequence[str]) -> None:
    for word in table:
        if word not in known:
            raise ValueError(f"{place}.{word} means nothing; known are {', '.join(known)}")
