"""Why a gradient is zero: the op at which it became so, found in the recorded numbers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from tapeviz.model.findings.numbers import Array, Numbers
from tapeviz.model.numbers import format_number
from tapeviz.model.plumbing import IDENTITY_TYPES
from tapeviz.model.recording import Contribution, GradientCall, Op
from tapeviz.model.subjects import inside_of, name_of, source_name

SATURATED = 1e-3
"""A local derivative of a squashing function below this, everywhere, is worth a word."""

ROUTING = frozenset(
    {"Pack", "ConcatV2", "Reshape", "Transpose", "ExpandDims", "Squeeze", "Unpack", "Split", "SplitV", "Pad", "PadV2"}
)
"""Ops that put numbers in another place and leave them as they are."""

SQUASHING = {"Sigmoid": "σ", "Tanh": "tanh"}
FIXES = {
    "dead_relu": "Use tf.nn.leaky_relu, or start where its input is positive.",
    "saturated": "Keep its input near 0: scale or normalise it; a loss that takes logits avoids it.",
    "lost": "Only the one that wins gets a derivative; tf.reduce_logsumexp shares it among all.",
    "clipped": "Let the value lie within the bounds, or clip gradients instead of values.",
    "times_zero": "Choose another value than 0 for the factor.",
    "branch_not_chosen": "The branch that tf.where does not choose gets no derivative; change the condition or value.",
    "flat": "Move away from this point: the function is flat here.",
    "stationary": "This is a stationary point: to first order nothing changes here.",
    "not_picked": "What is not picked has no part in the target.",
    "underflow": "Use float32 or float64, or scale the loss up: the product is too small for this dtype.",
    "cancelled": "Nothing is wrong: the contributions cancel.",
    "seed": "Give output_gradients that are not 0.",
    "seed_inside": "Come out of the op, and look for where the gradient became 0 behind it.",
    "function": "Open the op and look at its gradient there: a step in it is flat, or no path leads through it.",
    "step": "Use a smooth function in its place.",
    "left_tensorflow": "Compute with the tensors that the function is given by TensorFlow's ops, not by NumPy.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ZeroCause:
    """Why the gradient of one source is 0: what happened (`cause`), at which ops, and in a sentence."""

    cause: str
    op: int | None
    ops: tuple[int, ...]
    sentence: str
    fix: str


class Backward:
    """The contributions of one gradient call by who gets them and who sends them."""

    def __init__(self, call: GradientCall) -> None:
        self.call = call
        self.to: defaultdict[int, list[Contribution]] = defaultdict(list)
        self.of: defaultdict[int, list[Contribution]] = defaultdict(list)
        for contribution in call.contributions:
            self.of[contribution.op].append(contribution)
            if contribution.value is not None:
                self.to[contribution.tensor].append(contribution)
        self.seeds = dict(zip(call.target, call.seed, strict=False))


def why_zero(numbers: Numbers, backward: Backward, source_index: int) -> ZeroCause | None:
    """Say why a source's gradient is 0 in every element; None where it is not, or is None.

    The contributions are walked from the source towards the target, through all that is 0, to the ops that were sent
    something other than 0 and sent 0 on.
    """
    source = backward.call.sources[source_index]
    if source.value is None or not numbers.is_zero(source.value) or source.why_none is not None:
        return None
    makers, is_seed_zero, is_cancelled = _makers(numbers, backward, source.tensor)
    target = ", ".join(name_of(numbers.recording, tensor) for tensor in backward.call.target)
    head = f"∂{target}/∂{source_name(numbers.recording, source)} is 0"
    if is_cancelled and not makers:
        names = [numbers.quoted(numbers.recording.ops[op]) for op in is_cancelled]
        reason = f"what comes back from {' and '.join(dict.fromkeys(names))} adds up to 0"
        return _cause("cancelled", is_cancelled, f"{head}: {reason}.")
    if not makers:
        return _seeded(numbers, head) if is_seed_zero else None
    reasons = [_reason(numbers, contribution) for contribution in makers]
    ops = tuple(dict.fromkeys(contribution.op for contribution in makers))
    said = list(dict.fromkeys(reason for _, reason in reasons))
    more = f"; and {len(said) - 2} more ops do the same" if len(said) > 2 else ""
    return _cause(reasons[0][0], ops, f"{head}: {'; '.join(said[:2])}{more}.")


def _cause(cause: str, ops: tuple[int, ...], sentence: str) -> ZeroCause:
    return ZeroCause(cause=cause, op=ops[0] if ops else None, ops=ops, sentence=sentence, fix=FIXES[cause])


def _makers(numbers: Numbers, backward: Backward, source: int) -> tuple[list[Contribution], bool, tuple[int, ...]]:
    """Return the contributions where something became 0, whether a seed is 0, and the ops whose shares cancel."""
    found: list[Contribution] = []
    cancelled: tuple[int, ...] = ()
    is_seed_zero = False
    waiting, seen = [source], {source}
    while waiting:
        tensor = waiting.pop()
        seed = backward.seeds.get(tensor)
        is_seed_zero |= numbers.is_zero(seed)
        shares = backward.to[tensor]
        if any(not numbers.is_zero(share.value) for share in shares):
            cancelled = cancelled or tuple(op for share in shares for op in _givers(numbers, backward, share))
            continue
        for share in shares:
            if all(cotangent is None or numbers.is_zero(cotangent) for cotangent in share.output_cotangents):
                fresh = [output for output in numbers.recording.ops[share.op].outputs if output not in seen]
                seen.update(fresh)
                waiting += fresh
            else:
                found += _behind_routing(numbers, backward, share)
    return found, is_seed_zero, cancelled


def _givers(numbers: Numbers, backward: Backward, share: Contribution) -> list[int]:
    """Return the op that sent a share other than 0; for the read of a variable those that sent to what was read."""
    if numbers.is_zero(share.value):
        return []
    op = numbers.recording.ops[share.op]
    if op.type not in IDENTITY_TYPES:
        return [op.id]
    return [
        giver for output in op.outputs for each in backward.to[output] for giver in _givers(numbers, backward, each)
    ]


def _behind_routing(numbers: Numbers, backward: Backward, share: Contribution) -> list[Contribution]:
    """Return the contributions that made the zeros which an op only passed to another place, or else the op's own."""
    op = numbers.recording.ops[share.op]
    if op.type not in ROUTING:
        return [share]
    givers = [giver for output in op.outputs for giver in backward.to[output] if _has_zero(numbers, giver)]
    return [maker for giver in givers for maker in _behind_routing(numbers, backward, giver)] or [share]


