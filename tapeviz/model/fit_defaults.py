"""What a lesson says of the data in its objective: the ``[tool.tapeviz.fit]`` table of its header."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_WORDS = ("x", "y", "prediction")


@dataclass(frozen=True, slots=True, kw_only=True)
class FitDefaults:
    """The data and the prediction, each as an expression that has a meaning in the tape's block.

    `x` is a name. All are empty where the lesson says nothing: then they are looked for.
    """

    x: str = ""
    y: str = ""
    prediction: str = ""


def fit_defaults(table: Mapping[str, Any]) -> FitDefaults:
    """Read the table.

    Raises
    ------
    ValueError
        With what is wrong with it.
    """
    unknown = sorted(table.keys() - set(_WORDS))
    if unknown:
        raise ValueError(f"fit.{unknown[0]} is unknown; known are {', '.join(_WORDS)}")
    if not table:
        return FitDefaults()
    missing = [word for word in _WORDS if not isinstance(table.get(word), str) or not table[word].strip()]
    if missing:
        raise ValueError(f"fit.{missing[0]} must be a text; x, y and prediction belong together")
    if not table["x"].isidentifier():
        raise ValueError("fit.x must be the name of the data that the prediction is made of")
    return FitDefaults(**table)
