"""Paths in words: the symbols along one, its product, and what all of them come to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tapeviz.model.explanation import Caption
from tapeviz.model.graph import OpGraph
from tapeviz.model.numbers import THIN_SPACE, format_factor, format_value
from tapeviz.model.paths import GradientPath, SourcePaths
from tapeviz.model.tensor import TensorValue, value_of_array
from tapeviz.model.verification import format_error

MOST_SYMBOLS = 9
MOST_FACTORS = 7
_ROUNDING = 1e-5


def symbols_text(graph: OpGraph, path: GradientPath) -> str:
    """Write the nodes of a path: ``y ← × ← sin ← x``; of a long one the ends."""
    symbols = {node.id: node.symbol or format_symbol(node.title) for node in graph.nodes}
    names = [symbols[node] for node in path.nodes]
    if len(names) > MOST_SYMBOLS:
        left_out = len(names) - MOST_SYMBOLS + 1
        names = [*names[:5], f"… {left_out} more …", *names[-(MOST_SYMBOLS - 6) :]]
    return " ← ".join(names)


def format_symbol(title: str) -> str:
    """Stand in for a node without a symbol of its own."""
    return title or "·"


def product_text(path: GradientPath) -> str:
    """Write the factors of a path and their product: ``1 × 6 × 2 = 12.00``; of a path of matrices the shapes."""
    if path.product is None:
        return " ← ".join(format_value(cotangent) for cotangent in path.cotangents)
    factors = [_factor_text(factor) for factor in path.factors]
    if len(factors) > MOST_FACTORS:
        factors = [factor for factor in factors if factor != "1"] or ["1"]
    if len(factors) > MOST_FACTORS:
        factors = [*factors[:4], "…", *factors[-2:]]
    return f"{' × '.join(factors)} = {format_value(path.product)}"


def factor_texts(path: GradientPath) -> dict[str, str]:
    """Write the factor of each edge, for the picture: ``× 6``; nothing where not all of them are single numbers."""
    if any(factor is None or factor.shape for factor in path.factors):
        return {}
    return {edge: f"× {_factor_text(factor)}" for edge, factor in zip(path.edges, path.factors, strict=True)}


def heading_of(paths: SourcePaths) -> str:
    """Say how many paths there are and what they sum to: ``3 paths, sum = 45.00``."""
    words = "1 path" if paths.count == 1 else f"{_count_text(paths.count)} paths"
    return words if paths.total is None else f"{words}, sum = {format_value(paths.total)}"


def notes_of(paths: SourcePaths) -> tuple[str, ...]:
    """Say what is not listed, and how the sum compares with what the tape returned."""
    notes = []
    left_out = paths.count - len(paths.paths)
    if left_out:
        rest = "" if paths.rest is None else f" that sum to {format_value(paths.rest)}"
        notes.append(f"And {_count_text(left_out)} more{rest}.")
    if paths.note:
        notes.append(paths.note)
    else:
        notes.append(_comparison(paths.returned, paths.difference))
    return tuple(notes)


def path_caption(graph: OpGraph, paths: SourcePaths, number: int) -> Caption:
    """Say what one path, counted from 0, brings to the source, and what the paths up to it come to."""
    path = paths.paths[number]
    text = f"{symbols_text(graph, path)}:  {product_text(path)}"
    so_far = _sum_of(paths.paths[: number + 1])
    if so_far is not None and paths.count > 1:
        is_all = number + 1 == paths.count
        told = f"all {_count_text(paths.count)} make {paths.label} =" if is_all else f"paths 1 to {number + 1} make"
        text += f"; {told} {format_value(so_far)}." if number else "."
    heading = f"Path {number + 1} of {_count_text(paths.count)}"
    return Caption(heading=heading, text=text, tone="accent")


def _sum_of(paths: Sequence[GradientPath]) -> TensorValue | None:
    products = [path.product for path in paths]
    if any(product is None for product in products):
        return None
    with np.errstate(all="ignore"):
        return value_of_array(np.asarray(sum(product.array for product in products if product is not None)))


def _comparison(returned: TensorValue | None, difference: float | None) -> str:
    number = format_value(returned)
    if difference is None:
        return f"tape.gradient returned {number}."
    if difference == 0:
        return f"tape.gradient returned {number}: the same."
    if difference < _ROUNDING:
        return f"tape.gradient returned {number}: a difference of {format_error(difference)}, which is rounding."
    return f"tape.gradient returned {number}: a difference of {format_error(difference)}."


def _factor_text(factor: TensorValue | None) -> str:
    if factor is None:
        return "?"
    return format_value(factor) if factor.shape else format_factor(factor.array[()])


def _count_text(count: int) -> str:
    return f"{count:,}".replace(",", THIN_SPACE)
