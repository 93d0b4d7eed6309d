"""The folded loops of a recording as they stand in a file: MessagePack, checked against its types when it is read."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from tapeviz.model.folds import Fold, Laps, Origin
from tapeviz.model.recording import Recording


class _StoredFolds(msgspec.Struct, frozen=True):
    folds: tuple[Fold, ...]
    laps: tuple[Laps, ...]
    origins: tuple[Origin, ...]


_decoder = msgspec.msgpack.Decoder(_StoredFolds)


def pack_folds(recording: Recording) -> bytes:
    """Give the folds, laps and origins of a recording as bytes."""
    return msgspec.msgpack.encode(_StoredFolds(recording.folds, recording.laps, recording.origins))


def with_folds(recording: Recording, packed: bytes) -> Recording:
    """Put folds, laps and origins back into a recording; what they say is not checked yet.

    Raises
    ------
    msgspec.MsgspecError
        Where the bytes are something else.
    """
    stored = _decoder.decode(packed)
    return replace(recording, folds=stored.folds, laps=stored.laps, origins=stored.origins)
