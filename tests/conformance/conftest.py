"""Every script once under plain TensorFlow, in a process of its own, and once under the engine, in this one."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tapeviz.engine.runner import Engine, RunResult

HERE = Path(__file__).parent
SCRIPTS = sorted((HERE / "scripts").glob("*.txt"))
SEED = 7


@dataclass(frozen=True)
class PlainCall:
    """What one gradient call returned under plain TensorFlow: flat, None where it was None."""

    method: str
    dtypes: tuple[str | None, ...]
    results: tuple[npt.NDArray[Any] | None, ...]


@dataclass(frozen=True)
class PlainRun:
    calls: tuple[PlainCall, ...]
    output: str
    errors: tuple[str, ...]


@pytest.fixture(scope="session")
def plain_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """The plain run, under way while this process imports TensorFlow for the engine."""
    out = tmp_path_factory.mktemp("plain") / "plain.npz"
    command = [sys.executable, str(HERE / "plain.py"), str(out), str(SEED), *map(str, SCRIPTS)]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as process:
        yield process, out


@pytest.fixture(scope="session")
def engine(plain_process: tuple[subprocess.Popen[bytes], Path]) -> Engine:
    return Engine()


@pytest.fixture(scope="session")
def record(engine: Engine) -> Callable[[str], RunResult]:
    """Run a script under the engine, once however often it is asked for."""

    @functools.cache
    def once(name: str) -> RunResult:
        text = (HERE / "scripts" / f"{name}.txt").read_text()
        return engine.run(name=f"{name}.py", text=text, keep_going=True, seed=SEED)

    return once


@pytest.fixture(scope="session")
def plain(plain_process: tuple[subprocess.Popen[bytes], Path], engine: Engine) -> dict[str, PlainRun]:
    """Every script under plain TensorFlow."""
    process, out = plain_process
    _, complaints = process.communicate()
    assert process.returncode == 0, complaints.decode()
    with np.load(out, allow_pickle=False) as archive:
        about = json.loads(str(archive["about"]))
        return {
            name: PlainRun(
                calls=tuple(
                    PlainCall(
                        method=method,
                        dtypes=tuple(dtypes),
                        results=tuple(
                            None if dtype is None else archive[f"{name}/{call}/{source}"]
                            for source, dtype in enumerate(dtypes)
                        ),
                    )
                    for call, (method, dtypes) in enumerate(run["calls"])
                ),
                output=run["output"],
                errors=tuple(run["errors"]),
            )
            for name, run in about.items()
        }
