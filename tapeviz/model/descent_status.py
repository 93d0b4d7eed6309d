"""How a descent stands: rules on its iterates, and the sentence that a lecturer would say, with the numbers in it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tapeviz.model.descent import DescentSettings, DescentStatus, Parameter, StatusKind, coordinates
from tapeviz.model.numbers import format_factor
from tapeviz.model.optimizer_facts import OPTIMIZERS

Numbers = npt.NDArray[np.float64]

WINDOW = 100
"""So many iterates without a change are taken for the end."""

_FEW = 10
_ODD = 37  # what goes to and fro comes back after an even number of iterations
_STRICT, _LOOSE = 1e-3, 1e-2
_SPOKEN = 4
_FAST = 1000.0  # who grows so much from one update to the next has no factor that would hold for the next
_PLAIN = ("sgd", "momentum")

_WHICH_OP = "Open this iterate to see which op made it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Consecutive iterates up to the newest, in double precision.

    Parameters
    ----------
    first : int
        The number of the first of the n iterates.
    losses, norms, rates : arrays, shapes (n,), (n,), (n - 1,)
        `norms` are those of the whole gradient, `rates` those with which iterates were left.
    positions : array, shape (n, dimension)
    epsilon : float
        The relative rounding error of a position's dtype.
    largest : float
        The largest norm of a gradient there has been.
    """

    first: int
    losses: Numbers
    norms: Numbers
    rates: Numbers
    positions: Numbers
    epsilon: float
    largest: float

    @property
    def last(self) -> int:
        """The number of the newest iterate."""
        return self.first + len(self.losses) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Slopes:
    """What the Hessian at a position says: its smallest and largest eigenvalue, and its curvature along an update."""

    smallest: float
    largest: float
    along: float | None = None


def first_still(seen: Seen, known: int = 0) -> int | None:
    """Find the place of the first iterate at which there is nothing more to gain, or nothing more moves.

    The `known` first ones are not looked at. The gradient is 0, or small both beside the loss (J. E. Dennis and R. B.
    Schnabel, Numerical Methods for Unconstrained Optimization, section 7.2) and beside what it was; or the position
    has not changed for `WINDOW` iterations but by rounding.
    """
    reached = np.maximum.accumulate(np.maximum(seen.norms, seen.largest))
    small = seen.norms <= _tolerance(seen.epsilon) * np.maximum(1.0, np.abs(seen.losses))
    still = (small & (seen.norms <= _STRICT * reached)) | (seen.norms == 0)
    still &= np.isfinite(seen.norms) & np.isfinite(seen.losses)
    if len(seen.positions) > WINDOW:
        still[WINDOW + _unmoved(seen)] = True
    places = np.flatnonzero(still[known:])
    return known + int(places[0]) if len(places) else None


def _tolerance(epsilon: float) -> float:
    return max(8 * epsilon, 1e-9)


