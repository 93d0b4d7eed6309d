"""A recording that contradicts itself is refused, with a sentence that says where."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tapeviz.model.checks import check_recording
from tapeviz.model.recording import Inside, Recording
from tests.storage.recordings import squared


def changed(recording: Recording, part: str, place: int, **fields: Any) -> Recording:
    things = list(getattr(recording, part))
    things[place] = replace(things[place], **fields)
    parts: dict[str, Any] = {part: tuple(things)}
    return replace(recording, **parts)


def with_contribution(recording: Recording, **fields: Any) -> Recording:
    (call,) = recording.gradient_calls
    first, *others = call.contributions
    return changed(recording, "gradient_calls", 0, contributions=(replace(first, **fields), *others))


def opening(**fields: Any) -> Recording:
    inside = Inside(op=1, kind="function", title="f", recording=squared(), calls=(0,))
    return replace(squared(), insides=(replace(inside, **fields),))


def test_a_sound_recording_passes() -> None:
    check_recording(squared())
    check_recording(opening())
    check_recording(opening(recording=None, calls=(), note="It draws random numbers."))


@pytest.mark.parametrize(
    ("recording", "says"),
    [
        (changed(squared(), "ops", 1, id=7), "op at place 1 calls itself 7"),
        (changed(squared(), "ops", 1, inputs=(1, 50)), "op 1 refers to tensor 50"),
        (changed(squared(), "ops", 1, inputs=(1, 7)), "op 1 uses tensor 7 before op 4 makes it"),
        (changed(squared(), "ops", 1, inputs=(2, 2)), "op 1 uses tensor 2 before op 1 makes it"),
        (changed(squared(), "ops", 1, recorded_by=(3,)), "op 1 refers to tape 3"),
        (changed(squared(), "ops", 2, made_by=9), "op 2 refers to gradient call 9"),
        (changed(squared(), "tensors", 2, producer=0), "tensor 2 is said to come from op 0"),
        (changed(squared(), "tensors", 2, producer=-1), "tensor 2 refers to op -1"),
        (changed(squared(), "tapes", 0, parent=0), "tape 0 lies within itself"),
        (changed(squared(), "tapes", 0, exited_at=99), "tape 0 ends before it begins"),
        (changed(squared(), "gradient_calls", 0, ended_at=1), "gradient call 0 ends before it begins"),
        (changed(squared(), "gradient_calls", 0, seed=(88,)), "gradient call 0 refers to tensor 88"),
        (with_contribution(squared(), op=5), "gradient call 0 refers to op 5"),
        (with_contribution(squared(), input_index=2), "an input that op 1 does not have"),
        (with_contribution(squared(), output_cotangents=(None, 30)), "gradient call 0 refers to tensor 30"),
        (changed(squared(), "assignments", 0, variable=20), "an assignment refers to tensor 20"),
        (changed(squared(), "series", 0, tape_ids=(0, 1)), "series 0 refers to tape 1"),
        (opening(op=9), "what op 9 opens into refers to op 9"),
        (opening(calls=()), "has 1 gradient calls that belong to 0"),
        (opening(calls=(5,)), "refers to gradient call 5"),
        (opening(recording=None), "nothing says why"),
        (opening(recording=changed(squared(), "ops", 1, id=7)), "op at place 1 calls itself 7"),
    ],
)
def test_a_contradiction_is_named(recording: Recording, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        check_recording(recording)
