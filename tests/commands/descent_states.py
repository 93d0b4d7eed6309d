"""States of a descent for tests: a recorded lesson, its objective, and iterates as the engine sends them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tapeviz.commands import descent_asking, files, responses, run, view
from tapeviz.model.descent import DescentStatus, IterateBatch, ObjectiveFacts, Parameter, StatusKind
from tapeviz.model.state import AppState
from tapeviz.model.tensor import TensorValue, value_of_array
from tapeviz.protocol.responses import EngineReady, IteratesComputed, LessonRecorded, ObjectiveDescribed
from tests.model.builder import quadratic_in_two_variables

SCRIPT = "import tensorflow as tf\n"


def parameter(name: str, start: object, domain: tuple[float, float] | None = None) -> Parameter:
    """A parameter that starts at `start`."""
    value = value_of_array(np.asarray(start, dtype=np.float32))
    return Parameter(name=name, shape=value.shape, dtype="float32", start=value, domain=domain)


BOWL = ObjectiveFacts(title="f", parameters=(parameter("x", -5.0, (-10.0, 10.0)), parameter("y", -2.0)), value=33.0)
CURVE = ObjectiveFacts(title="y", parameters=(parameter("x", 3.0),), value=9.0)


def recorded(text: str = SCRIPT) -> AppState:
    """A lesson that was run, with the Descent tab in front."""
    state = files.open_text(AppState(), text=text, name="lesson.py").state
    state = responses.respond(state, EngineReady(tensorflow_version="2.21.0")).state
    state = run.run(state).state
    recording = quadratic_in_two_variables()
    recording = replace(recording, source=replace(recording.source, text=text))
    state = responses.respond(state, LessonRecorded(generation=state.generation, recording=recording)).state
    return view.set_tab(state, tab="descent").state


def described(objective: ObjectiveFacts = BOWL, text: str = SCRIPT) -> AppState:
    """The same with its objective."""
    state = descent_asking.catch_up(recorded(text)).state
    answer = ObjectiveDescribed(generation=state.generation, call=0, objective=objective)
    return responses.respond(state, answer).state


def whole(rows: np.ndarray) -> TensorValue:
    """All of an array, whatever its size."""
    return TensorValue(encoding=rows.dtype.str, shape=rows.shape, data=rows.tobytes())


def computed(state: AppState, racer: int, first: int, count: int, kind: StatusKind = "running") -> AppState:
    """The state after `count` more iterates of a racer: iterate k has the loss 1/(k+1) and lies at (k, -k)."""
    k = np.arange(first, first + count)
    dimension = state.descent.objective.dimension if state.descent.objective else 0
    parameters = len(state.descent.objective.parameters) if state.descent.objective else 0
    places = np.stack([k * (-1.0) ** axis for axis in range(dimension)], axis=1)
    batch = IterateBatch(
        first=first,
        losses=whole(1.0 / (k + 1)),
        norms=whole(np.ones((count, parameters))),
        rates=whole(np.full(count - (first == 0), 0.1)),
        kept=whole(k.astype(np.int64)),
        positions=whole(places),
        gradients=whole(places),
    )
    status = DescentStatus(kind=kind, sentence="" if kind == "running" else f"It is {kind}.")
    answer = IteratesComputed(race=state.descent.race, racer=racer, batch=batch, status=status)
    return responses.respond(state, answer).state
