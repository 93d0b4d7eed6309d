"""The order in which ops ran, where TensorFlow tells of them in another one."""

from __future__ import annotations

from bisect import bisect_left

from tapeviz.engine.events import MERGED
from tapeviz.engine.recorder import Recorder


class Order:
    """Places of raw ops in the recording: merged ones left out, early users after what they use.

    Under a ``ForwardAccumulator`` TensorFlow computes an op's tangent, from the op's output, before it tells of the op.
    """

    def __init__(self, recorder: Recorder) -> None:
        ops = recorder.ops
        self.indices = [index for index, raw in enumerate(ops) if raw.type is not MERGED]
        self._stayed = self.indices
        if recorder.has_early_uses:
            keys = _sort_keys(recorder)
            self._stayed = [index for index in self.indices if keys[index] == (index,)]
            self.indices = sorted(self.indices, key=keys.__getitem__)
        self._ids = {index: place for place, index in enumerate(self.indices)}

    def id_of(self, index: int) -> int:
        """Return the id of the op with this raw index."""
        return self._ids[index]

    def moment(self, at: int) -> int:
        """Return the id of the first op that ran from raw index `at` on."""
        place = bisect_left(self._stayed, at)
        return self._ids[self._stayed[place]] if place < len(self._stayed) else len(self.indices)


def _sort_keys(recorder: Recorder) -> dict[int, tuple[int, ...]]:
    """Give every raw op a key to sort by: its own index, or just before the first op that uses what it makes."""
    first_use: dict[int, int] = {}
    keys: dict[int, tuple[int, ...]] = {}
    for index, raw in enumerate(recorder.ops):
        for tensor in raw.inputs:
            first_use.setdefault(tensor._id, index)
        used = min((first_use.get(tensor._id, index) for tensor in raw.outputs), default=index)
        keys[index] = (index,) if used >= index else (used - 1, index)
    return keys
