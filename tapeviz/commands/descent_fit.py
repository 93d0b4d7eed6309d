"""The fit beside the landscape: what is asked of the engine, and what it answers."""

from __future__ import annotations

from dataclasses import replace

from tapeviz.model.descent_state import DescentState
from tapeviz.model.fit_lines import fit_lines
from tapeviz.model.state import AppState
from tapeviz.model.tensor import whole_value
from tapeviz.protocol.requests import DescribeFit, EvaluateFit
from tapeviz.protocol.responses import FitDescribed, FitEvaluated


def fit_request(state: AppState, generation: int, call: int) -> tuple[str, DescribeFit | EvaluateFit] | None:
    """Find out what is lacking of the fit: the data, or what the model says of them where it now stands.

    One evaluation is waited for before the next is asked for: so the picture is as live as the engine is fast.
    """
    descent = state.descent
    description = DescribeFit(generation=generation, call=call)
    if descent.asked.get("data") != description:
        return "data", description
    lines, positions = fit_lines(descent) if descent.fit_facts is not None else ((), None)
    if positions is None or not lines:
        return None
    asked = descent.asked.get("fit")
    is_waiting = isinstance(asked, EvaluateFit) and not _is_answered(descent, asked)
    request = EvaluateFit(generation=generation, call=call, positions=whole_value(positions), lines=lines)
    return None if is_waiting else ("fit", request)


def live_fit_request(state: AppState) -> tuple[str, EvaluateFit] | None:
    """Find out what is lacking of the fit while the lesson's own loop runs.

    The model is that of the run before: the engine has it compiled, and no op of the lesson is disturbed. So it is
    asked for only where the same text runs again.
    """
    descent = state.descent
    is_same = state.requested_text == state.recorded_text and descent.generation is not None
    if not is_same or descent.objective is None or descent.objective.reason or descent.fit_facts is None:
        return None
    assert descent.generation is not None and descent.call is not None
    request = fit_request(state, descent.generation, descent.call)
    if request is None or not isinstance(request[1], EvaluateFit) or request[1] == descent.asked.get("fit"):
        return None
    return request[0], request[1]


def _is_answered(descent: DescentState, asked: EvaluateFit) -> bool:
    return descent.fit_problem != "" or (descent.fit is not None and descent.fit.positions == asked.positions)


def fit_described(descent: DescentState, response: FitDescribed) -> DescentState:
    """Keep the data that were found."""
    if (response.generation, response.call) != (descent.generation, descent.call):
        return descent
    old, new = descent.fit_facts, response.facts
    is_alike = old is not None and new is not None and (old.kind, old.x.shape) == (new.kind, new.x.shape)
    return replace(descent, fit_facts=new, fit_problem=response.problem, fit=descent.fit if is_alike else None)


def fit_evaluated(descent: DescentState, response: FitEvaluated) -> DescentState:
    """Keep what the model says; where it cannot be computed the last picture stays."""
    if (response.generation, response.call) != (descent.generation, descent.call):
        return descent
    if response.fit is None:
        return replace(descent, fit_problem="The model cannot be computed where its parameters stand now.")
    return replace(descent, fit=response.fit, fit_problem="")
