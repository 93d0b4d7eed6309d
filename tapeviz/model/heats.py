"""What one VJP did to whole tensors, as matrices in a row: what came in, what it met, what was sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from tapeviz.model.explanation import Heat
from tapeviz.model.recording import Op
from tapeviz.model.rules import Rule
from tapeviz.model.rules.naming import barred_name, local_text, short_name
from tapeviz.model.rules.rule import letter_of
from tapeviz.model.rules.words import WORDS
from tapeviz.model.shapes_at_work import Factor, factor_value, factors_of
from tapeviz.model.story import Story
from tapeviz.model.tensor import TensorValue, value_of_array

LONGEST_LABEL = 12
MOST_FACTORS = 3
_IMAGES = frozenset({"Conv2D", "DepthwiseConv2dNative", "MaxPool", "AvgPool", "Conv2DBackpropInput", "BiasAdd"})
_KERNELS = frozenset({"Conv2D", "DepthwiseConv2dNative", "Conv2DBackpropInput"})


def heats_of(
    story: Story, op: Op, rule: Rule | None, input_index: int, names: Mapping[str, str], sent: int | None
) -> tuple[Heat, ...]:
    """Lay out the VJP by one input as a row of matrices; empty where it is one number, or no real ones.

    The local derivative stands between what came in and what was sent where there is one for each element and its
    product is what TensorFlow sent; a product of matrices shows its factors; anything else shows both ends only.
    """
    upstream, received = story.cotangent_of(op.id), sent
    came, result = story.value(upstream), story.value(received)
    if upstream is None or not _is_field(came) or not _is_field(result) or came is None or result is None:
        return ()
    if max(came.size, result.size) < 2:
        return ()
    bar = barred_name(short_name("z", names))
    end = barred_name(short_name(letter_of(input_index), names))
    first = _heat("", bar, came, op, is_kernel=False)
    is_kernel = op.type in _KERNELS and input_index == 1
    if rule is not None and rule.is_elementwise:
        local = story.local(op, rule, input_index)
        sign = "= Σ" if came.size > result.size else "="
        last = _heat(sign, end, result, op, is_kernel=False)
        if local is None or bool(np.all(local == 1)):
            return (first, last if local is not None else replace(last, sign="→"))
        text = local_text(rule, input_index, names)
        own = short_name(letter_of(input_index), names)
        label = text if len(text) <= LONGEST_LABEL else f"∂{short_name('z', names)}/∂{own}"
        met = _heat("⊙", label, value_of_array(np.array(local)), op, is_kernel=False)
        return (first, replace(met, is_cotangent=False), last)
    product = [] if rule is None else _product(story, op, rule, input_index, upstream, names)
    if product:
        sign = "= −" if rule is not None and rule.pull_of(input_index).startswith("-") else "="
        return (*product, _heat(sign, end, result, op, is_kernel=False))
    return (first, _heat("→", end, result, op, is_kernel=is_kernel))


def _product(story: Story, op: Op, rule: Rule, input_index: int, upstream: int, names: Mapping[str, str]) -> list[Heat]:
    factors = factors_of(op, rule, input_index, upstream)
    values = [factor_value(story, factor) for factor in factors]
    if not 1 < len(factors) <= MOST_FACTORS:
        return []
    heats = []
    for place, (factor, value) in enumerate(zip(factors, values, strict=True)):
        if value is None or len(value.shape) != 2:
            return []
        heat = _heat("·" if place else "", _factor_label(factor, names), value, op, is_kernel=False)
        heats.append(replace(heat, is_cotangent=len(factor.letter) > 1))
    return heats


def _factor_label(factor: Factor, names: Mapping[str, str]) -> str:
    letter = factor.letter[0]
    base = short_name(letter, names) if len(factor.letter) == 1 else barred_name(short_name(letter, names))
    return WORDS[factor.word].text.format(base) if factor.word else base


def _is_field(value: TensorValue | None) -> bool:
    """Whether a value is made of real numbers that are here, or at least a picture of them."""
    if value is None or value.text is not None or not value.size:
        return False
    shown = value if value.is_whole else value.preview
    return shown is not None and shown.is_whole and shown.array.dtype.kind in "iuf"


def _heat(sign: str, label: str, value: TensorValue, op: Op, *, is_kernel: bool) -> Heat:
    if not value.is_whole:
        assert value.preview is not None
        return Heat(sign=sign, label=label, shape=value.shape, cells=value.preview, part="sampled")
    plane, part = _plane(value.array, is_image=op.type in _IMAGES, is_kernel=is_kernel)
    cells = value_of_array(np.ascontiguousarray(plane))
    return Heat(
        sign=sign, label=label, shape=value.shape, cells=cells if cells.is_whole else _sampled(plane), part=part
    )


def _sampled(plane: npt.NDArray[Any]) -> TensorValue:
    preview = value_of_array(plane).preview
    assert preview is not None
    return preview


def _plane(array: npt.NDArray[Any], *, is_image: bool, is_kernel: bool) -> tuple[npt.NDArray[Any], str]:
    """Choose two axes to look at: the last two, but rows and columns of an image or a kernel."""
    if array.ndim <= 2:
        return np.atleast_2d(array), ""
    if array.ndim == 4 and is_kernel:
        return array[:, :, 0, 0], "[:, :, 0, 0]"
    if array.ndim == 4 and is_image:
        return array[0, :, :, 0], "[0, :, :, 0]"
    leading = (0,) * (array.ndim - 2)
    return array[leading], f"[{', '.join(['0'] * len(leading))}, :, :]"
