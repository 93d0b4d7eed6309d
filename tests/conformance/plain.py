"""Runs scripts under plain Python and TensorFlow and writes down what every gradient call returned.

Run in a process of its own, and knowing nothing of tapeviz: ``python plain.py OUT.npz SEED SCRIPT...``. Per script it
keeps the calls in the order in which they returned, what was printed, and the types of the errors of its cells.
"""

from __future__ import annotations

import contextlib
import functools
import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf


class Log:
    """The gradient calls of one script: outermost and eager ones, each with its method and flat results."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, list[Any]]] = []
        self._depth = 0

    def wrap(self, method: str) -> Callable[..., Any]:
        original = getattr(tf.GradientTape, method)

        @functools.wraps(original)
        def logged(tape: Any, *args: Any, **kwargs: Any) -> Any:
            self._depth += 1
            try:
                result = original(tape, *args, **kwargs)
            finally:
                self._depth -= 1
            if self._depth == 0 and tf.executing_eagerly():
                self.calls.append((method, tf.nest.flatten(result, expand_composites=False)))
            return result

        return logged

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        originals = {name: getattr(tf.GradientTape, name) for name in ("gradient", "jacobian", "batch_jacobian")}
        for name in originals:
            setattr(tf.GradientTape, name, self.wrap(name))
        # Keras' own switch for training op by op: what it compiles, nobody can log.
        tf.keras.Model.run_eagerly = property(lambda _: True, lambda _, __: None)
        try:
            yield
        finally:
            del tf.keras.Model.run_eagerly
            for name, original in originals.items():
                setattr(tf.GradientTape, name, original)


def cells_of(text: str) -> list[str]:
    """Split where a line begins with ``# %%``."""
    cells: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.startswith("# %%"):
            cells.append([])
        cells[-1].append(line)
    return ["\n".join(cell) for cell in cells]


def run(path: Path, seed: int) -> tuple[Log, str, list[str]]:
    tf.keras.utils.set_random_seed(seed)
    log, output, errors = Log(), io.StringIO(), []
    namespace: dict[str, Any] = {"__name__": "__main__"}
    with log.installed(), contextlib.redirect_stdout(output):
        for cell in cells_of(path.read_text()):
            try:
                exec(compile(cell, str(path), "exec"), namespace)
            except Exception as error:
                errors.append(type(error).__name__)
    return log, output.getvalue(), errors


def main(out: Path, seed: int, paths: list[Path]) -> None:
    arrays: dict[str, Any] = {}
    about: dict[str, Any] = {}
    for path in paths:
        log, output, errors = run(path, seed)
        shapes = []
        for call, (method, results) in enumerate(log.calls):
            tensors = [None if result is None else tf.convert_to_tensor(result) for result in results]
            shapes.append([method, [None if tensor is None else tensor.dtype.name for tensor in tensors]])
            for source, tensor in enumerate(tensors):
                if tensor is not None:
                    # NumPy's files know no bfloat16; every bfloat16 is exactly a float32.
                    exact = tf.cast(tensor, tf.float32) if tensor.dtype == tf.bfloat16 else tensor
                    arrays[f"{path.stem}/{call}/{source}"] = exact.numpy()
        about[path.stem] = {"calls": shapes, "output": output, "errors": errors}
    np.savez(out, about=np.array(json.dumps(about)), **arrays)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), [Path(name) for name in sys.argv[3:]])
