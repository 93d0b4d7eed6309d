"""Which mends there are for a gradient that is None, for an error, and for a finding."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from tapeviz.model.mending import errors
from tapeviz.model.mending.asked import Asked, asked
from tapeviz.model.mending.finite import mends_of_not_finite
from tapeviz.model.mending.floating import leave_out_casts, make_floating
from tapeviz.model.mending.mend import Mend
from tapeviz.model.mending.moving import move_call_out, move_inside
from tapeviz.model.mending.sheet import Sheet
from tapeviz.model.mending.tensors import stay_in_tensorflow
from tapeviz.model.mending.unblocking import (
    compute_with_tensor,
    keep_recording,
    keep_what_was_recorded,
    let_through,
)
from tapeviz.model.mending.watching import change_in_place, leave_out, make_variable, train, watch
from tapeviz.model.recording import Finding, LessonError, Recording
from tapeviz.model.why_none import Cause


def mends_of_source(recording: Recording, call: int, source: int) -> tuple[Mend, ...]:
    """List what can be done so that source `source` of gradient call `call` gets a gradient; the best first.

    Empty where nothing mechanical is right: then only the sentence of `WhyNone.fix` helps.
    """
    case = asked(recording, call, source)
    if case.why is None:
        return ()
    causes = dict.fromkeys([case.why.cause, *(cut.cause for cut in case.why.cuts)])
    found = [mend for cause in causes for mend in _for_cause(case, cause)]
    return _sound(recording.source.text, found)


def _for_cause(case: Asked, cause: Cause) -> list[Mend]:
    assert case.why is not None
    lines = {cut.line for cut in case.why.cuts if cut.cause == cause and cut.line is not None}
    match cause:
        case "integer_dtype" if case.is_index:
            return []
        case "integer_dtype":
            return leave_out_casts(case, lines) or make_floating(case.sheet, case.name, case.gradient_call.line)
        case "not_trainable":
            return leave_out(case) or [*train(case), *watch(case)]
        case "variable_became_tensor":
            line = case.why.cuts[0].line
            return change_in_place(case, line) or move_inside(case, lines) or watch(case)
        case "tape_reset":
            return keep_what_was_recorded(case)
        case "recording_stopped":
            return keep_recording(case, lines)
        case "stop_gradient":
            return let_through(case, lines)
        case "left_tensorflow":
            return stay_in_tensorflow(case.sheet, lines)
        case "stateful":
            return compute_with_tensor(case, lines)
        case "computed_outside_tape":
            return move_inside(case, lines)
        case "not_watched":
            return [*watch(case), *make_variable(case)]
        case "branch_not_taken" | "not_connected":
            return zero_instead(case)
        case "not_differentiable":
            return []


def zero_instead(case: Asked) -> list[Mend]:
    """Ask for zeros where nothing links target and source."""
    is_intermediate = case.recording.tensors[case.source.tensor].producer is not None
    if case.call is None or is_intermediate or any(k.arg == "unconnected_gradients" for k in case.call.keywords):
        return []
    end = case.sheet.span(case.call)[1] - 1
    text = case.sheet.edited([(end, end, ", unconnected_gradients=tf.UnconnectedGradients.ZERO")])
    sentence = "Ask for zeros where nothing links target and source."
    return [Mend(title="zero where nothing links", sentence=sentence, text=text)]


def mends_of_error(recording: Recording | None, text: str, error: LessonError) -> tuple[Mend, ...]:
    """List what can be done about an error of a lesson.

    Parameters
    ----------
    recording : Recording or None
        What ran before the error: where a None is to blame, it says why.
    text : str
        The lesson.
    error : LessonError
    """
    if error.line is None:
        return ()
    sheet, line = Sheet(text), error.line
    if re.search("No gradients provided|NoneType|value \\(None\\)", error.message):
        found = _of_last_none(recording)
        if found:
            return found
    for pattern, mend in _ERRORS:
        if re.search(pattern, f"{error.type}: {error.message}"):
            return _sound(text, mend(sheet, line, error.message))
    return ()


_ERRORS: tuple[tuple[str, Callable[[Sheet, int, str], list[Mend]]], ...] = (
    ("non-persistent GradientTape", lambda sheet, line, _: errors.persist(sheet, line)),
    ("`target` should be .* received None", lambda sheet, line, _: errors.return_result(sheet, line)),
    ("has no attribute '(dtype|_id)'", lambda sheet, line, _: errors.make_tensors(sheet, line)),
    ("Cannot convert the argument `type_value`", lambda sheet, line, _: errors.make_tensors(sheet, line)),
    ("not tf.Tensor or tf.Variable", lambda sheet, line, _: errors.make_tensors(sheet, line)),
    ("Matrix size-incompatible", errors.transpose_second),
    ("to EagerTensor of dtype u?int", lambda sheet, line, _: errors.float_names_on(sheet, line)),
    ("no attribute 'assign", lambda sheet, line, _: errors.keep_variable(sheet, line)),
)


def _of_last_none(recording: Recording | None) -> tuple[Mend, ...]:
    """List the mends of the last gradient call that returned None."""
    for call in reversed(recording.gradient_calls if recording is not None else ()):
        for place, source in enumerate(call.sources):
            if recording is not None and source.why_none is not None and source.value is None:
                return mends_of_source(recording, call.id, place)
    return ()


def mends_of_finding(recording: Recording, finding: Finding) -> tuple[Mend, ...]:
    """List what can be done about a finding."""
    text = recording.source.text
    if finding.kind == "none" and finding.call is not None and finding.source is not None:
        return mends_of_source(recording, finding.call, finding.source)
    if finding.cause == "asked_in_block" and finding.call is not None and finding.line is not None:
        case = asked(recording, finding.call, 0)
        return _sound(text, move_call_out(case.sheet, finding.line, case.tape_name))
    if finding.kind == "not_finite":
        return _sound(text, mends_of_not_finite(recording, finding))
    return ()


def _sound(text: str, mends: list[Mend]) -> tuple[Mend, ...]:
    """Keep the mends that change something and leave a script that Python can read."""
    kept: dict[str, Mend] = {}
    for mend in mends:
        try:
            ast.parse(mend.text)
        except (SyntaxError, ValueError):
            continue
        if mend.text != text:
            kept.setdefault(mend.text, mend)
    return tuple(kept.values())