def _has_zero(numbers: Numbers, share: Contribution) -> bool:
    array = numbers.array(share.value)
    return array is not None and not array.all()


def _seeded(numbers: Numbers, head: str) -> ZeroCause:
    """Say that the backward pass began with 0; within an op that opens nobody chose that: it came back to the op."""
    if numbers.recording.source.text:
        return _cause("seed", (), f"{head}: the backward pass began with 0.")
    return _cause("seed_inside", (), f"{head}: what came back to the op that is open was 0 already.")


def _reason(numbers: Numbers, share: Contribution) -> tuple[str, str]:
    """Say why one op sent 0 to one input: the cause, and the words."""
    op = numbers.recording.ops[share.op]
    what = numbers.quoted(op)
    inputs = [numbers.array(tensor) for tensor in op.inputs]
    cotangents = [numbers.array(tensor) for tensor in share.output_cotangents]
    upstream = cotangents[0] if cotangents else None
    found = _by_type(numbers, op, share, inputs, upstream)
    if found is not None:
        cause, words = found
        return cause, f"{what} {words}"
    inside = inside_of(numbers.recording, op.id)
    if inside is not None:
        where = ", as is seen inside it" if inside.recording is not None else ""
        return "function", f"{what} sent 0 back there{where}"
    if _is_underflow(numbers, op, upstream):
        return "underflow", f"in {what} the product is smaller than {op_dtype(numbers, share)} can hold"
    return "flat", f"{what} sends nothing back there: its local derivative is 0"


def op_dtype(numbers: Numbers, share: Contribution) -> str:
    """Name the dtype of what an op sent."""
    return numbers.recording.tensors[share.tensor].dtype


