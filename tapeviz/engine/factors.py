"""Local derivatives that a backward pass does not tell, because what came in was 0: TensorFlow's own VJP of a one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import tensorflow as tf

from tapeviz.engine.replay import NotReplayableError, Replay
from tapeviz.engine.values import Array, value_of
from tapeviz.model.factors import untold_factors
from tapeviz.model.recording import GradientCall, Recording
from tapeviz.model.verification import LocalFactor


def local_factors(
    recording: Recording, arrays: Mapping[int, Array], call: GradientCall, is_wanted: Callable[[], bool]
) -> tuple[LocalFactor, ...]:
    """Ask TensorFlow for the factors of scalar and elementwise ops that the recorded shares do not tell."""
    untold = untold_factors(recording, call)
    if not untold:
        return ()
    replay = Replay(recording, arrays, call, call.sources[0].tensor, is_wide=False, is_wanted=is_wanted)
    found = []
    for op_id, input_index in untold:
        try:
            inputs, compute = replay.single(recording.ops[op_id])
        except NotReplayableError:
            continue
        with tf.GradientTape() as tape:
            tape.watch(inputs[input_index])
            output = compute()
        local = tape.gradient(output, inputs[input_index])
        if isinstance(local, tf.Tensor):
            found.append(LocalFactor(op=op_id, input_index=input_index, value=value_of(local)))
    return tuple(found)
