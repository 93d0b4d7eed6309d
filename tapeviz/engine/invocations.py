"""Which call of which of the lesson's functions, and of which Keras layer, an op ran in.

Each running frame that counts carries a mark in ``f_trace``, where Python keeps a debugger's function while one is
debugging: it dies with the frame, so no frame is kept alive, and two calls of one function never share it.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import CodeType, FrameType
from typing import Any, NamedTuple

from tapeviz.engine.events import NOWHERE, Place
from tapeviz.model.recording import InvocationKind

_TRANSPARENT = frozenset({"<module>", "<listcomp>", "<dictcomp>", "<setcomp>", "<genexpr>"})
_LAYER_CALL = "Layer.__call__"


class RawInvocation(NamedTuple):
    """One call: `parent` is the index of the call that it was made in; `code` and `instruction` made it."""

    kind: InvocationKind
    title: str
    parent: int | None
    code: CodeType | None
    instruction: int


class Mark:
    """What a frame carries; as a trace function it declines to trace."""

    __slots__ = ("index",)

    def __init__(self, index: int | None) -> None:
        self.index = index

    def __call__(self, frame: FrameType, event: str, arg: Any) -> None:
        """Decline."""


def is_layer_call(frame: FrameType) -> bool:
    """Say whether a frame named ``__call__`` is that of a Keras layer."""
    code = frame.f_code
    return code.co_qualname == _LAYER_CALL and "keras" in code.co_filename


class InvocationBook:
    """Every invocation of one run that an op was seen in, in the order in which they were met."""

    def __init__(self, filename: str) -> None:
        self.invocations: list[RawInvocation] = []
        self._filename = filename

    def forget(self, first: int, running: Iterable[FrameType]) -> None:
        """Forget the invocations from `first` on; of the `running` frames, those are noted anew when an op comes."""
        del self.invocations[first:]
        for frame in running:
            mark = frame.f_trace
            if type(mark) is Mark and mark.index is not None and mark.index >= first:
                frame.f_trace = None

    def standing(self, caller: FrameType) -> tuple[FrameType | None, Place]:
        """Walk up from a frame to the lesson: its innermost frame, and where that stands."""
        frame: FrameType | None = caller
        layer: FrameType | None = None
        filename = self._filename
        while frame is not None and (code := frame.f_code).co_filename != filename:
            if code.co_name == "__call__" and layer is None and is_layer_call(frame):
                layer = frame
            frame = frame.f_back
        if frame is None:
            return None, NOWHERE
        return frame, (frame.f_code, frame.f_lasti, self._of(layer or frame))

    def _of(self, frame: FrameType) -> int | None:
        """Return the index of the innermost invocation that a frame of the lesson or of a layer runs in."""
        mark = frame.f_trace
        return mark.index if type(mark) is Mark else self._met(frame)

    def _met(self, frame: FrameType) -> int | None:
        """Note all frames from the outermost one that was not met before down to this one."""
        unmet = []
        index: int | None = None
        outer: FrameType | None = frame
        while outer is not None:
            if self._counts(outer):
                mark = outer.f_trace
                if type(mark) is Mark:
                    index = mark.index
                    break
                unmet.append(outer)
            outer = outer.f_back
        for met in reversed(unmet):
            if met.f_trace is None:  # a debugger that traces the lesson keeps its frames
                index = self._noted(met, index)
                met.f_trace = Mark(index)
        return index

    def _counts(self, frame: FrameType) -> bool:
        if frame.f_code.co_filename == self._filename:
            return True
        return frame.f_code.co_name == "__call__" and is_layer_call(frame)

    def _noted(self, frame: FrameType, parent: int | None) -> int | None:
        code = frame.f_code
        is_own = code.co_filename == self._filename
        if is_own and (code.co_name in _TRANSPARENT or not code.co_flags & _OPTIMISED):
            return parent
        title = code.co_name.strip("<>") if is_own else _layer_title(frame)
        caller = frame.f_back
        while caller is not None and caller.f_code.co_filename != self._filename:
            caller = caller.f_back
        made_by = (caller.f_code, caller.f_lasti) if caller is not None else (None, 0)
        self.invocations.append(RawInvocation("function" if is_own else "layer", title, parent, *made_by))
        return len(self.invocations) - 1


_OPTIMISED = 0x1
"""The flag of code that is a function's: the body of a class has it not."""


def _layer_title(frame: FrameType) -> str:
    layer = frame.f_locals.get("self")
    name = getattr(layer, "name", "")
    return f"{type(layer).__name__} · {name}" if isinstance(name, str) and name else type(layer).__name__
