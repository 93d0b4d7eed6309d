"""Every op that works on whole tensors, called with numbers, axes and options of many kinds."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import tensorflow as tf

from tests.rules.case import Array, Case

random = np.random.default_rng(11)


def some(*shape: int) -> Array:
    return random.normal(size=shape)


def single(*shape: int) -> Array:
    return some(*shape).astype(np.float32)


def wave(*shape: int) -> Array:
    return some(*shape) + 1j * some(*shape)


def definite(side: int) -> Array:
    root = some(side, side)
    return np.asarray(root @ root.T + side * np.eye(side))


def probabilities(rows: int, columns: int) -> Array:
    weights = np.exp(some(rows, columns))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def ints(*numbers: Any) -> Array:
    return np.array(numbers, dtype=np.int32)


def _products() -> list[Case]:
    cases = []
    for a, b in product([False, True], repeat=2):
        u, v = some(*((4, 3) if a else (3, 4))), some(*((2, 4) if b else (4, 2)))
        cases.append(Case("MatMul", {"a": u, "b": v, "transpose_a": a, "transpose_b": b}))
        cases.append(Case("BatchMatMul", {"x": u[None], "y": v[None], "adj_x": a, "adj_y": b}))
        for op_type in ("BatchMatMulV2", "BatchMatMulV3"):
            more = {"Tout": tf.float64} if op_type.endswith("3") else {}
            stacked = np.stack([u, 2 * u, u + 1])
            cases.append(Case(op_type, {"x": stacked, "y": v, "adj_x": a, "adj_y": b, **more}))
    two = [("ij,jk->ik", (3, 4), (4, 2)), ("bij,bjk->bik", (2, 3, 4), (2, 4, 2)), ("i,j->ij", (3,), (4,))]
    two += [("ij,ij->", (3, 4), (3, 4)), ("bhqd,bhkd->bhqk", (1, 2, 3, 4), (1, 2, 2, 4))]
    cases += [Case("Einsum", {"inputs": [some(*u), some(*v)], "equation": letters}) for letters, u, v in two]
    one = [("ij->ji", (3, 4)), ("ij->i", (3, 4)), ("ii->i", (3, 3)), ("ii->", (3, 3))]
    cases += [Case("Einsum", {"inputs": [some(*u)], "equation": letters}) for letters, u in one]
    sparse = {"a_indices": np.array([[0, 1], [2, 0], [2, 2]]), "a_values": some(3), "a_shape": np.array([3, 4])}
    cases.append(Case("SparseTensorDenseMatMul", {**sparse, "b": some(4, 2)}))
    return [*cases, Case("Cross", {"a": some(4, 3), "b": some(4, 3)})]


def _systems() -> list[Case]:
    a, b, lower = some(3, 3) + 3 * np.eye(3), some(3, 2), np.tril(some(3, 3)) + 3 * np.eye(3)
    solves = [Case("MatrixSolve", {"matrix": a, "rhs": b, "adjoint": turned}) for turned in (False, True)]
    for turned, is_lower in product([False, True], repeat=2):
        matrix = lower if is_lower else lower.T
        arguments = {"matrix": matrix, "rhs": b, "lower": is_lower, "adjoint": turned}
        solves.append(Case("MatrixTriangularSolve", arguments))
    eigen: dict[str, Any] = {"input": definite(3)}
    return [
        *solves,
        Case("MatrixInverse", {"input": a}),
        Case("MatrixDeterminant", {"input": a}),
        Case("LogMatrixDeterminant", {"input": a}),
        Case("Cholesky", {"input": definite(3)}, is_symmetric=True),
        Case("Qr", {"input": some(4, 3)}),
        Case("Qr", {"input": some(3, 3)}),
        Case("SelfAdjointEigV2", {**eigen, "compute_v": True}, is_symmetric=True),
        Case("SelfAdjointEigV2", {**eigen, "compute_v": False}, is_symmetric=True, unset=(1,)),
        Case("Svd", {"input": some(3, 3), "compute_uv": True}),
        Case("Svd", {"input": some(4, 3), "compute_uv": True}),
        Case("Svd", {"input": some(3, 4), "compute_uv": True}),
        Case("Svd", {"input": some(4, 3), "compute_uv": False}, unset=(1, 2)),
    ]


def _diagonals() -> list[Case]:
    last = {"k": ints(0).reshape(()), "padding_value": np.array(0.0)}
    sized = {"num_rows": ints(-1).reshape(()), "num_cols": ints(-1).reshape(())}
    return [
        Case("MatrixDiagPart", {"input": some(2, 3, 3)}),
        Case("MatrixDiagPartV2", {"input": some(3, 4), **last}),
        Case("MatrixDiagPartV3", {"input": some(3, 4), **last}),
        Case("DiagPart", {"input": some(3, 3)}),
        Case("MatrixDiag", {"diagonal": some(2, 3)}),
        Case("MatrixDiagV2", {"diagonal": some(3), **last, **sized}),
        Case("MatrixDiagV3", {"diagonal": some(3), **last, **sized}),
        Case("Diag", {"diagonal": some(3)}),
        Case("MatrixSetDiag", {"input": some(2, 3, 3), "diagonal": some(2, 3)}),
        Case("MatrixSetDiagV2", {"input": some(3, 4), "diagonal": some(3), "k": last["k"]}),
        Case("MatrixSetDiagV3", {"input": some(3, 4), "diagonal": some(3), "k": last["k"]}),
        Case("MatrixBandPart", {"input": some(4, 4), "num_lower": np.array(1), "num_upper": np.array(0)}),
    ]


def _reductions() -> list[Case]:
    cases = []
    for op_type in ("Sum", "Mean", "Prod", "Max", "Min", "EuclideanNorm"):
        for axes, keep in ((ints(0, 1), False), (ints(1), False), (ints(0), True), (ints(-1), False)):
            cases.append(Case(op_type, {"input": some(3, 4), "axis": axes, "keep_dims": keep}))
    tied = np.array([[2.0, 1.0, 2.0], [0.0, 3.0, 3.0]])
    cases += [Case(op_type, {"input": tied, "axis": ints(1)}, is_smooth=False) for op_type in ("Max", "Min")]
    for op_type in ("Cumsum", "Cumprod"):
        for reverse, exclusive, axis in product([False, True], [False, True], [0, 1]):
            arguments = {"x": some(3, 4), "axis": np.array(axis), "reverse": reverse, "exclusive": exclusive}
            cases.append(Case(op_type, arguments))
    cases.append(Case("CumulativeLogsumexp", {"x": some(3, 4), "axis": np.array(1)}))
    ids, scattered = ints(0, 0, 1, 2), ints(2, 0, 2, 1)
    for op_type in ("SegmentSum", "SegmentMean", "SegmentMax", "SegmentMin", "SegmentProd"):
        cases.append(Case(op_type, {"data": some(4, 3), "segment_ids": ids}))
    for op_type in ("UnsortedSegmentSum", "UnsortedSegmentMax", "UnsortedSegmentMin", "UnsortedSegmentProd"):
        arguments = {"data": some(4, 3), "segment_ids": scattered, "num_segments": np.array(3)}
        cases.append(Case(op_type, arguments))
    picked = {"data": some(5, 3), "indices": ints(4, 0, 4, 1), "segment_ids": ids}
    more = {"num_segments": np.array(3)}
    for op_type in ("SparseSegmentSum", "SparseSegmentMean", "SparseSegmentSqrtN"):
        cases += [Case(op_type, picked), Case(f"{op_type}WithNumSegments", {**picked, **more})]
    return cases


def _moves() -> list[Case]:
    block = {"block_shape": ints(2, 2)}
    return [
        Case("Identity", {"input": some(3)}),
        Case("EnsureShape", {"input": some(3), "shape": [3]}),
        Case("PlaceholderWithDefault", {"input": some(3), "shape": [3]}),
        Case("IdentityN", {"input": [some(3), some(2, 2)]}),
        Case("CheckNumerics", {"tensor": some(3), "message": "checked"}),
        Case("CheckNumericsV2", {"tensor": some(3), "message": "checked"}),
        Case("Cast", {"x": some(3), "DstT": tf.float32}, is_smooth=False),
        Case("Cast", {"x": single(3), "DstT": tf.float64}, is_smooth=False),
        Case("Transpose", {"x": some(2, 3, 4), "perm": ints(2, 0, 1)}),
        Case("ConjugateTranspose", {"x": some(2, 3), "perm": ints(1, 0)}),
        Case("Reshape", {"tensor": some(3, 4), "shape": ints(2, 6)}),
        Case("Squeeze", {"input": some(3, 1, 2), "axis": [1]}),
        Case("ExpandDims", {"input": some(3, 2), "axis": np.array(1)}),
        Case("ReverseV2", {"tensor": some(3, 4), "axis": ints(1)}),
        Case("Reverse", {"tensor": some(3, 4), "dims": np.array([True, False])}),
        Case("ReverseSequence", {"input": some(2, 4), "seq_lengths": np.array([2, 4]), "seq_dim": 1, "batch_dim": 0}),
        Case("Roll", {"input": some(3, 4), "shift": np.array(1), "axis": np.array(1)}),
        Case("BroadcastTo", {"input": some(4), "shape": ints(3, 4)}),
        Case("BroadcastTo", {"input": some(3, 1), "shape": ints(2, 3, 4)}),
        Case("Tile", {"input": some(2, 3), "multiples": ints(2, 3)}),
        Case("Fill", {"dims": ints(2, 3), "value": some()}),
        Case("SpaceToDepth", {"input": some(1, 4, 4, 2), "block_size": 2}),
        Case("DepthToSpace", {"input": some(1, 2, 2, 4), "block_size": 2}),
        Case("SpaceToBatchND", {"input": some(1, 4, 4, 1), **block, "paddings": ints([0, 0], [0, 0])}),
        Case("SpaceToBatch", {"input": some(1, 4, 4, 1), "paddings": ints([0, 0], [0, 0]), "block_size": 2}),
        Case("BatchToSpaceND", {"input": some(4, 2, 2, 1), **block, "crops": ints([0, 0], [0, 0])}),
        Case("BatchToSpace", {"input": some(4, 2, 2, 1), "crops": ints([0, 0], [0, 0]), "block_size": 2}),
    ]


def _picks() -> list[Case]:
    rows = {"params": some(4, 3), "indices": ints(2, 0, 2)}
    handle = {"begin": ints(0, 1), "end": ints(3, 4), "strides": ints(2, 1)}
    return [
        Case("StridedSlice", {"input": some(3, 4), **handle, **MASKS}),
        Case("StridedSlice", {"input": some(3, 4), **handle, **MASKS, "shrink_axis_mask": 1}),
        Case("StridedSliceGrad", {"shape": ints(3, 4), **handle, "dy": some(2, 3), **MASKS}),
        Case("Slice", {"input": some(3, 4), "begin": ints(1, 0), "size": ints(2, 3)}),
        Case("Gather", rows),
        Case("GatherV2", {**rows, "axis": np.array(0)}),
        Case("GatherV2", {"params": some(2, 4, 3), "indices": ints(2, 0, 2), "axis": np.array(1)}),
        Case("GatherV2", {"params": some(2, 4), "indices": ints([2, 2], [0, 3]), "axis": np.array(1), "batch_dims": 1}),
        Case("GatherNd", {"params": some(3, 4), "indices": ints([0, 1], [2, 3], [0, 1])}),
        Case("TopKV2", {"input": some(3, 5), "k": np.array(2)}),
        Case("NthElement", {"input": some(3, 5), "n": ints(1).reshape(())}),
        Case("DynamicPartition", {"data": some(4, 2), "partitions": ints(1, 0, 1, 0), "num_partitions": 2}),
    ]


MASKS = {"begin_mask": 0, "end_mask": 0, "ellipsis_mask": 0, "new_axis_mask": 0, "shrink_axis_mask": 0}


def _scatters() -> list[Case]:
    places = ints([2], [0])
    update = {"tensor": some(4, 3), "indices": places, "updates": some(2, 3)}
    handle = {"begin": ints(1, 0), "end": ints(3, 4), "strides": ints(1, 2)}
    halves = [ints(0, 2), ints(1, 3)]
    return [
        Case("ScatterNd", {"indices": places, "updates": some(2, 3), "shape": ints(4, 3)}),
        Case("ScatterNdNonAliasingAdd", {"input": some(4, 3), "indices": places, "updates": some(2, 3)}),
        *(Case(f"TensorScatter{kind}", update) for kind in ("Update", "Add", "Sub", "Max", "Min")),
        Case("TensorStridedSliceUpdate", {"input": some(3, 4), **handle, "value": some(2, 2), **MASKS}),
        Case("ConcatV2", {"values": [some(2, 3), some(1, 3)], "axis": np.array(0)}),
        Case("Concat", {"concat_dim": np.array(1, dtype=np.int32), "values": [some(2, 3), some(2, 1)]}),
        Case("Pack", {"values": [some(3), some(3)], "axis": 1}),
        Case("Unpack", {"value": some(3, 2), "num": 3}),
        Case("Split", {"axis": np.array(1, dtype=np.int32), "value": some(2, 6), "num_split": 3}),
        Case("SplitV", {"value": some(4), "size_splits": ints(1, 3), "axis": np.array(0, np.int32), "num_split": 2}),
        Case("Pad", {"input": some(2, 3), "paddings": ints([1, 0], [0, 2])}),
        Case("PadV2", {"input": some(2, 3), "paddings": ints([1, 0], [0, 2]), "constant_values": some()}),
        Case("MirrorPad", {"input": some(3, 4), "paddings": ints([1, 1], [0, 2]), "mode": "REFLECT"}),
        Case("MirrorPad", {"input": some(3, 4), "paddings": ints([1, 1], [0, 2]), "mode": "SYMMETRIC"}),
        Case("MirrorPadGrad", {"input": some(5, 6), "paddings": ints([1, 1], [0, 2]), "mode": "REFLECT"}),
        Case("DynamicStitch", {"indices": halves, "data": [some(2, 3), some(2, 3)]}),
        Case("ParallelDynamicStitch", {"indices": halves, "data": [some(2, 3), some(2, 3)]}),
    ]


def _networks() -> list[Case]:
    logits = some(3, 4)
    norm = {"x": single(2, 3, 3, 2), "scale": single(2), "offset": single(2)}
    empty, held = np.zeros(0, np.float32), {"mean": single(2), "variance": np.array([1.5, 0.7], np.float32)}
    cases = []
    for version in ("", "V2", "V3"):
        op_type = f"FusedBatchNorm{version}"
        cases.append(Case(op_type, {**norm, "mean": empty, "variance": empty, "is_training": True}, tolerance=2e-3))
        cases.append(Case(op_type, {**norm, **held, "is_training": False}, tolerance=2e-3))
    return [
        *cases,
        Case("Softmax", {"logits": logits}),
        Case("LogSoftmax", {"logits": logits}),
        Case("SoftmaxCrossEntropyWithLogits", {"features": logits, "labels": probabilities(3, 4)}),
        Case("SparseSoftmaxCrossEntropyWithLogits", {"features": logits, "labels": ints(1, 0, 3)}),
        Case("L2Loss", {"t": some(3, 4)}),
        Case("BiasAddGrad", {"out_backprop": some(5, 3)}),
        Case("LRN", {"input": single(1, 2, 2, 5), "depth_radius": 1, "alpha": 0.5, "beta": 0.7}, tolerance=2e-3),
    ]


def _convolutions() -> list[Case]:
    flat = {"strides": [1, 2, 2, 1], "padding": "SAME"}
    deep = {"strides": [1, 1, 1, 1, 1], "padding": "VALID"}
    patch = {"ksizes": [1, 2, 2, 1], "strides": [1, 1, 1, 1], "rates": [1, 1, 1, 1], "padding": "VALID"}
    blocks = {"ksizes": [1, 2, 2, 2, 1], "strides": [1, 1, 1, 1, 1], "padding": "VALID"}
    image, kernel, depth_kernel = some(1, 4, 4, 2), some(3, 3, 2, 2), some(3, 3, 2, 1)
    volume, volume_kernel = some(1, 3, 3, 3, 1), some(2, 2, 2, 1, 2)
    result, deep_result = some(1, 2, 2, 2), some(1, 2, 2, 2, 2)
    sizes, kernel_sizes = ints(1, 4, 4, 2), ints(3, 3, 2, 2)
    return [
        Case("Conv2D", {"input": image, "filter": kernel, **flat}),
        Case("Conv2D", {"input": image, "filter": kernel, "strides": [1, 1, 1, 1], "padding": "VALID"}),
        Case("Conv3D", {"input": volume, "filter": volume_kernel, **deep}),
        Case("DepthwiseConv2dNative", {"input": image, "filter": depth_kernel, **flat}),
        Case("Conv2DBackpropInput", {"input_sizes": sizes, "filter": kernel, "out_backprop": result, **flat}),
        Case("Conv2DBackpropFilter", {"input": image, "filter_sizes": kernel_sizes, "out_backprop": result, **flat}),
        Case(
            "Conv3DBackpropInputV2",
            {"input_sizes": ints(1, 3, 3, 3, 1), "filter": volume_kernel, "out_backprop": deep_result, **deep},
        ),
        Case(
            "Conv3DBackpropFilterV2",
            {"input": volume, "filter_sizes": ints(2, 2, 2, 1, 2), "out_backprop": deep_result, **deep},
        ),
        Case(
            "DepthwiseConv2dNativeBackpropInput",
            {"input_sizes": sizes, "filter": depth_kernel, "out_backprop": result, **flat},
        ),
        Case(
            "DepthwiseConv2dNativeBackpropFilter",
            {"input": image, "filter_sizes": ints(3, 3, 2, 1), "out_backprop": result, **flat},
        ),
        Case("ExtractImagePatches", {"images": some(1, 3, 3, 1), **patch}),
        Case("ExtractVolumePatches", {"input": some(1, 3, 3, 3, 1), **blocks}),
    ]


def _pools() -> list[Case]:
    flat = {"ksize": [1, 2, 2, 1], "strides": [1, 2, 2, 1], "padding": "SAME"}
    over = {"ksize": [1, 2, 2, 1], "strides": [1, 1, 1, 1], "padding": "VALID"}
    deep = {"ksize": [1, 2, 2, 2, 1], "strides": [1, 2, 2, 2, 1], "padding": "VALID"}
    image, volume = some(1, 4, 4, 2), single(1, 4, 4, 4, 1)
    sized = {"ksize": ints(1, 2, 2, 1), "strides": ints(1, 2, 2, 1), "padding": "SAME"}
    largest = tf.nn.max_pool2d(image, 2, 2, "SAME").numpy()
    largest_deep = tf.nn.max_pool3d(volume, 2, 2, "VALID").numpy()
    return [
        Case("MaxPool", {"input": image, **flat}),
        Case("MaxPool", {"input": image, **over}),
        Case("MaxPoolV2", {"input": image, **sized}),
        Case("MaxPool3D", {"input": volume, **deep}, tolerance=2e-3),
        Case("MaxPoolWithArgmax", {"input": image, **flat}),
        Case("AvgPool", {"value": image, **flat}),
        Case("AvgPool", {"value": image, **over}),
        Case("AvgPool3D", {"input": single(1, 4, 4, 4, 1), **deep}, tolerance=2e-3),
        Case("MaxPoolGrad", {"orig_input": image, "orig_output": largest, "grad": some(1, 2, 2, 2), **flat}),
        Case(
            "MaxPool3DGrad",
            {"orig_input": volume, "orig_output": largest_deep, "grad": single(1, 2, 2, 2, 1), **deep},
            tolerance=2e-3,
        ),
        Case("AvgPoolGrad", {"orig_input_shape": ints(1, 4, 4, 2), "grad": some(1, 2, 2, 2), **flat}),
        Case("AvgPool3DGrad", {"orig_input_shape": ints(1, 4, 4, 4, 1), "grad": single(1, 2, 2, 2, 1), **deep}, 2e-3),
    ]


def _resizes() -> list[Case]:
    image, size = some(1, 2, 3, 1), ints(4, 5)
    scale = {"scale": np.array([2.0, 1.5], np.float32), "translation": np.zeros(2, np.float32)}
    return [
        Case("ResizeBilinear", {"images": single(1, 2, 3, 1), "size": size}, tolerance=2e-3),
        Case("ResizeBilinear", {"images": single(1, 5, 5, 1), "size": ints(2, 3), "half_pixel_centers": True}, 2e-3),
        Case("ResizeNearestNeighbor", {"images": image, "size": size}),
        Case("ResizeBicubic", {"images": single(1, 3, 3, 1), "size": size}, tolerance=2e-3),
        Case("ScaleAndTranslate", {"images": single(1, 2, 3, 1), "size": size, **scale}, tolerance=2e-3),
    ]


def _waves() -> list[Case]:
    length = {"fft_length": ints(6)}
    return [
        Case("FFT", {"input": wave(5)}),
        Case("FFT2D", {"input": wave(3, 4)}),
        Case("FFT3D", {"input": wave(2, 3, 2)}),
        Case("IFFT", {"input": wave(5)}),
        Case("IFFT2D", {"input": wave(3, 4)}),
        Case("IFFT3D", {"input": wave(2, 3, 2)}),
        Case("RFFT", {"input": some(6), **length, "Tcomplex": tf.complex128}),
        Case("RFFT", {"input": some(5), "fft_length": ints(5), "Tcomplex": tf.complex128}),
        Case("IRFFT", {"input": wave(4), **length, "Treal": tf.float64}),
        Case("Real", {"input": wave(4), "Tout": tf.float64}),
        Case("Imag", {"input": wave(4), "Tout": tf.float64}),
        Case("Conj", {"input": wave(4)}),
        Case("Complex", {"real": some(4), "imag": some(4), "Tout": tf.complex128}),
        Case("ComplexAbs", {"x": wave(4), "Tout": tf.float64}),
        Case("Angle", {"input": wave(4), "Tout": tf.float64}),
    ]


CASES = [
    *_products(),
    *_systems(),
    *_diagonals(),
    *_reductions(),
    *_moves(),
    *_picks(),
    *_scatters(),
    *_networks(),
    *_convolutions(),
    *_pools(),
    *_resizes(),
    *_waves(),
]
