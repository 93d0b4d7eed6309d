"""Where the numbers at an axis stand, and how they are written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tapeviz.model.numbers import MINUS, THIN_SPACE, superscript

MAX_DECIMALS = 6
_LARGEST_PLAIN = 1e6
_ROUND_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_SPLIT_DECADES = 2.5
"""Fewer powers of ten than these on an axis are split at 2 and 5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A number at an axis, and how it is written."""

    at: float
    words: str


def linear_ticks(low: float, high: float, count: int) -> tuple[Tick, ...]:
    """Choose about `count` round numbers between two ends, evenly spaced; none where the ends are not finite."""
    span = high - low
    if not (math.isfinite(span) and span > 0):
        return ()
    step = round_step(span / max(1, count))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    numbers = [place * step for place in range(first, last + 1)]
    return tuple(Tick(at=number, words=words) for number, words in zip(numbers, _written(numbers, step), strict=True))


def log_ticks(low: float, high: float, count: int) -> tuple[Tick, ...]:
    """Choose about `count` powers of ten between two positive ends, with 2 and 5 times them where there is room.

    Within less than a power of ten the numbers are evenly spaced ones.
    """
    if not (0 < low < high < math.inf):
        return ()
    decades = math.log10(high / low)
    if decades < 1:
        return linear_ticks(low, high, count)
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    stride = max(1, math.ceil((last - first + 1) / max(1, count)))
    factors = (1, 2, 5) if decades < _SPLIT_DECADES and count >= 3 * decades else (1,)
    places = range(first - 1 if len(factors) > 1 else first, last + 1)
    found = [(factor, power) for power in places if power % stride == 0 for factor in factors]
    return tuple(
        Tick(at=factor * 10.0**power, words=_power(factor, power))
        for factor, power in found
        if low * (1 - 1e-9) <= factor * 10.0**power <= high * (1 + 1e-9)
    )


def round_step(least: float) -> float:
    """Round a distance up to 1, 2, 2.5 or 5 times a power of ten."""
    scale = 10.0 ** math.floor(math.log10(least))
    return next(scale * factor for factor in _ROUND_STEPS if scale * factor >= least * (1 - 1e-9))


def _written(numbers: Sequence[float], step: float) -> list[str]:
    largest = max((abs(number) for number in numbers), default=0.0)
    decimals = _decimals(step)
    if largest < _LARGEST_PLAIN and decimals <= MAX_DECIMALS:
        return [_signed(f"{number:,.{decimals}f}".replace(",", THIN_SPACE)) for number in numbers]
    power = math.floor(math.log10(largest))
    digits = _decimals(step / 10.0**power)
    return [_scientific(number / 10.0**power, digits, power) for number in numbers]


def _decimals(step: float) -> int:
    """How many decimals tell multiples of a step apart; one more for 2.5."""
    power = math.floor(math.log10(step) + 1e-9)
    mantissa = step / 10.0**power
    return max(0, -power + (0 if abs(mantissa - round(mantissa)) < 1e-6 else 1))


def _signed(text: str) -> str:
    is_zero = not text.strip("-0.")
    return text.lstrip("-") if is_zero else text.replace("-", MINUS)


def _scientific(mantissa: float, digits: int, power: int) -> str:
    if abs(mantissa) < 1e-12:
        return "0"
    return f"{_signed(f'{mantissa:.{digits}f}')}×10{superscript(power)}"


def _power(factor: int, power: int) -> str:
    if 0 <= power <= 4:
        return f"{factor * 10**power:,}".replace(",", THIN_SPACE)
    if -2 <= power < 0:
        return f"{factor * 10.0**power:.{-power}f}"
    return f"10{superscript(power)}" if factor == 1 else f"{factor}×10{superscript(power)}"
