"""The worker from its first line to its last: claim the channel, import the engine, serve.

Several threads. The main one runs lessons, and opens iterates, because only there can Python be interrupted. The reader
takes requests from the channel at any time, so that an interrupt gets through while a lesson runs. The clerk answers
what needs no lesson to run; a second one verifies gradients and a third one makes functions of blocks, which takes
longer and must not hold up the first. The surveyor draws landscapes and what belongs to them, the marshal runs races.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import threading
from typing import TYPE_CHECKING, assert_never

from tapeviz.model.recording import EndedBy, LessonError, Recording
from tapeviz.protocol.codec import decode_request
from tapeviz.protocol.framing import read_frame
from tapeviz.protocol.marks import Mark
from tapeviz.protocol.requests import (
    ColourBasins,
    CompleteName,
    DeriveSymbolic,
    DescribeFit,
    DescribeObjective,
    EvaluateFit,
    ExamineCurvature,
    ExplainIterate,
    FetchTensor,
    FindCriticalPoints,
    Interrupt,
    OpenIterate,
    Request,
    RunLesson,
    Shutdown,
    SketchLandscape,
    StartRace,
    SteerRace,
    StopRace,
    VerifyCall,
)
from tapeviz.protocol.responses import EngineReady, IterateOpened, LessonRecorded
from tapeviz.worker.clerk import Clerk
from tapeviz.worker.explainer import Explainer
from tapeviz.worker.fitter import Fitter
from tapeviz.worker.interrupt import Interrupter
from tapeviz.worker.objectives import Objectives
from tapeviz.worker.race import Marshal
from tapeviz.worker.runs import empty_recording, run_lesson
from tapeviz.worker.streams import Channel, claim_channel
from tapeviz.worker.surveyor import Surveyor

if TYPE_CHECKING:
    from tapeviz.engine.runner import Engine

_log = logging.getLogger(__name__)

_WARM_UP = "import tensorflow as tf\ntf.square(tf.Variable(1.0))\n"
"""The first op of a process sets TensorFlow's devices up and logs about them: not in the lesson's time and output."""


def main(token: str) -> None:
    """Serve the client at the other end of the standard streams until it is gone.

    Parameters
    ----------
    token : str
        What the marks in the printed output begin with.
    """
    channel = claim_channel(token)
    _restore_python_path()
    faulthandler.enable(channel.printed)
    Worker(channel).serve()


class Worker:
    """Runs lessons for the client at the other end of `channel`. To be made in the main thread."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._interrupter = Interrupter()
        self._objectives = Objectives()
        self._clerk = Clerk(channel, "tapeviz-clerk", self._objectives)
        self._verifier = Clerk(channel, "tapeviz-verifier", self._objectives)
        self._describer = Clerk(channel, "tapeviz-describer", self._objectives)
        self._surveyor = Surveyor(channel, self._objectives.of)
        self._explainer = Explainer(channel, self._objectives.of)
        self._marshal = Marshal(channel, self._objectives.of)
        self._fitter = Fitter(channel, self._objectives.of)
        self._desks = (self._surveyor, self._explainer, self._fitter)
        self._next_task = _NextTask()

    def serve(self) -> None:
        """Import the engine, say that it is there, then run what is asked; never return."""
        threading.Thread(target=self._read, name="tapeviz-reader", daemon=True).start()
        engine, ready = _start_engine()
        for desk in (self._clerk, self._verifier, self._describer, self._marshal, *self._desks):
            desk.start()
        self._channel.send(ready)
        while True:
            request = self._next_task.take()
            if isinstance(request, OpenIterate):
                self._open(request)
                continue
            self._channel.mark(Mark(moment="begins", generation=request.generation))
            if self._interrupter.is_revoked(request.generation):
                recording = empty_recording(request, "interrupted")
            elif engine is None:
                recording = _failed_recording(request, ready.problem or "")
            else:
                recording = self._run(request, engine)
            self._channel.mark(Mark(moment="ends", generation=request.generation))
            self._channel.send(LessonRecorded(generation=request.generation, recording=recording))

    def _run(self, request: RunLesson, engine: Engine) -> Recording:
        try:
            result = run_lesson(request, engine, self._interrupter, self._channel)
        except KeyboardInterrupt:
            return empty_recording(request, "interrupted")
        except MemoryError as error:
            return _failed_recording(request, f"There is no memory left to record this lesson ({error}).", "memory")
        except ValueError as error:  # the engine's word on an override that cannot be
            return _failed_recording(request, str(error))
        except Exception as error:
            what = f"{type(error).__name__}: {error}"
            return _failed_recording(request, f"tapeviz failed to record this lesson ({what}). Please report it.")
        for keeper in (self._clerk, self._verifier, self._objectives, self._fitter):
            keeper.keep(request.generation, result)
        return result.recording

    def _open(self, request: OpenIterate) -> None:
        with self._interrupter.lesson(request.generation, lambda: None):
            try:
                answer = self._objectives.open_iterate(request)
            except Exception as error:
                _log.exception("tapeviz could not open %s", request)
                problem = f"tapeviz failed to open this iterate ({type(error).__name__}: {error}). Please report it."
                answer = IterateOpened(
                    generation=request.generation,
                    call=request.call,
                    look=request.look,
                    iterate=request.iterate,
                    recording=None,
                    problem=problem,
                )
        self._channel.send(answer)

    def _read(self) -> None:
        try:
            while (payload := read_frame(self._channel.requests)) is not None:
                self._dispatch(decode_request(payload))
        finally:
            os._exit(0)  # nobody is left to work for, whatever the lesson is doing

    def _dispatch(self, request: Request) -> None:
        match request:
            case RunLesson():
                self._interrupter.admit(request.generation)
                self._verifier.give_way(request.generation)
                for desk in self._desks:
                    desk.give_way(request.generation)
                self._marshal.give_way()
                if self._next_task.put_run(request):
                    self._interrupter.interrupt("interrupted")
            case Interrupt():
                self._interrupter.revoke(request.generation)
            case OpenIterate():
                self._next_task.put_iterate(request)
            case FetchTensor() | CompleteName() | DeriveSymbolic():
                self._clerk.take(request)
            case VerifyCall():
                self._verifier.take(request)
            case DescribeObjective():
                self._describer.take(request)
            case SketchLandscape() | ExamineCurvature() | FindCriticalPoints() | ColourBasins():
                self._surveyor.take(request)
            case ExplainIterate():
                self._explainer.take(request)
            case StartRace() | SteerRace() | StopRace():
                self._marshal.take(request)
            case DescribeFit() | EvaluateFit():
                self._fitter.take(request)
            case Shutdown():
                os._exit(0)
            case _:
                assert_never(request)


