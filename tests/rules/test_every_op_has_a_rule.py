"""No differentiable op that a lecture meets is without a rule, and no rule is without a test in numbers."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework import ops

from tapeviz.model.rules import RULES, Rule, rule_of
from tests.rules import elementwise_cases, structural_cases

NOT_MET: dict[str, str] = {
    "inside graphs only, where the recording opens the function instead": (
        r"(Ref)?(Enter|Exit|Merge|Switch|NextIteration)|RefIdentity|LoopCond|(Stateless)?(If|While|Case)|TensorList.*|"
        r"TensorArray.*|Optional.*|CompositeTensorVariant.*|RaggedTensor(From|To)Variant|EagerPyFunc|_EagerConst|Print|"
        r"AccumulateNV2|Debug.*"
    ),
    "other hardware, or several machines": (
        r"Xla.*|TPU.*|Nccl.*|Cudnn.*|AllToAll|Collective.*|CrossReplicaSum|CopyToMesh.*|Relayout.*|BlockLSTM.*"
    ),
    "sparse and ragged ops beyond products and segments": (
        r"Sparse(Add|DenseCwise.*|FillEmptyRows|MatMul|Matrix.*|Reduce.*|Reorder|Slice|Softmax|Sparse.*|TensorDenseAdd|"
        r"TensorToCSR.*|ToDense)|CSRSparse.*|DenseToCSR.*|Ragged(FillEmptyRows|Gather|TensorToSparse|TensorToTensor)"
    ),
    "quantised numbers": r"FakeQuant.*|Quantize.*",
    "random numbers with a gradient by their parameters": r"(Stateless)?RandomGamma.*|StatelessParameterized.*",
    "older names that TensorFlow 2 no longer calls": (
        r"BatchNormWithGlobalNormalization|BiasAddV1|FusedBatchNormGrad|TopK"
    ),
    "rules too long for a blackboard": (
        r"FusedBatchNormGradV[23]|CTCLoss.*|Eig|MatrixSquareRoot|MatrixSolveLs|IsotonicRegression|Tridiagonal.*|"
        r"BandedTriangularSolve|CropAndResize|ImageProjective.*|RGBToHSV|Dilation2D|Fractional.*|ApproxTopK|I?RFFT2D|"
        r"MaxPool(3D)?GradGrad|MaxPoolGradV2"
    ),
}
READS_VARIABLES = {"ReadVariableOp", "ResourceGather", "ResourceGatherNd"}
TESTED = {(case.op_type, case.rule.where) for case in [*elementwise_cases.CASES, *structural_cases.CASES]}


def registered() -> set[str]:
    """The ops for which TensorFlow has a gradient, without the custom gradients of functions that were traced here."""
    entries = ops.gradient_registry._registry
    known = {name for name, entry in entries.items() if entry["type"] is not None}
    return {name for name in known if not re.fullmatch(r"CustomGradient-\d+", name)}


def is_met(op_type: str) -> bool:
    return not any(re.fullmatch(pattern, op_type) for pattern in NOT_MET.values())


def test_every_differentiable_op_that_a_lecture_meets_has_a_rule() -> None:
    assert {op_type for op_type in registered() if is_met(op_type) and rule_of(op_type) is None} == set()


def test_the_list_of_ops_that_no_lecture_meets_names_no_op_with_a_rule() -> None:
    assert {op_type for rule in RULES for op_type in rule.op_types if not is_met(op_type)} == set()
    for reason, pattern in NOT_MET.items():
        assert any(re.fullmatch(pattern, op_type) for op_type in registered()), reason


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.name}{rule.where or ''}")
def test_every_op_of_every_rule_is_held_to_tensorflow_in_numbers(rule: Rule) -> None:
    if rule.manner == "blocking":
        assert set(rule.op_types) <= set(BLOCKED)
    else:
        missing = {op_type for op_type in rule.op_types if (op_type, rule.where) not in TESTED} - READS_VARIABLES
        assert missing == set()


@pytest.mark.parametrize(
    ("op_type", "indices"), [("ReadVariableOp", None), ("ResourceGather", [2, 0, 2]), ("ResourceGatherNd", [[2], [0]])]
)
def test_what_is_read_from_a_variable_goes_back_to_where_it_was_read(
    op_type: str, indices: list[int] | list[list[int]] | None
) -> None:
    variable = tf.Variable(np.arange(12.0).reshape(4, 3))
    with tf.GradientTape() as tape:
        if op_type == "ReadVariableOp":
            result = variable.read_value()
        elif op_type == "ResourceGather":
            result = variable.sparse_read(indices)
        else:
            result = variable.gather_nd(indices)
    cotangent = np.random.default_rng(1).normal(size=result.shape)
    pulled = tf.convert_to_tensor(tape.gradient(result, variable, output_gradients=tf.constant(cotangent)))
    by_rule = np.zeros((4, 3))
    np.add.at(by_rule, np.arange(4) if indices is None else np.ravel(indices), cotangent)
    np.testing.assert_allclose(pulled, by_rule)
    rule = rule_of(op_type)
    assert rule is not None
    assert rule.pull_of(0) == ("z̄" if indices is None else "placed_at(z̄, v)")


def _compared(op_type: str) -> Callable[[tf.Tensor], tf.Tensor]:
    return lambda u: getattr(tf.raw_ops, op_type)(x=u, y=u)


def _alone(op_type: str) -> Callable[[tf.Tensor], tf.Tensor]:
    return lambda u: getattr(tf.raw_ops, op_type)(x=u)


BLOCKED: dict[str, Callable[[tf.Tensor], tf.Tensor]] = {
    **{name: _alone(name) for name in ("Floor", "Ceil", "Round", "Rint", "OnesLike", "ZerosLike")},
    **{
        name: _compared(name)
        for name in ("Greater", "GreaterEqual", "Less", "LessEqual", "Equal", "NotEqual", "FloorDiv")
    },
    "TruncateDiv": lambda u: tf.raw_ops.TruncateDiv(x=tf.cast(u, tf.int32), y=1),
    "LogicalAnd": lambda u: tf.raw_ops.LogicalAnd(x=u > 0, y=u > 0),
    "LogicalOr": lambda u: tf.raw_ops.LogicalOr(x=u > 0, y=u > 0),
    "LogicalNot": lambda u: tf.raw_ops.LogicalNot(x=u > 0),
    "ArgMax": lambda u: tf.argmax(u, output_type=tf.int64),
    "ArgMin": lambda u: tf.argmin(u, output_type=tf.int64),
    "StopGradient": tf.stop_gradient,
    "PreventGradient": lambda u: tf.raw_ops.PreventGradient(input=u, message="no further"),
}


@pytest.mark.parametrize("op_type", BLOCKED)
def test_a_blocking_op_sends_nothing_in_tensorflow(op_type: str) -> None:
    rule = rule_of(op_type)
    assert rule is not None
    assert rule.manner == "blocking"
    tensor = tf.constant([1.3, -0.4])
    with tf.GradientTape() as tape:
        tape.watch(tensor)
        result = tf.cast(BLOCKED[op_type](tensor), tf.float64) * 1.0
    if op_type == "PreventGradient":
        with pytest.raises(LookupError):
            tape.gradient(result, tensor)
    else:
        assert tape.gradient(result, tensor) is None
