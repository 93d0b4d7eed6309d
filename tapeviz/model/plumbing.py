"""What is plumbing on a tape: ops and inputs that carry no mathematics, by TensorFlow's op types."""

from __future__ import annotations

from collections.abc import Sequence

IDENTITY_TYPES = frozenset({"ReadVariableOp", "Identity", "IdentityN", "Snapshot", "EnsureShape", "PreventGradient"})
"""Ops whose outputs are their inputs, and whose VJP hands every cotangent on as it came."""

SHAPE_TYPES = frozenset(
    {
        "Shape",
        "ShapeN",
        "Size",
        "Rank",
        "BroadcastGradientArgs",
        "BroadcastArgs",
        "ZerosLike",
        "OnesLike",
        "VarIsInitializedOp",
        "VariableShape",
    }
)
"""Ops that look at the form of a tensor only: their outputs are constants of the function."""

_PLUMBING_INPUTS: dict[str, tuple[int, ...]] = {
    "All": (1,),
    "Any": (1,),
    "ArgMax": (1,),
    "ArgMin": (1,),
    "BroadcastTo": (1,),
    "ConcatV2": (-1,),
    "Concat": (0,),
    "ConjugateTranspose": (1,),
    "Cumprod": (1,),
    "Cumsum": (1,),
    "EuclideanNorm": (1,),
    "ExpandDims": (1,),
    "Fill": (0,),
    "GatherV2": (2,),
    "Max": (1,),
    "Mean": (1,),
    "Min": (1,),
    "MirrorPad": (1,),
    "Pad": (1,),
    "PadV2": (1,),
    "Prod": (1,),
    "Reshape": (1,),
    "ReverseV2": (1,),
    "Roll": (1, 2),
    "Slice": (1, 2),
    "Split": (0,),
    "SplitV": (1, 2),
    "StridedSlice": (1, 2, 3),
    "StridedSliceGrad": (0, 1, 2, 3),
    "Sum": (1,),
    "Tile": (1,),
    "TopKV2": (1,),
    "Transpose": (1,),
}
"""Inputs that say along which axis, into which shape or in which order; the function's numbers do not pass there."""


def flowing_inputs(op_type: str, count: int) -> Sequence[int]:
    """List the inputs of an op (of `count`) that the function's numbers pass through."""
    plumbing = _PLUMBING_INPUTS.get(op_type)
    if plumbing is None:
        return range(count)
    closed = {place % count for place in plumbing if -count <= place < count}
    return [place for place in range(count) if place not in closed]


def computes_tangents(op_type: str) -> bool:
    """Whether an op is the function by which TensorFlow computes another op's tangent in forward mode."""
    return "__jvp_exact_shapes" in op_type or "__jvp_relaxed_shapes" in op_type
