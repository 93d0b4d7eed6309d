"""What the badge says, and where functions are known to have their kinks."""

from __future__ import annotations

import numpy as np
import pytest

from tapeviz.model.kinks import kink_of
from tapeviz.model.verification import SourceCheck, Verification, badge_text, format_error


def check(**given: float | None) -> SourceCheck:
    return SourceCheck(source=0, verdict="agrees", element=(), tested=1, size=1, tape=1.0, **given)


def test_the_badge_shows_the_largest_error_of_each_kind() -> None:
    checks = (check(central_error=2.1e-9, forward_error=0.0), check(central_error=4e-10, forward_error=0.0))
    assert badge_text(Verification(call=0, verdict="agrees", checks=checks)) == (
        "✓ tape = finite differences (2×10⁻⁹) = forward mode (0)"
    )
    alone = (check(forward_error=3e-8),)
    assert badge_text(Verification(call=0, verdict="agrees", checks=alone)) == "✓ tape = forward mode (3×10⁻⁸)"


@pytest.mark.parametrize(("error", "text"), [(0.0, "0"), (None, "none"), (float("inf"), "∞"), (0.25, "2×10⁻¹")])
def test_errors_are_written_with_the_digits_that_mean_anything(error: float | None, text: str) -> None:
    assert format_error(error) == text


@pytest.mark.parametrize(
    ("op_type", "inputs", "dtype", "count"),
    [
        ("Relu", [[-1.0, 0.0, 0.0]], "f4", 2),
        ("Relu6", [[6.0, 1.0]], "f4", 1),
        ("Floor", [[1.5, 2.0]], "f4", 1),
        ("Round", [[1.5, 2.0]], "f4", 1),
        ("Cast", [[3.0]], "i4", 1),
        ("Cast", [[3.0]], "f8", 0),
        ("Maximum", [[1.0, 2.0], [1.0, 3.0]], "f4", 1),
        ("ClipByValue", [[0.5, 1.0], -1.0, 1.0], "f4", 1),
        ("Max", [[[1.0, 1.0], [0.0, 2.0]], [1]], "f4", 1),
        ("Min", [[[1.0, 1.0], [0.0, 2.0]], [0]], "f4", 0),
        ("FloorMod", [[6.0, 5.0], [3.0, 3.0]], "f4", 1),
        ("Exp", [[0.0]], "f4", 0),
    ],
)
def test_elements_at_a_kink_are_counted(op_type: str, inputs: list[object], dtype: str, count: int) -> None:
    found = kink_of(op_type, [np.asarray(value) for value in inputs], dtype, {})
    assert (found[0] if found else 0) == count