def _by_type(
    numbers: Numbers, op: Op, share: Contribution, inputs: list[Array | None], upstream: Array | None
) -> tuple[str, str] | None:
    first = _where_sent(inputs[0], upstream) if inputs else None
    match op.type:
        case "Relu" | "Relu6" | "LeakyRelu" | "Elu" | "Selu" if first is not None:
            return _of_relu(op, first)
        case "Sigmoid" | "Tanh" if first is not None:
            size = format_number(float(np.min(np.abs(first))))
            return (
                "saturated",
                f"is saturated: at |input| ≥ {size} its local derivative is 0 in {op_dtype(numbers, share)}",
            )
        case "Softmax" | "LogSoftmax" | "SoftmaxCrossEntropyWithLogits" | "SparseSoftmaxCrossEntropyWithLogits":
            return "saturated", "is saturated: its probabilities are exactly 0 and 1"
        case "Maximum" | "Minimum" if "clip_by_value(" in numbers.text(op) and inputs[0] is not None:
            return "clipped", f"cuts {_range(inputs[0])} off at its bounds"
        case "Maximum" | "Minimum":
            return _of_contest(op, share, inputs)
        case "Max" | "Min":
            return "lost", f"picks {'the largest' if op.type == 'Max' else 'the smallest'}, which is another element"
        case "ClipByValue" if first is not None:
            return "clipped", f"cuts {_range(first)} off at its bounds"
        case "SelectV2" | "Select":
            return "branch_not_chosen", "chooses the other branch"
        case "Mul" | "MatMul" | "BatchMatMulV2" | "Einsum" | "Conv2D":
            other = inputs[1 - share.input_index] if len(inputs) == 2 else None
            if other is not None and not other.any():
                name = numbers.name(op.inputs[1 - share.input_index])
                return "times_zero", f"multiplies by {name + ' = ' if name else ''}0"
        case "EagerPyFunc":
            return "left_tensorflow", (
                "sends 0 back: either its derivative is 0 there, or nothing inside it leads back in TensorFlow "
                "(NumPy, .numpy()), for which tf.py_function gives 0 and not None"
            )
        case "Abs" if first is not None and not first.any():
            return "flat", "is at its kink |0|, where TensorFlow takes 0"
        case "Sign" | "Floor" | "Ceil" | "Round" | "Rint" | "Sign":
            return "step", "is a step: flat wherever it is smooth"
        case "Square" | "Pow" | "Cos" | "Sin" | "SquaredDifference" | "L2Loss":
            return "stationary", _stationary(op, inputs)
        case "StridedSlice" | "GatherV2" | "ResourceGather" | "GatherNd" | "Slice":
            return "not_picked", "picks other elements"
    return None


def _of_relu(op: Op, primal: Array) -> tuple[str, str]:
    if op.type == "Relu6" and bool((primal >= 6).any()):
        return "clipped", f"cuts {_range(primal)} off at its bounds"
    if not primal.any():
        return "flat", "is at its kink: its input is exactly 0, where TensorFlow takes 0"
    return "dead_relu", f"is off: its input {_range(primal)} is not above 0"


def _of_contest(op: Op, share: Contribution, inputs: list[Array | None]) -> tuple[str, str]:
    own, other = inputs[share.input_index], inputs[1 - share.input_index]
    sign = "<" if op.type == "Maximum" else ">"
    if own is None or other is None or own.size != 1 or other.size != 1:
        return "lost", "lets the other argument win everywhere"
    return "lost", f"lets the other argument win: {format_number(own.flat[0])} {sign} {format_number(other.flat[0])}"


def _stationary(op: Op, inputs: list[Array | None]) -> str:
    values = [array for array in inputs if array is not None]
    where = ""
    if op.type == "SquaredDifference":
        where = ", where both are equal"
    elif values and values[0].size:
        where = f" at {_range(values[0])}"
    return f"is flat there: its local derivative is 0{where}"


def _is_underflow(numbers: Numbers, op: Op, upstream: Array | None) -> bool:
    """Whether factors other than 0 multiplied to 0."""
    if op.type not in {"Mul", "RealDiv", "Exp", "Pow"} or upstream is None:
        return False
    return any(array is not None and array.any() for array in map(numbers.array, op.inputs))


def _where_sent(primal: Array | None, upstream: Array | None) -> Array | None:
    """Return the primals at the elements to which something other than 0 came."""
    if primal is None or upstream is None or primal.shape != upstream.shape or not upstream.any():
        return primal
    return np.asarray(primal[upstream != 0])


def _range(array: Array) -> str:
    low, high = array.min(), array.max()
    return format_number(low) if low == high else f"from {format_number(low)} to {format_number(high)}"


def saturations(numbers: Numbers, backward: Backward) -> list[tuple[Op, float]]:
    """Return the squashing functions through which almost nothing passes, with the largest local derivative."""
    found = []
    for op_id, shares in backward.of.items():
        op = numbers.recording.ops[op_id]
        output = numbers.array(op.outputs[0]) if op.outputs else None
        if op.type not in SQUASHING or output is None or not output.size or not shares:
            continue
        wide = output.astype(np.float64)
        local = wide * (1 - wide) if op.type == "Sigmoid" else 1 - wide**2
        largest = float(local.max())
        if 0 < largest < SATURATED and not numbers.is_zero(shares[0].value):
            found.append((op, largest))
    return found
