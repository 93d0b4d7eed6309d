"""Why TensorFlow traced a function again: what was new about its arguments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from tapeviz.engine import tap
from tapeviz.engine.functions import RawTrace
from tapeviz.model.recording import Finding, Trace

OFTEN = 5
"""From so many tracings of one function on a lecturer is warned."""

MAX_TEXT = 40


def told_traces(traces: Sequence[RawTrace], moment: Callable[[int], int]) -> tuple[Trace, ...]:
    """Number the tracings of each function and say what caused each.

    Parameters
    ----------
    traces : sequence of RawTrace
        In the order made.
    moment : callable
        Gives the id of the first op that ran from a raw index on.
    """
    told = []
    for place, raw in enumerate(traces):
        code = _code(raw)
        earlier = [each for each in traces[:place] if _code(each) is code]
        number = len(earlier) + 1
        reason = _reason(raw, earlier) if earlier else ""
        told.append(Trace(function=raw.title, number=number, line=raw.line, at=moment(raw.at), reason=reason))
    return tuple(told)


def retracing(traces: Sequence[Trace]) -> tuple[Finding, ...]:
    """Warn of functions that were traced often: each time their Python code runs anew, and a graph is built."""
    counts = Counter(trace.function for trace in traces)
    last = {trace.function: trace for trace in traces}
    return tuple(
        Finding(
            kind="warning",
            cause="retracing",
            title=f"{function} was traced {count} times",
            message=f"TensorFlow built a graph of {function} {count} times. {last[function].reason}",
            fix="Give it tensors in place of Python numbers, of one shape or with reduce_retracing=True, "
            "and call tf.function once, outside of loops.",
            call=None,
            source=None,
            op=None,
            ops=(),
            line=last[function].line,
        )
        for function, count in counts.items()
        if count >= OFTEN
    )


def _target(raw: RawTrace) -> Any:
    return tap.unwrapped(raw.function)


def _code(raw: RawTrace) -> Any:
    return getattr(_target(raw), "__code__", raw.function)


def _reason(raw: RawTrace, earlier: Sequence[RawTrace]) -> str:
    first = earlier[0]
    head = f"Trace {len(earlier) + 1} of {raw.title}"
    known = [_described(each) for each in earlier]
    now = _described(raw)
    new = [name for name, kind in now.items() if all(before.get(name) != kind for before in known)]
    if new:
        before = _described(first)
        changes = [f"{name} was first {before.get(name, 'not there')}, now it is {now[name]}" for name in new]
        return f"{head}: {'; '.join(changes)}."
    if now in known and all(_target(each) is not _target(raw) for each in earlier):
        return f"{head}: tf.function was called again, and what it makes each time is traced by itself."
    if now in known:
        return f"{head}: its arguments were of the same kinds, but what surrounds it was not (variables, or the tape)."
    return f"{head}: this combination of arguments was new."


def _described(raw: RawTrace) -> dict[str, str]:
    return {name: _kind(parameter.type_constraint) for name, parameter in raw.type.parameters.items()}


def _kind(constraint: Any) -> str:
    if isinstance(constraint, tf.TensorSpec):
        if constraint.shape.rank == 0:
            return f"{_article(constraint.dtype.name)} scalar"
        return f"{_article(constraint.dtype.name)} tensor of shape {_shape(constraint.shape)}"
    dtype, shape = getattr(constraint, "dtype", None), getattr(constraint, "shape", None)
    if dtype is not None and shape is not None:
        return f"{_article(dtype.name)} variable of shape {_shape(shape)}"
    if hasattr(constraint, "value"):
        return f"the Python value {constraint.value!r}"[:MAX_TEXT]
    return str(constraint)[:MAX_TEXT]


def _article(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def _shape(shape: Any) -> str:
    lengths = tf.TensorShape(shape)
    return str(tuple(lengths)) if lengths.rank is not None else "unknown"
