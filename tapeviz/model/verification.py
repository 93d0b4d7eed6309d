"""Whether a gradient is true: what the tape returned, beside central differences and forward mode."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tapeviz.model.explanation import Tone
from tapeviz.model.numbers import format_factor, format_number, superscript
from tapeviz.model.tensor import TensorValue

Verdict = Literal["agrees", "kink", "disagrees", "not_verified"]

_TONES: Mapping[Verdict, Tone] = {
    "agrees": "good",
    "kink": "accent",
    "disagrees": "backward",
    "not_verified": "muted",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCheck:
    """One source of a gradient call, compared.

    Parameters
    ----------
    source : int
        Its place among the sources of the call.
    element : tuple of int or None
        The element whose numbers stand here: the one with the largest error. None: they are slopes along one
        direction through all elements.
    tested, size : int
        How many elements were compared (along a direction: all), of how many.
    tape, central, forward : float or None
        What ``tape.gradient`` returned, the central difference, the tangent of forward mode; None where there is none.
    central_error, forward_error : float or None
        The largest differences to the tape's numbers, relative to the largest number of the gradient.
    left, right : float or None
        The one-sided slopes, where they differ.
    """

    source: int
    verdict: Verdict
    element: tuple[int, ...] | None
    tested: int
    size: int
    tape: float | None
    central: float | None = None
    forward: float | None = None
    central_error: float | None = None
    forward_error: float | None = None
    left: float | None = None
    right: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFactor:
    """TensorFlow's own VJP of an op with cotangent one, for a share that does not tell it: what came in was 0."""

    op: int
    input_index: int
    value: TensorValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """How one gradient call compares. `dtype` is what the function was computed in again for that.

    `sentences` say what the verdict rests on: the kink and where it is, the reason for a difference, or why nothing
    was compared.
    """

    call: int
    verdict: Verdict
    checks: tuple[SourceCheck, ...] = ()
    sentences: tuple[str, ...] = ()
    dtype: str = ""
    factors: tuple[LocalFactor, ...] = ()


def unverified(call: int, sentence: str) -> Verification:
    """Make the verification of a call that could not be compared with anything, and say why."""
    return Verification(call=call, verdict="not_verified", sentences=(sentence,))


def badge_text(verification: Verification) -> str:
    """Say the verdict in one line: ``✓ tape = finite differences (2×10⁻⁹) = forward mode (0)``."""
    central = _largest([check.central_error for check in verification.checks])
    forward = _largest([check.forward_error for check in verification.checks])
    match verification.verdict:
        case "agrees":
            parts = [f"finite differences ({format_error(central)})", f"forward mode ({format_error(forward)})"]
            known = [part for part, error in zip(parts, (central, forward), strict=True) if error is not None]
            return f"✓ tape = {' = '.join(known)}"
        case "kink":
            return "△ at a kink: left and right slopes differ"
        case "disagrees":
            return "≠ the tape is not the derivative here"
        case "not_verified":
            return "not compared with finite differences"


def headline(verification: Verification) -> str:
    """Say the verdict in one sentence, for above the table."""
    return {
        "agrees": "✓ The tape's gradients are the slopes of the function.",
        "kink": "△ The function has a kink here: there is no one slope.",
        "disagrees": "≠ What the tape returned is not the slope of the function.",
        "not_verified": "The tape's gradients were not compared.",
    }[verification.verdict]


def badge_tone(verification: Verification) -> Tone:
    """Choose the colour of the badge; its sign says the same."""
    return _TONES[verification.verdict]


def format_error(error: float | None) -> str:
    """Write an error with the few digits that mean anything: ``0``, ``2×10⁻⁹``."""
    if error is None:
        return "none"
    if error == 0 or not math.isfinite(error):
        return format_factor(error)
    mantissa, exponent = f"{error:.0e}".split("e")
    return f"{mantissa}×10{superscript(int(exponent))}"


def format_slope(number: float | None) -> str:
    """Write a slope; a dash where there is none."""
    return "–" if number is None else format_number(number)


def _largest(errors: list[float | None]) -> float | None:
    return max((error for error in errors if error is not None), default=None)
