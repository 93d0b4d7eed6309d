"""Every rule, read as a formula and evaluated, against TensorFlow's own VJP and against finite differences."""

from __future__ import annotations

import numpy as np
import pytest

from tapeviz.model.rules.local import FUNCTIONS, primals_of
from tapeviz.model.rules.notation import evaluate
from tests.rules import elementwise_cases, structural_cases
from tests.rules.case import Array, Case
from tests.rules.meanings import SPECIAL, pull, summed_to

ELEMENTWISE = elementwise_cases.CASES
STRUCTURAL = structural_cases.CASES
STEP = 1e-5


def by_elements(case: Case, index: int) -> Array | None:
    """Evaluate the local derivative, multiply it by the cotangent, and sum what was broadcast."""
    expression = case.rule.local_of(index)
    if not expression:
        return None
    values = primals_of(case.rule, case.inputs, case.outputs[0], case.attributes)
    local = evaluate(expression, values, {**SPECIAL, **FUNCTIONS})
    return summed_to(np.asarray(local * case.cotangents[0]), case.inputs[index].shape)


def sent(case: Case, index: int) -> Array | None:
    return by_elements(case, index) if case.rule.is_elementwise else pull(case, index)


def check(case: Case) -> None:
    for index in case.moving:
        ours, theirs = sent(case, index), case.pulled[index]
        if ours is None or theirs is None:
            assert theirs is None or not theirs.any()
            assert ours is None or not ours.any()
            continue
        np.testing.assert_allclose(ours, theirs, rtol=case.tolerance, atol=case.tolerance * scale(theirs))


def scale(value: Array) -> float:
    return float(np.abs(value).max(initial=1e-6))


@pytest.mark.parametrize("case", ELEMENTWISE, ids=str)
def test_a_local_derivative_times_the_cotangent_is_what_tensorflow_sends(case: Case) -> None:
    forward = evaluate(
        " + ".join("uvw"[: len(case.inputs)]) if case.rule.is_variadic else case.rule.forward,
        primals_of(case.rule, case.inputs, case.outputs[0], case.attributes),
        {**SPECIAL, **FUNCTIONS},
    )
    np.testing.assert_allclose(np.broadcast_to(forward, case.outputs[0].shape), case.outputs[0], rtol=1e-7, atol=1e-9)
    check(case)


@pytest.mark.parametrize("case", STRUCTURAL, ids=str)
def test_what_goes_back_by_the_rule_is_what_tensorflow_sends(case: Case) -> None:
    check(case)


SMOOTH = [
    case
    for case in [*ELEMENTWISE, *STRUCTURAL]
    if case.is_smooth and all(case.inputs[place].dtype == np.float64 for place in case.moving)
]


@pytest.mark.parametrize("case", SMOOTH, ids=str)
def test_a_small_step_changes_the_result_as_the_rule_says(case: Case) -> None:
    random = np.random.default_rng(3)
    told = 0.0
    above, below = list(case.inputs), list(case.inputs)
    for index in case.moving:
        share = sent(case, index)
        if share is None:
            continue
        direction = random.normal(size=case.inputs[index].shape)
        direction = direction + direction.T if case.is_symmetric else direction
        above[index], below[index] = above[index] + STEP * direction, below[index] - STEP * direction
        told += float((share * direction).sum())
    rises = zip(case.forward(above), case.forward(below), case.cotangents, strict=True)
    seen = sum(float(np.real((high - low) * np.conj(cotangent)).sum()) for high, low, cotangent in rises) / (2 * STEP)
    assert seen == pytest.approx(told, rel=1e-4, abs=1e-4)
