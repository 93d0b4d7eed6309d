"""What the tests ask of a recording: plain arrays, in the order in which the calls were made."""

from __future__ import annotations

from typing import Any

import numpy as np

from tapeviz.model.recording import GradientCall, Recording


def number_at(recording: Recording, tensor: int) -> Any:
    """Give the value of a tensor."""
    value = recording.tensors[tensor].value
    assert value is not None
    return value.array


def gradients(recording: Recording, call: int) -> list[Any]:
    """Give what gradient call number `call` returned, None where it returned None."""
    return [
        None if source.value is None else number_at(recording, source.value)
        for source in recording.gradient_calls[call].sources
    ]


def all_gradients(recording: Recording) -> list[Any]:
    """Give what every call returned, one after the other."""
    return [gradient for call in recording.gradient_calls for gradient in gradients(recording, call.id)]


def target(recording: Recording, call: int) -> Any:
    """Give the value of the (only) target of a call."""
    (tensor,) = recording.gradient_calls[call].target
    return number_at(recording, tensor)


def adjoint(recording: Recording, call: GradientCall, tensor: int) -> Any:
    """Add up what the contributions of a call sent to a tensor."""
    shares = [
        number_at(recording, contribution.value)
        for contribution in call.contributions
        if contribution.tensor == tensor and contribution.value is not None
    ]
    return np.sum(shares, axis=0)