def _unmoved(seen: Seen) -> npt.NDArray[np.intp]:
    """Find the iterates, counted from `WINDOW` on, that are where those some iterations before were."""
    places = np.arange(len(seen.positions) - WINDOW)
    # Coordinate by coordinate: nearly always the first one shows that everything moves.
    for column, back in itertools.product(seen.positions.T, (WINDOW, WINDOW // 2, _ODD)):
        now = column[WINDOW + places]
        room = 8 * seen.epsilon * np.maximum(1.0, np.abs(now))
        places = places[np.abs(now - column[WINDOW - back + places]) <= room]
        if not len(places):
            break
    return places


def settled(seen: Seen, settings: DescentSettings, slopes: Slopes | None) -> DescentStatus:
    """Say what a descent has come to whose newest iterate is still."""
    norm, loss = seen.norms[-1], seen.losses[-1]
    gradient = f"The gradient's norm is {_number(norm)} there" if norm else "The gradient is 0 there"
    is_small = norm <= _LOOSE * max(1.0, abs(loss)) and (norm <= _STRICT * seen.largest or norm == 0)
    after = f"after {_iterations(seen.last)}" if seen.last else "right where it starts"
    if not is_small:
        rate = seen.rates[-1] if len(seen.rates) else settings.learning_rate
        return _status(
            "plateau",
            f"Nothing has moved for {WINDOW} iterations. {gradient}, but updates with the rate {_number(rate)} are "
            "lost in rounding. A larger rate would go on.",
        )
    if slopes is not None:
        size = max(abs(slopes.smallest), abs(slopes.largest))
        if size == 0:
            return _status("plateau", f"It stands still {after}. {gradient}, and so are all second derivatives.")
        if slopes.largest < -1e-4 * size:
            return _status(
                "saddle",
                f"It stands on a maximum {after}. {gradient}, and every eigenvalue of the Hessian is negative "
                f"(the largest is {_number(slopes.largest)}). Any other start goes down.",
            )
        if is_saddle(slopes):
            return _saddle(f"It is held by a saddle {after}. {gradient}", slopes)
    overshot = " Each update overshot the minimum." if turns_back(seen) else ""
    return _status("converged", f"It converged {after}. {gradient}, and the loss is {_number(loss)}.{overshot}")


def is_near_critical(seen: Seen) -> bool:
    """Whether the gradient is small beside what it was, and beside the loss."""
    norm = seen.norms[-1]
    return bool(norm <= _STRICT * seen.largest and norm <= _STRICT * max(1.0, abs(seen.losses[-1])))


def is_saddle(slopes: Slopes) -> bool:
    """Whether it goes up in one direction and down in another."""
    least = 1e-4 * max(abs(slopes.smallest), abs(slopes.largest))
    return slopes.smallest < -least and slopes.largest > least


def near_saddle(seen: Seen, slopes: Slopes) -> DescentStatus:
    """Say that a descent is near a saddle, which it has not come to yet, or leaves."""
    return _saddle(f"It is near a saddle. The gradient's norm is only {_number(seen.norms[-1])}", slopes)


def _saddle(story: str, slopes: Slopes) -> DescentStatus:
    return _status(
        "saddle",
        f"{story}, but the Hessian has the eigenvalues {_number(slopes.smallest)} and {_number(slopes.largest)}; "
        "a start a little to the side goes on down.",
    )


def broken(
    seen: Seen, start: float, settings: DescentSettings, parameters: Sequence[Parameter], slopes: Slopes | None
) -> DescentStatus:
    """Say why there is no number any more at the newest iterate; `start` is the loss of iterate 0."""
    loss, before = seen.losses[-1], seen.losses[-2] if len(seen.losses) > 1 else None
    if before is not None and before < -1e6 * max(1.0, abs(start)):
        return _status(
            "diverged",
            f"The loss falls without end: at iterate {seen.last - 1} it is {_number(before)}. "
            "There is no minimum in this direction.",
        )
    if loss == np.inf or (before is not None and before > 1e6 * max(1.0, abs(start))):
        return diverged(seen, start, settings, slopes)
    what = "the loss is NaN" if np.isnan(loss) else "the gradient is NaN" if np.isfinite(loss) else "the loss is −∞"
    if np.isfinite(loss) and not np.isnan(seen.norms[-1]):
        what = "the gradient is infinite"
    place = f", where {words}" if (words := _where(seen.positions[-1], parameters)) else ""
    story = f"At iterate {seen.last}{place}, {what}"
    if before is None:
        return _status("nan", f"{story}: there is nothing to go down from here. {_WHICH_OP}")
    words = _where(seen.positions[-2], parameters)
    place = f" at {words}" if words else ""
    return _status("nan", f"{story}; one iteration before{place} the loss was still {_number(before)}. {_WHICH_OP}")


def grows(seen: Seen, start: float) -> bool:
    """Whether each of the last updates has raised the loss, and by much in all."""
    recent = seen.losses[-_FEW - 1 :]
    rises = len(recent) > 2 and bool((np.diff(recent) > 0).all())
    return rises and bool(recent[-1] > start + 0.5 * max(abs(start), _LOOSE))


def diverged(seen: Seen, start: float, settings: DescentSettings, slopes: Slopes | None) -> DescentStatus:
    """Say that a descent goes uphill, with the curvature that says so."""
    finite = seen.losses[np.isfinite(seen.losses)]
    sentence = f"It diverged. The loss has grown from {_number(start)} to {_number(finite[-1])}"
    factor = _factor(seen)
    if factor is not None and abs(factor) < _FAST:
        sentence += f", and each update is about {_number(factor)} times the one before"
    limit = _stable_rate(settings, slopes.largest) if slopes is not None else None
    rate = seen.rates[-1] if len(seen.rates) else settings.learning_rate
    if slopes is not None and limit is not None and rate > limit:
        name = "2/λ" if settings.optimizer == "sgd" else "2(1 + momentum)/λ"
        return _status(
            "diverged",
            f"{sentence}. The rate {_number(rate)} is above {name} = {_number(limit)}, "
            f"where λ = {_number(slopes.largest)} is the largest curvature.",
        )
    return _status("diverged", f"{sentence}. A smaller rate than {_number(rate)} may go down.")


def turns_back(seen: Seen) -> bool:
    """Whether each of the last updates goes back over the way of the one before."""
    updates = np.diff(seen.positions[-_FEW - 2 :], axis=0)
    if len(updates) < 4:
        return False
    along = (updates[1:] * updates[:-1]).sum(axis=1)
    sizes = np.linalg.norm(updates, axis=1)
    return bool((along < -0.3 * sizes[1:] * sizes[:-1]).all())


def oscillating(seen: Seen, start: float, settings: DescentSettings, slopes: Slopes | None) -> DescentStatus:
    """Say that a descent goes to and fro, and why."""
    factor = _factor(seen)
    rate = seen.rates[-1]
    sentence = "It oscillates. Each update goes back over the way of the one before"
    if factor is not None:
        sentence += f" and is about {_number(abs(factor))} times as long"
    sentence += f"; the loss went from {_number(start)} to {_number(seen.losses[-1])}"
    curvature = slopes.along if slopes is not None else None
    if settings.optimizer == "sgd" and curvature and curvature > 0 and 1 / curvature < rate <= 2.001 / curvature:
        return _status(
            "oscillating",
            f"{sentence}. The rate {_number(rate)} lies between 1/λ = {_number(1 / curvature)} and "
            f"2/λ = {_number(2 / curvature)}, where λ = {_number(curvature)} is the curvature along the update.",
        )
    return _status("oscillating", f"{sentence}. A smaller rate than {_number(rate)} goes straighter.")


def is_slow(seen: Seen, spread: float) -> bool:
    """Whether the loss has hardly changed of late; `spread` is how far apart all losses so far lie."""
    if len(seen.losses) <= 2 * _FEW:
        return False
    changed = abs(seen.losses[-1] - seen.losses[0])
    return bool(changed <= _LOOSE * max(abs(seen.losses[-1]), spread))


def slow(seen: Seen, settings: DescentSettings, slopes: Slopes | None) -> DescentStatus | None:
    """Say why a descent is slow: on a plateau slope and curvature are small, elsewhere the rate is.

    None where neither is so: a narrow valley is slow with any stable rate.
    """
    rate = seen.rates[-1]
    if settings.optimizer not in (*_PLAIN, "nesterov") or slopes is None or not rate:
        return None
    size = max(abs(slopes.smallest), abs(slopes.largest))
    if rate * size > 5 * _LOOSE:
        return None
    fall = seen.losses[0] - seen.losses[-1]
    change = f"fell by only {_number(fall)}" if fall > 0 else "did not fall"
    story = f"In the last {_iterations(len(seen.losses) - 1)} the loss {change}"
    norm = f"The gradient's norm is {_number(seen.norms[-1])}"
    if seen.norms[-1] > _LOOSE * max(1.0, abs(seen.losses[-1])):
        return _status(
            "exhausted", f"It hardly moves. {story}. {norm}: it is the rate, {_number(rate)}, that is very small."
        )
    return _status(
        "plateau",
        f"It is on a plateau. {story}. {norm} and no second derivative is larger than {_number(size)}: "
        f"a rate well above {_number(rate)} would still be stable.",
    )


def exhausted(seen: Seen, start: float) -> DescentStatus:
    """Say that all iterations are used up, and whether more would help; `start` is the loss of iterate 0."""
    loss, norm = _number(seen.losses[-1]), _number(seen.norms[-1])
    if not seen.last:
        return _status("exhausted", f"No iteration was asked for; the loss is {loss}.")
    before = seen.losses[-_FEW - 1 :][0]
    change = seen.losses[-1] - before
    is_same = abs(change) <= 4 * seen.epsilon * abs(before)
    if is_same and is_near_critical(seen):
        return _status(
            "converged",
            f"It has converged. Over the last iterations the loss stayed at {loss} to all the digits it has, "
            f"and the gradient's norm is {norm}.",
        )
    trend = "hardly moves any more" if is_same else "is still falling" if change < 0 else "is not falling"
    return _status(
        "exhausted",
        f"All {_iterations(seen.last)} are used up. The loss went from {_number(start)} to {loss} and {trend}; "
        f"the gradient's norm is {norm}.",
    )


def _factor(seen: Seen) -> float | None:
    """How many times as long the last update is as the one before, negative where it goes back."""
    updates = np.diff(seen.positions[-4:-1] if not np.isfinite(seen.losses[-1]) else seen.positions[-3:], axis=0)
    if len(updates) < 2 or not np.isfinite(updates).all():
        return None
    scale = float(np.abs(updates[0]).max())
    if not scale:
        return None
    first, second = updates / scale
    return float(first @ second / (first @ first))


def _stable_rate(settings: DescentSettings, curvature: float) -> float | None:
    """The largest rate at which an optimizer comes nearer to a minimum of this curvature; None where none is known."""
    is_plain = settings.schedule is None and settings.clipping is None
    if settings.optimizer not in _PLAIN or not is_plain or curvature <= 0:
        return None
    momentum = OPTIMIZERS[settings.optimizer].hyperparameter("momentum")
    kept = settings.hyperparameters.get("momentum", momentum.default or 0.0 if momentum else 0.0)
    return 2 * (1 + kept) / curvature


def _where(position: Numbers, parameters: Sequence[Parameter]) -> str:
    if len(position) > _SPOKEN:
        return ""
    return ", ".join(f"{name} = {_number(x)}" for name, x in zip(coordinates(parameters), position, strict=True))


def _iterations(count: int) -> str:
    return f"{format_factor(count)} iteration{'s' if count != 1 else ''}"


def _number(x: Any) -> str:
    return format_factor(float(x))


def _status(kind: StatusKind, sentence: str) -> DescentStatus:
    return DescentStatus(kind=kind, sentence=sentence)