class _NextTask:
    """What the main thread does next: runs come first, and of several that wait only the newest is still wanted."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._run: RunLesson | None = None
        self._iterate: OpenIterate | None = None
        self._is_opening = False

    def put_run(self, request: RunLesson) -> bool:
        """Have `request` run next; return whether an iterate is being opened, which nobody waits for any more."""
        with self._changed:
            self._run = request
            self._changed.notify()
            return self._is_opening

    def put_iterate(self, request: OpenIterate) -> None:
        """Have an iterate opened when nothing runs."""
        with self._changed:
            self._iterate = request
            self._changed.notify()

    def take(self) -> RunLesson | OpenIterate:
        """Wait for the next task and return it; the last one is over."""
        with self._changed:
            self._is_opening = False
            while self._run is None and self._iterate is None:
                self._changed.wait()
            if self._run is not None:
                run, self._run = self._run, None
                return run
            iterate, self._iterate = self._iterate, None
            self._is_opening = True
            assert iterate is not None
            return iterate


def _restore_python_path() -> None:
    """Take out what the client put in so that this process finds tapeviz: it is not for what the lesson starts."""
    _, _, inherited = os.environ.pop("PYTHONPATH", "").partition(os.pathsep)
    if inherited:
        os.environ["PYTHONPATH"] = inherited


def _start_engine() -> tuple[Engine | None, EngineReady]:
    try:
        from tapeviz.engine.runner import Engine

        engine = Engine()
    except ImportError as error:
        mend = "Install it with: python -m pip install 'tensorflow>=2.21,<2.22'"
        return None, EngineReady(tensorflow_version="", problem=f"TensorFlow cannot be imported ({error}). {mend}")
    except Exception as error:
        mend = "Run `tapeviz doctor` to see what is missing."
        problem = f"TensorFlow cannot be started ({type(error).__name__}: {error}). {mend}"
        return None, EngineReady(tensorflow_version="", problem=problem)
    if engine.problem is not None:
        return None, EngineReady(tensorflow_version=engine.tensorflow_version, problem=engine.problem)
    engine.run("warm-up.py", _WARM_UP)
    return engine, EngineReady(tensorflow_version=engine.tensorflow_version)


def _failed_recording(request: RunLesson, message: str, ended_by: EndedBy = "error") -> Recording:
    error = LessonError(cell=0, type="EngineError", message=message, line=None, hint=None)
    return empty_recording(request, ended_by, error)
