"""The recorded numbers of one run, looked up as arrays, and what is asked of them again and again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from tapeviz.model.plumbing import IDENTITY_TYPES
from tapeviz.model.recording import Op, Recording
from tapeviz.model.rules import symbol_of

Array = npt.NDArray[Any]
MAX_QUOTED = 32
"""Characters of the lesson's text that stand for an op in a sentence."""


class Numbers:
    """The values of a recording.

    Parameters
    ----------
    recording : Recording
    arrays : mapping of int to array
        The whole of values that the recording only summarises, by tensor id, where they are at hand.
    """

    def __init__(self, recording: Recording, arrays: Mapping[int, Array]) -> None:
        self.recording = recording
        self._arrays = arrays
        self._lines = recording.source.text.splitlines()
        self._finite: dict[int, bool] = {}

    def array(self, tensor: int | None) -> Array | None:
        """Return the numbers of a tensor; None where they are not at hand, or are none."""
        if tensor is None:
            return None
        whole = self._arrays.get(tensor)
        if whole is not None:
            return whole
        value = self.recording.tensors[tensor].value
        if value is None or not value.is_whole or not value.encoding:
            return None
        array = value.array
        return array if array.dtype.kind in "iufcb" else None

    def is_finite(self, tensor: int | None) -> bool:
        """Whether a tensor holds no NaN and no infinity, as far as can be told."""
        if tensor is None:
            return True
        if tensor not in self._finite:
            self._finite[tensor] = self._look(tensor)
        return self._finite[tensor]

    def _look(self, tensor: int) -> bool:
        value = self.recording.tensors[tensor].value
        if value is None or not value.encoding:
            return True
        if value.summary is not None:
            return not (value.summary.nan_count or value.summary.inf_count)
        array = value.array
        return array.dtype.kind not in "fc" or bool(np.isfinite(array).all())

    def has_nan(self, tensor: int | None) -> bool:
        """Whether a tensor holds a NaN."""
        if tensor is None or self.is_finite(tensor):
            return False
        value = self.recording.tensors[tensor].value
        if value is not None and value.summary is not None:
            return bool(value.summary.nan_count)
        array = self.array(tensor)
        return array is not None and bool(np.isnan(array).any())

    def is_zero(self, tensor: int | None) -> bool:
        """Whether a tensor is there and each of its numbers is 0."""
        if tensor is None:
            return False
        value = self.recording.tensors[tensor].value
        if value is not None and value.summary is not None:
            return value.summary.norm == 0.0 and not (value.summary.nan_count or value.summary.inf_count)
        array = self.array(tensor)
        return array is not None and bool(array.size) and not array.any()

    def quoted(self, op: Op) -> str:
        """Quote the lesson's text for an op, or name the op where it is long; with its line."""
        where = f" on line {op.line}" if op.line else ""
        text = self.text(op)
        return (f"`{text}`" if 0 < len(text) <= MAX_QUOTED else symbol_of(op.type)) + where

    def text(self, op: Op) -> str:
        """Return the lesson's text for an op; empty where it spans lines."""
        place = op.place
        if place is None or place.line != place.end_line or not 0 < place.line <= len(self._lines):
            return ""
        return self._lines[place.line - 1][place.column : place.end_column].strip()

    def name(self, tensor: int) -> str:
        """Name a tensor as the lesson does, a variable's read as the variable; empty where it has no name."""
        found = self.recording.tensors[tensor]
        made_by = None if found.producer is None else self.recording.ops[found.producer]
        if not found.name and made_by is not None and made_by.type in IDENTITY_TYPES and made_by.inputs:
            return self.name(made_by.inputs[0])
        return found.name or ""
