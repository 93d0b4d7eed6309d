"""The shapes behind a VJP: which matrices meet, which axes were summed, what was moved back to where."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from tapeviz.model.numbers import format_shape
from tapeviz.model.recording import Op
from tapeviz.model.rules import Rule
from tapeviz.model.rules.naming import barred_name, short_name
from tapeviz.model.rules.notation import parse
from tapeviz.model.rules.rule import letter_of
from tapeviz.model.story import Story
from tapeviz.model.tensor import TensorValue, value_of_array

Shape = tuple[int, ...]
_ALONG_AXES = frozenset({"Sum", "Mean", "Prod", "Max", "Min", "EuclideanNorm"})
_TRANSPOSED = frozenset({"T", "inv", "invT"})


class Factor(NamedTuple):
    """One factor of a product of matrices: the tensor it is made of, and whether it is transposed or inverted."""

    letter: str
    word: str
    tensor: int


def shapes_text(story: Story, op: Op, rule: Rule | None, input_index: int, names: Mapping[str, str]) -> str:
    """Write the shapes of what goes back to one input; empty where it keeps the shape of what came in.

    ``(3×2) = (3×2)(2×2)`` for a product, ``b̄: the batch axis is summed: (32×2) → (2)`` for a bias.
    """
    upstream = story.cotangent_of(op.id)
    if upstream is None:
        return ""
    came, own = _shape(story, upstream), _shape(story, op.inputs[input_index])
    if rule is not None:
        product = _product_text(story, op, rule, input_index)
        if product:
            return product
        equation = _equation(op, input_index)
        if equation:
            return equation
    bar = barred_name(short_name(letter_of(input_index), names))
    if rule is not None and rule.is_elementwise:
        return _summed_text(op, own, _shape(story, op.outputs[0]), bar)
    if rule is not None and op.type in _ALONG_AXES:
        return _spread_text(story, op, came, own, bar)
    return f"{bar}: ({_sides(came)}) → ({_sides(own)})" if came != own else ""


def factors_of(op: Op, rule: Rule, input_index: int, cotangent: int) -> Sequence[Factor]:
    """Take what goes back to one input apart into a product of matrices; empty where it is anything else."""
    expression = rule.pull_of(input_index)
    if rule.is_elementwise or not expression or rule.results != ("z",):
        return ()
    tensors = {letter_of(index): tensor for index, tensor in enumerate(op.inputs)}
    tensors |= {"z": op.outputs[0], barred_name("z"): cotangent}
    found = _factors(parse(expression), tensors)
    return found if len(found) > 1 else ()


def factor_value(story: Story, factor: Factor) -> TensorValue | None:
    """Give the numbers of a factor: those of its tensor, transposed as the rule says; None where they are not known."""
    value = story.value(factor.tensor)
    if factor.word in {"inv", "invT"} or value is None or not value.is_whole or len(value.shape) < 2:
        return None
    return value_of_array(np.ascontiguousarray(np.swapaxes(value.array, -1, -2))) if factor.word == "T" else value


def summed_axes(own: Shape, out: Shape) -> tuple[int, ...]:
    """List the axes of the result over which an operand was broadcast."""
    sides = (1,) * (len(out) - len(own)) + own
    return tuple(axis for axis, (side, kept) in enumerate(zip(out, sides, strict=False)) if kept == 1 and side != 1)


def _factors(node: ast.expr, tensors: Mapping[str, int]) -> list[Factor]:
    match node:
        case ast.UnaryOp(operand=operand):
            return _factors(operand, tensors)
        case ast.BinOp(left=left, op=ast.MatMult(), right=right):
            first, second = _factors(left, tensors), _factors(right, tensors)
            return [*first, *second] if first and second else []
        case ast.Name(id=name) if name in tensors:
            return [Factor(name, "", tensors[name])]
        case ast.Call(func=ast.Name(id=word), args=[ast.Name(id=name)]) if word in _TRANSPOSED and name in tensors:
            return [Factor(name, word, tensors[name])]
    return []


def _product_text(story: Story, op: Op, rule: Rule, input_index: int) -> str:
    upstream = story.cotangent_of(op.id)
    factors = () if upstream is None else factors_of(op, rule, input_index, upstream)
    if not factors:
        return ""
    shapes = [_factor_shape(story, factor) for factor in factors]
    if any(len(shape) < 2 for shape in shapes):
        return ""
    batch = np.broadcast_shapes(*(shape[:-2] for shape in shapes))
    result = (*batch, shapes[0][-2], shapes[-1][-1])
    own = _shape(story, op.inputs[input_index])
    text = f"({_sides(result)}) = {''.join(f'({_sides(shape)})' for shape in shapes)}"
    if result == own:
        return text
    axes = summed_axes(own, result)
    # A batch of one leaves nothing to sum.
    summed = f"{_named_axes(axes, is_batch=True)} summed:" if axes else "then"
    return f"{text}, {summed} ({_sides(result)}) → ({_sides(own)})"


def _factor_shape(story: Story, factor: Factor) -> Shape:
    shape = _shape(story, factor.tensor)
    is_turned = factor.word in {"T", "invT", "inv"} and len(shape) > 1
    return (*shape[:-2], shape[-1], shape[-2]) if is_turned else shape


def _equation(op: Op, input_index: int) -> str:
    """Turn the letters of an einsum round: ``ij,jk->ik`` sends ``ik,jk->ij`` to its first operand."""
    equation = op.attributes.get("equation")
    if op.type != "Einsum" or not isinstance(equation, str) or "." in equation:
        return ""
    left, _, result = equation.replace(" ", "").partition("->")
    operands = left.split(",")
    own = operands[input_index] if input_index < len(operands) else ""
    others = [letters for place, letters in enumerate(operands) if place != input_index]
    known = set(result).union(*others)
    if not own or len(set(own)) < len(own) or not set(own) <= known:
        return ""
    return f"{','.join([result, *others])} → {own}"


def _summed_text(op: Op, own: Shape, out: Shape, bar: str) -> str:
    if own == out:
        return ""
    axes = tuple(range(len(out) - 1)) if op.type == "BiasAdd" else summed_axes(own, out)
    if not axes:
        return f"{bar}: ({_sides(out)}) → ({_sides(own)})"
    named = _named_axes(axes, is_batch=op.type == "BiasAdd" and len(out) == 2)
    return f"{bar}: {named} summed: ({_sides(out)}) → ({_sides(own)})"


def _spread_text(story: Story, op: Op, came: Shape, own: Shape, bar: str) -> str:
    axes_value = story.value(op.inputs[1]) if len(op.inputs) > 1 else None
    if came == own or axes_value is None or not axes_value.is_whole:
        return ""
    axes = tuple(int(axis) % len(own) for axis in axes_value.array.ravel()) if own else ()
    if not axes or math.prod(own) == math.prod(came):
        return f"{bar}: ({_sides(came)}) → ({_sides(own)})"
    where = f"axis {axes[0]}" if len(axes) == 1 else "every axis" if len(axes) == len(own) else f"axes {_listed(axes)}"
    return f"{bar}: copied along {where}: ({_sides(came)}) → ({_sides(own)})"


def _named_axes(axes: Sequence[int], *, is_batch: bool) -> str:
    if is_batch and len(axes) == 1:
        return "the batch axis is"
    return f"axis {axes[0]} is" if len(axes) == 1 else f"axes {_listed(axes)} are"


def _listed(axes: Sequence[int]) -> str:
    return f"{', '.join(map(str, axes[:-1]))} and {axes[-1]}"


def _shape(story: Story, tensor: int) -> Shape:
    return story.recording.tensors[tensor].shape


def _sides(shape: Shape) -> str:
    return format_shape(shape).strip("()")
