"""What each word of the rules computes, in NumPy, so that a formula can be held to TensorFlow's VJP."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from tapeviz.model.rules.local import FUNCTIONS
from tapeviz.model.rules.notation import evaluate
from tapeviz.model.rules.rule import letter_of
from tests.rules.case import Array, Case

REDUCTIONS = {"Sum", "Mean", "Prod", "Max", "Min", "EuclideanNorm", "BiasAddGrad"}
LAST_AXIS_REDUCED = {"NthElement", "SoftmaxCrossEntropyWithLogits", "SparseSoftmaxCrossEntropyWithLogits"}


def pull(case: Case, index: int) -> Array | None:
    """Evaluate what a rule says goes back to one input; None where it says that nothing does."""
    expression = case.rule.pull_of(index)
    if not expression:
        return None
    value = np.asarray(evaluate(expression, bindings(case), {**FUNCTIONS, **meanings(case, index)}))
    return summed_to(value, case.inputs[index].shape)


def summed_to(value: Array, shape: tuple[int, ...]) -> Array:
    """Sum what was broadcast."""
    if value.shape == shape:
        return value
    if value.size < np.prod(shape):
        return np.broadcast_to(value, shape)
    value = value.sum(axis=tuple(range(value.ndim - len(shape))))
    axes = tuple(axis for axis, side in enumerate(shape) if side == 1 and value.shape[axis] != 1)
    return np.asarray(value.sum(axis=axes, keepdims=True))


def bindings(case: Case) -> dict[str, Any]:
    values: dict[str, Any] = {letter_of(place): value for place, value in enumerate(case.inputs)}
    cotangents = dict(zip(case.live, case.cotangents, strict=True))
    for place, letter in enumerate(case.rule.results):
        values[letter] = kept(case, case.outputs[place])
        if place in cotangents:
            values[barred(letter)] = kept(case, cotangents[place])
    if case.has_parts:
        values[barred("z")] = case.cotangents
    for letter, attribute in case.rule.parameters:
        values[letter] = case.attributes[attribute]
    values["n"] = count(case)
    values["k"] = ties(case)
    return values


def barred(letter: str) -> str:
    return unicodedata.normalize("NFKC", letter + "\u0304")


def axes_of(case: Case) -> tuple[int, ...]:
    """The axes over which a reduction runs."""
    if case.op_type == "BiasAddGrad":
        return tuple(range(case.inputs[0].ndim - 1))
    return tuple(np.atleast_1d(case.inputs[1]) % case.inputs[0].ndim)


def kept(case: Case, value: Array) -> Array:
    """Put back axes of length 1 where they were reduced away, so that formulas need no axes."""
    if case.op_type in REDUCTIONS:
        return value.reshape([1 if axis in axes_of(case) else side for axis, side in enumerate(case.inputs[0].shape)])
    return value[..., None] if case.op_type in LAST_AXIS_REDUCED else value


def count(case: Case) -> Any:
    """The n of a mean and of a Fourier transform."""
    if "SegmentMean" in case.op_type or "SegmentSqrtN" in case.op_type:
        segments = case.inputs[2 if case.op_type.startswith("Sparse") else 1]
        return np.bincount(segments)[segments][:, None]
    if "FFT" in case.op_type:
        sides = case.inputs[0].shape if case.op_type == "RFFT" else case.outputs[0].shape
        return int(np.prod(sides[-rank_of(case) :]))
    return case.inputs[0].size / max(case.outputs[0].size, 1)


def ties(case: Case) -> Any:
    """The k of those that tie."""
    u = case.inputs[0]
    if case.op_type in {"Max", "Min"}:
        return (u == kept(case, case.outputs[0])).sum(axis=axes_of(case), keepdims=True)
    if case.op_type == "NthElement":
        return (u == case.outputs[0][..., None]).sum(axis=-1, keepdims=True)
    if case.op_type.removeprefix("Unsorted") in {"SegmentMax", "SegmentMin"}:
        z, v = case.outputs[0], case.inputs[1]
        counts = np.zeros(z.shape)
        np.add.at(counts, v, u == z[v])
        return counts[v]
    if case.op_type in {"TensorScatterMax", "TensorScatterMin"}:
        z, (_, v, w) = case.outputs[0], case.inputs
        counts = (u == z).astype(float)
        np.add.at(counts, tuple(v.T), w == z[tuple(v.T)])
        return counts
    return 1


def traced(case: Case, index: int, cotangent: Any) -> Array:
    """Move a cotangent back to where each element came from: the op itself, run on places, says where that was."""
    own = case.inputs[index]
    places = np.arange(1, own.size + 1).reshape(own.shape).astype(own.dtype)
    others = [np.zeros_like(value) if place in case.moving else value for place, value in enumerate(case.inputs)]
    others[index] = places
    found = np.zeros(own.size + 1, dtype=own.dtype)
    parts = cotangent if isinstance(cotangent, list) else [cotangent]
    for where, part in zip(case.forward(others), parts, strict=True):
        np.add.at(found, np.rint(where.real).astype(int).ravel(), part.ravel())
    return found[1:].reshape(own.shape)


def transposed(case: Case, index: int, cotangent: Array) -> Array:
    """Apply the transpose of an op that is linear in one input: its columns are what it makes of unit vectors."""
    inputs = list(case.inputs)
    own = np.zeros_like(inputs[index])
    found = np.zeros_like(own)
    inputs[index] = own
    (origin,) = case.forward(inputs)
    for place in np.ndindex(own.shape):
        inputs[index] = own.copy()
        inputs[index][place] = 1
        found[place] = ((case.forward(inputs)[0] - origin) * cotangent).sum()
    return found


def winners(u: Array, z: Array) -> Array:
    """Find where the values of z stand in u, all of whose values differ."""
    order = np.argsort(u, axis=None)
    return order[np.searchsorted(u.ravel()[order], z.ravel())]


def unpooled(case: Case, cotangent: Array) -> Array:
    u, z = case.inputs[0], case.outputs[0]
    found = np.zeros(u.size, dtype=u.dtype)
    np.add.at(found, winners(u, z), cotangent.ravel())
    return found.reshape(u.shape)


def running(case: Case, *, is_forward: bool, is_exclusive: bool) -> Callable[[Array], Array]:
    def total(value: Array) -> Array:
        axis = int(case.inputs[1])
        turned = value if is_forward else np.flip(value, axis)
        sums = np.cumsum(turned, axis=axis) - (turned if is_exclusive else 0)
        return np.asarray(sums if is_forward else np.flip(sums, axis))

    return total


def at(case: Case) -> Callable[[Array, Array], Array]:
    if "Scatter" in case.op_type or case.op_type == "SparseTensorDenseMatMul":
        return lambda value, indices: value[tuple(np.moveaxis(indices, -1, 0))]
    return lambda value, indices: np.where(
        (indices >= 0).reshape(-1, *([1] * (value.ndim - 1))), value[np.maximum(indices, 0)], 0
    )


def placed_at(case: Case, index: int) -> Callable[[Array, Array], Array]:
    def put(value: Array, indices: Array) -> Array:
        if case.op_type.startswith("TopK"):
            found = np.zeros_like(case.inputs[0])
            np.put_along_axis(found, indices, value, axis=-1)
            return found
        if case.op_type.startswith("SparseSegment"):
            found = np.zeros_like(case.inputs[0])
            np.add.at(found, indices, value)
            return found
        return traced(case, index, value)

    return put


def overwritten(value: Array, indices: Array) -> Array:
    found = value.copy()
    found[tuple(np.moveaxis(indices, -1, 0))] = 0
    return found


def dense(indices: Array, values: Array, shape: Array) -> Array:
    found = np.zeros(shape)
    found[tuple(indices.T)] = values
    return found


def softmax(u: Array) -> Array:
    weights = np.exp(u - u.max(axis=-1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


def half_lower(x: Array) -> Array:
    return np.tril(x) - np.diag(np.diag(x)) / 2


def gaps(e: Array) -> Array:
    difference = e[None, :] - e[:, None]
    with np.errstate(divide="ignore"):
        return np.where(difference == 0, 0, 1 / difference)


def channel_axes(value: Array) -> tuple[int, ...]:
    return tuple(range(value.ndim - 1))


def deviation(case: Case, u: Array) -> Array:
    return np.asarray(np.sqrt(u.var(axis=channel_axes(u)) + case.attributes["epsilon"]))


def neighbours(case: Case, value: Array) -> Array:
    radius, last = case.attributes["depth_radius"], value.shape[-1]
    sums = [value[..., max(0, i - radius) : i + radius + 1].sum(axis=-1) for i in range(last)]
    return np.stack(sums, axis=-1)


def doubled(case: Case, value: Array) -> Array:
    weights = np.full(value.shape[-1], 2.0)
    weights[0] = 1
    if case.outputs[0].shape[-1] % 2 == 0:
        weights[-1] = 1
    return np.asarray(value * weights)


def transform(case: Case, direction: Callable[..., Array]) -> Callable[[Array], Array]:
    return lambda value: direction(value, axes=tuple(range(-rank_of(case), 0)))


def rank_of(case: Case) -> int:
    """How many axes a Fourier transform runs over: ``FFT2D`` has two."""
    return int(case.op_type[-2]) if re.search(r"FFT\dD", case.op_type) else 1


def meanings(case: Case, index: int) -> dict[str, Callable[..., Any]]:
    """Give every word its meaning for one call and one input."""
    moved = dict.fromkeys(MOVED, lambda value, *_: traced(case, index, value))
    linear = dict.fromkeys(LINEAR, lambda *_: transposed(case, index, case.cotangents[0]))
    u = case.inputs[0]
    sums: dict[str, Callable[..., Any]] = {
        "later": running(case, is_forward=False, is_exclusive=False),
        "after": running(case, is_forward=False, is_exclusive=True),
        "earlier": running(case, is_forward=True, is_exclusive=False),
        "before": running(case, is_forward=True, is_exclusive=True),
        "others": lambda x: np.prod(x, axis=axes_of(case), keepdims=True) / x,
        "spread": lambda x: np.broadcast_to(x, u.shape),
        "neighbours": lambda x: neighbours(case, x),
        "deviation": lambda x: deviation(case, x),
        "normal": lambda x: (x - x.mean(axis=channel_axes(x))) / deviation(case, x),
    }
    others: dict[str, Callable[..., Any]] = {
        "at": at(case),
        "placed_at": placed_at(case, index),
        "unpooled": lambda x: unpooled(case, x),
        "at_maxima": lambda x: x.ravel()[winners(u, case.inputs[1])].reshape(case.inputs[1].shape),
        "typed": lambda x, to: x.astype(to.dtype),
        "onehot": lambda classes: np.eye(u.shape[-1])[classes],
        "eigenvectors": lambda x: np.linalg.eigh(x)[1],
        "left_vectors": lambda x: np.linalg.svd(x, full_matrices=False)[0],
        "right_vectors": lambda x: np.linalg.svd(x, full_matrices=False)[2].T,
        "triangle": np.tril if case.attributes.get("lower", True) else np.triu,
        "sparse": lambda values: dense(case.inputs[0], values, case.inputs[2]),
        "filled": lambda x: np.concatenate([x, np.zeros(u.shape[-1] - x.shape[-1])]),
        "doubled": lambda x: doubled(case, x),
        "fft": transform(case, np.fft.fftn),
        "ifft": transform(case, np.fft.ifftn),
    }
    return {**PLAIN, **moved, **linear, **sums, **others}


MOVED = [
    "placed",
    "permuted",
    "adjoined",
    "shaped",
    "reversed",
    "rolled_back",
    "sum_copies",
    "part",
    "joined",
    "cropped",
    "folded",
    "sliced",
    "cleared",
    "band",
    "off_diagonal",
    "diagonal",
    "space_to_depth",
    "depth_to_space",
    "space_to_batch",
    "batch_to_space",
    "patched_back",
]
LINEAR = ["mirrored", "conv", "conv_transpose", "correlate", "shared", "pooled", "resized_back", "einsum", "einsum1"]
PLAIN: dict[str, Callable[..., Any]] = {
    "T": lambda x: np.swapaxes(x, -1, -2),
    "inv": np.linalg.inv,
    "invT": lambda x: np.swapaxes(np.linalg.inv(x), -1, -2),
    "diag": np.diag,
    "half_lower": half_lower,
    "symmetric": lambda x: (x + x.T) / 2,
    "mirrored_lower": lambda x: np.tril(x) + np.tril(x, -1).T,
    "fold_lower": lambda x: np.tril(x) + np.tril(x.T, -1),
    "gaps": gaps,
    "outside": lambda x: np.eye(len(x)) - x @ x.T,
    "cross": np.cross,
    "total": lambda x: x.sum(axis=-1, keepdims=True),
    "sum_positions": lambda x: x.sum(axis=channel_axes(x)),
    "mean": lambda x: x.mean(axis=channel_axes(x)),
    "softmax": softmax,
    "log_softmax": lambda x: np.log(softmax(x)),
    "cleared_at": overwritten,
    "complex": lambda x, y: x + 1j * y,
    "real": np.real,
    "imag": np.imag,
    "conj": np.conj,
    "i": lambda: 1j,
    "rfft": np.fft.rfft,
}


def _numbers(function: Callable[..., tf.Tensor]) -> Callable[..., Array]:
    def called(*args: Any) -> Array:
        tensors = [tf.constant(np.asarray(arg, dtype=np.float64)) for arg in args]
        shape = np.broadcast_shapes(*(tensor.shape for tensor in tensors))
        return np.asarray(function(*(tf.broadcast_to(tensor, shape) for tensor in tensors)).numpy())

    return called


SPECIAL: dict[str, Callable[..., Array]] = {
    "digamma": _numbers(tf.math.digamma),
    "polygamma": _numbers(tf.math.polygamma),
    "lgamma": _numbers(tf.math.lgamma),
    "zeta": _numbers(tf.math.zeta),
    "igamma": _numbers(tf.math.igamma),
    "igamma_by_a": _numbers(lambda a, x: tf.raw_ops.IgammaGradA(a=a, x=x)),
    "betainc": _numbers(tf.math.betainc),
    "lbeta": _numbers(lambda a, b: tf.math.lgamma(a) + tf.math.lgamma(b) - tf.math.lgamma(a + b)),
    "erfinv": _numbers(tf.math.erfinv),
    "ndtri": _numbers(tf.math.ndtri),
    "expint": _numbers(tf.math.special.expint),
    "dawsn": _numbers(tf.math.special.dawsn),
    "spence": _numbers(tf.math.special.spence),
    "fresnel_cos": _numbers(tf.math.special.fresnel_cos),
    "fresnel_sin": _numbers(tf.math.special.fresnel_sin),
    "nextafter": _numbers(tf.math.nextafter),
    **{
        f"bessel{name}": _numbers(getattr(tf.math.special, f"bessel_{name.lower()}"))
        for name in ["I0", "I1", "I0e", "I1e", "K0", "K1", "K0e", "K1e", "J0", "J1", "Y0", "Y1"]
    },
}
"""What the special functions mean, in TensorFlow's own forward ops."""
