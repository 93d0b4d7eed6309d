"""What the picture of a fit shows, in words."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tapeviz.model.fit import Fit, FitFacts
from tapeviz.model.numbers import format_number


def fit_words(facts: FitFacts | None, fit: Fit | None) -> str:
    """Say what is fitted to what, and how well the model that is looked at does; empty without data."""
    if facts is None:
        return ""
    data = f"{facts.examples} examples: {facts.y_title} against {facts.x_title}; the model is {facts.title}."
    if fit is None or not fit.lines:
        return data
    predicted, when = fit.at_data.array[-1], f"At iteration {fit.lines[-1].iterate}"
    if facts.kind == "classes":
        wrong = int((predicted_classes(facts, predicted) != _wanted_classes(facts)).sum())
        return f"{data} {when} {wrong} of {len(predicted)} examples are taken for another class."
    residuals = np.abs(facts.y.array - predicted)
    worst = format_number(float(residuals.max())) if np.isfinite(residuals).all() else "not finite"
    return f"{data} {when} the largest residual is {worst}."


def predicted_classes(facts: FitFacts, predicted: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Say which class each example is taken for, by its place among the classes."""
    if facts.threshold is not None:
        return np.asarray(predicted > facts.threshold, dtype=np.int64)
    return np.asarray(predicted, dtype=np.int64)


def _wanted_classes(facts: FitFacts) -> npt.NDArray[np.int64]:
    return np.searchsorted(facts.classes, facts.y.array)
