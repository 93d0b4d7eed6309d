"""Tensors that are made of several: ragged and sparse ones, and indexed slices."""

from __future__ import annotations

from typing import Any

import tensorflow as tf


def parts_of(value: Any) -> list[tuple[str, Any]]:
    """List the tensors of a composite that a gradient is taken of, by their names; nothing for anything else."""
    if isinstance(value, tf.RaggedTensor):
        return [("flat_values", value.flat_values)]
    if isinstance(value, tf.SparseTensor | tf.IndexedSlices):
        return [("values", value.values)]
    return []
