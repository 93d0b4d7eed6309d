"""What a lecturer would point at in one VJP: who won, which row was picked twice, which class is the true one.

Everything is read off the numbers that TensorFlow recorded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tapeviz.model.numbers import format_number
from tapeviz.model.recording import Op
from tapeviz.model.story import Story, is_scalar, joined, spoken
from tapeviz.model.tensor import TensorValue

MOST_POINTED_AT = 3
_TRUE_CLASS = 1
Array = npt.NDArray[Any]


def particulars(story: Story, op: Op, symbol: str, receiver: str, sent: TensorValue | None) -> str:
    """Say what the VJP of `op` sent to its only receiver, by pointing at elements; empty where there is no more to say.

    Parameters
    ----------
    symbol, receiver : str
        What the op and the receiver are called.
    sent : TensorValue or None
        What was sent.
    """
    teller = _TELLERS.get(op.type)
    upstream = story.value(story.cotangent_of(op.id))
    if teller is None or sent is None or upstream is None or not sent.is_whole or not upstream.is_whole:
        return ""
    if not sent.shape or sent.array.dtype.kind != "f":
        return ""
    return teller(Sending(story, op, symbol, receiver, upstream, sent.array))


class Sending(NamedTuple):
    """One VJP with one receiver: what came in, and what was sent to whom."""

    story: Story
    op: Op
    symbol: str
    receiver: str
    upstream: TensorValue
    sent: Array


def _winner(sending: Sending) -> str:
    """Point at the elements that won a maximum, and at ties."""
    op, symbol, receiver, upstream, sent = sending[1:]
    kind = "smallest" if op.type == "Min" else "largest"
    places = np.argwhere(sent)
    if not len(places) or np.any(upstream.array == 0):
        return ""
    if upstream.size == 1:
        if len(places) == 1:
            won = f"{_at(receiver, places[0])}, the {kind} of {sent.size}"
            return f"{symbol} sends all of {spoken(upstream)} to {won}, and 0 to the rest"
        share = format_number(sent[tuple(places[0])])
        ties = f"the {len(places)} elements that tie"
        return f"{symbol} shares {spoken(upstream)} among {ties}: {share} each, 0 to the rest"
    if len(places) > MOST_POINTED_AT:
        return ""
    won = joined([_at(receiver, place) for place in places])
    if len(places) == upstream.size:
        return f"{symbol} sends each cotangent to the {kind} it came from: {won}; the rest get 0"
    return f"{symbol} sends each cotangent to the {kind} it came from, shared where they tie: {won}; the rest get 0"


def _picked(sending: Sending) -> str:
    """Point at the rows that were gathered more than once."""
    story, op, symbol, receiver, _, sent = sending
    indices = story.value(op.inputs[1])
    if indices is None or not indices.is_whole or indices.array.ndim != 1 or not len(indices.array):
        return ""
    axis = story.value(op.inputs[2]) if len(op.inputs) > 2 else None
    if axis is not None and axis.is_whole and axis.array.item() != 0:
        return ""
    counts = Counter(int(index) for index in indices.array)
    row, most = counts.most_common(1)[0]
    if most == 1:
        left = len(sent) - len(counts)
        rest = f", and 0 to the {left} that were not picked" if left else ""
        return f"{symbol} sends each cotangent back to the row of {receiver} it was taken from{rest}"
    times = "twice" if most == 2 else f"{most} times"
    both = "both" if most == 2 else f"all {most}"
    picked = f"row {row} of {receiver} was picked {times} and gets {both}"
    return f"{symbol} adds each cotangent to the row it was taken from: {picked}"


def _sliced(sending: Sending) -> str:
    """Point at the one element that was taken."""
    symbol, receiver, upstream, sent = sending[2:]
    places = np.argwhere(sent)
    if upstream.size != 1 or len(places) != 1 or sent.size == 1:
        return ""
    return f"{symbol} puts {spoken(upstream)} back at {_at(receiver, places[0])}, and 0 everywhere else"


def _classified(sending: Sending) -> str:
    """Say probability minus label at the true class of a single example."""
    story, op, symbol, _, upstream, sent = sending
    labels = story.value(op.inputs[_TRUE_CLASS])
    difference = story.value(op.outputs[1]) if len(op.outputs) > 1 else None
    if labels is None or difference is None or not labels.is_whole or not difference.is_whole:
        return ""
    if sent.ndim != 2 or len(sent) != 1 or not np.all(upstream.array == 1):
        return ""
    if labels.array.ndim == 1:
        true = int(labels.array[0])
    elif sorted(labels.array[0])[-2:] == [0, 1]:
        true = int(labels.array[0].argmax())
    else:
        return ""
    left = float(difference.array[0, true])
    return (
        f"{symbol} sends each logit its probability, less 1 at the true class {true}: "
        f"{format_number(left + 1)} − 1 = {format_number(left)} there"
    )


def _pointed(sending: Sending) -> str:
    """Say that a norm is pushed along the vector itself."""
    story, op, symbol, receiver, upstream, _ = sending
    length = story.value(op.outputs[0])
    if not is_scalar(upstream) or not is_scalar(length):
        return ""
    return f"{symbol} sends {spoken(upstream)} · {receiver} / {spoken(length)} back: it points along {receiver} itself"


def _at(name: str, place: Sequence[int] | Array) -> str:
    return f"{name}[{', '.join(str(int(index)) for index in place)}]"


_TELLERS: dict[str, Callable[[Sending], str]] = {
    "Max": _winner,
    "Min": _winner,
    "Gather": _picked,
    "GatherV2": _picked,
    "ResourceGather": _picked,
    "StridedSlice": _sliced,
    "Slice": _sliced,
    "SparseSoftmaxCrossEntropyWithLogits": _classified,
    "SoftmaxCrossEntropyWithLogits": _classified,
    "EuclideanNorm": _pointed,
}
