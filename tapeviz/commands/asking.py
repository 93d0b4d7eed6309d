"""What is asked of the engine about the shown call, when it has time."""

from __future__ import annotations

from tapeviz.commands.command import Command
from tapeviz.commands.outcome import Outcome
from tapeviz.model.state import AppState
from tapeviz.protocol.requests import DeriveSymbolic, VerifyCall


def _idle_call(state: AppState) -> int | None:
    """The shown call of the lesson, where the engine has time for it; None otherwise."""
    is_idle = state.requested_text is None and state.engine.phase == "ready"
    return state.own_call if is_idle else None


def wants_symbolic(state: AppState) -> bool:
    """Hold where the shown call of the lesson has no symbolic twin yet, and the engine has time for one."""
    call = _idle_call(state)
    return call is not None and call not in state.symbolic


def wants_verification(state: AppState) -> bool:
    """Hold where the shown call of the lesson was not compared with differences yet, and the engine has time for it."""
    call = _idle_call(state)
    return call is not None and call not in state.verifications


def derive_symbolic(state: AppState) -> Outcome:
    """Ask for the symbolic twin of the shown call."""
    if not wants_symbolic(state) or state.subject is None or state.subject.call is None:
        return Outcome(state=state)
    return Outcome(state=state, request=DeriveSymbolic(generation=state.generation, call=state.subject.call))


def verify_call(state: AppState) -> Outcome:
    """Ask how the shown call compares with finite differences and with forward mode."""
    if not wants_verification(state) or state.subject is None or state.subject.call is None:
        return Outcome(state=state)
    return Outcome(state=state, request=VerifyCall(generation=state.generation, call=state.subject.call))


COMMANDS = (
    Command(
        id="view.derive_symbolic",
        title="Derive in Symbols",
        tooltip="Ask for the symbolic twin",
        is_enabled=wants_symbolic,
        function=derive_symbolic,
    ),
    Command(
        id="view.verify_call",
        title="Verify",
        tooltip="Compare the shown gradients with finite differences and forward mode",
        is_enabled=wants_verification,
        function=verify_call,
    ),
    Command(
        id="view.show_verification",
        title="Gradient Check",
        tooltip="The table of tape, finite differences and forward mode for the shown call",
        menu="View",
        group=1,
        shortcuts=("Ctrl+Shift+G",),
        is_enabled=lambda state: state.verification is not None,
    ),
)
