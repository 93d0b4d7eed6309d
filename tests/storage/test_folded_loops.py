"""Folded loops in a file, and written out in the contract's JSON."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from tapeviz.model.checks import check_recording
from tapeviz.model.expansion import expanded
from tapeviz.model.folds import Moment
from tapeviz.model.recording import Recording
from tapeviz.storage.contract_json import contract_chunks, recording_json
from tapeviz.storage.folds_document import pack_folds
from tapeviz.storage.problems import UnreadableFile
from tapeviz.storage.tape_file import load_recording, save_recording
from tests.storage.recordings import looped, squared


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    path = tmp_path / "loop.tape"
    save_recording(path, looped(), {})
    return path


def contract(recording: Recording) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(b"".join(contract_chunks(recording)))
    return document


def with_entry(path: Path, name: str, content: bytes | None) -> None:
    """Write the zip anew with another content of one entry, or without it."""
    with zipfile.ZipFile(path) as archive:
        entries = {entry: archive.read(entry) for entry in archive.namelist()}
    entries.pop(name)
    if content is not None:
        entries[name] = content
    with zipfile.ZipFile(path, "w") as archive:
        for entry, unpacked in entries.items():
            archive.writestr(entry, unpacked)


def test_a_folded_loop_survives_the_file(tape: Path) -> None:
    recording, _ = load_recording(tape)
    assert recording == looped()


def test_a_file_without_folded_loops_is_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "plain.tape"
    save_recording(path, squared(), {})
    with zipfile.ZipFile(path) as archive:
        assert "folds.msgpack" not in archive.namelist()
        assert json.loads(archive.read("recording.json"))["version"] == 1


def test_the_contract_lists_every_iteration_with_its_own_numbers() -> None:
    document = contract(looped(6))
    calls = document["gradient_calls"]
    assert document["version"] == 1
    assert [call["id"] for call in calls] == list(range(6))
    assert [call["sources"][0]["value"] for call in calls] == [2.0, 4.0, 6.0, 8.0, 10.0, 12.0]
    tensors = {tensor["id"]: tensor for tensor in document["tensors"]}
    assert [tensors[call["sources"][0]["tensor"]]["value"] for call in calls] == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert [tensors[call["target"][0]]["value"] for call in calls] == [1.0, 4.0, 9.0, 16.0, 25.0, 36.0]
    assert len({call["tape"] for call in calls}) == 6
    assert [tape["id"] for tape in document["tapes"]] == list(range(6))
    assert [op["id"] for op in document["ops"]] == list(range(12))
    assert document["series"] == [{"id": 0, "tape_ids": [0, 1, 2, 3, 4, 5], "folded": 0, "iterations": 6}]
    assert {call["contributions"][1]["op"] for call in calls} == set(range(0, 12, 2))
    assert [call["contributions"][1]["value"] for call in calls] == [2.0, 4.0, 6.0, 8.0, 10.0, 12.0]


def test_streamed_or_whole_the_contract_is_the_same() -> None:
    assert contract(looped()) == json.loads(msgspec.json.encode(recording_json(expanded(looped()))))
    assert contract(squared()) == json.loads(msgspec.json.encode(recording_json(squared())))


def test_written_out_it_holds_together() -> None:
    whole = expanded(looped(20))
    check_recording(whole)
    assert not whole.laps and len(whole.gradient_calls) == 20


BROKEN = {
    "too few values": lambda fold: replace(fold, stacks=(replace(fold.stacks[0], data=b"1234"),)),
    "too many bytes": lambda fold: replace(fold, stacks=(replace(fold.stacks[0], shape=(1 << 40,)),)),
    "objects": lambda fold: replace(fold, stacks=(replace(fold.stacks[0], encoding="|O"),)),
    "nonsense layout": lambda fold: replace(fold, stacks=(replace(fold.stacks[0], encoding="¿?"),)),
    "no stride": lambda fold: replace(fold, stacks=(replace(fold.stacks[0], stride=0),)),
    "foreign slot": lambda fold: replace(fold, slots=(0, 1, 2, 400)),
    "foreign stack": lambda fold: replace(fold, stacks=(replace(fold.stacks[0], tensor=2),), slots=(0, 1, 3)),
    "backwards": lambda fold: replace(fold, start=fold.end, end=fold.start),
    "beyond the end": lambda fold: replace(fold, end=Moment(op=9, tape=9, call=9, assignment=9)),
    "another number": lambda fold: replace(fold, id=7),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_a_hostile_fold_is_refused(tape: Path, broken: Any) -> None:
    (fold,) = looped().folds
    with_entry(tape, "folds.msgpack", pack_folds(replace(looped(), folds=(broken(fold),))))
    with pytest.raises(UnreadableFile, match="is damaged"):
        load_recording(tape)


def test_laps_that_no_memory_could_hold_are_refused(tape: Path) -> None:
    first, second = looped().laps
    stacked = replace(looped().folds[0], stacks=())
    hostile = replace(looped(), folds=(stacked,), laps=(first, replace(second, count=1 << 50)))
    with_entry(tape, "folds.msgpack", pack_folds(hostile))
    with pytest.raises(UnreadableFile, match="laps"):
        load_recording(tape)


@pytest.mark.parametrize("content", [None, b"", b"\xc1nonsense", msgspec.msgpack.encode([1, 2, 3])])
def test_a_file_whose_folds_are_gone_or_garbled_is_refused(tape: Path, content: bytes | None) -> None:
    with_entry(tape, "folds.msgpack", content)
    with pytest.raises(UnreadableFile, match="is damaged"):
        load_recording(tape)


def test_values_that_were_not_kept_are_null() -> None:
    recording = looped(6)
    (fold,) = recording.folds
    sampled = replace(fold.stacks[2], stride=2, data=np.array([6, 10], "<f4").tobytes())
    sparse = replace(recording, folds=(replace(fold, stacks=(*fold.stacks[:2], sampled)),))
    check_recording(sparse)
    values = [call["sources"][0]["value"] for call in contract(sparse)["gradient_calls"]]
    assert values == [2.0, None, 6.0, None, 10.0, None]
