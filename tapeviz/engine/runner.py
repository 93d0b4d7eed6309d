"""Runs a lesson, cell by cell, in a namespace of its own, under the eyes of the recorder."""

from __future__ import annotations

import ast
import contextlib
import io
import linecache
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import tensorflow as tf

from tapeviz.engine import tap
from tapeviz.engine.account import Account
from tapeviz.engine.failures import describe, limit_reached
from tapeviz.engine.figures import TakesFigure, collected, show_open
from tapeviz.engine.freshness import begin_afresh, runs_begun
from tapeviz.engine.interrupts import Interrupts
from tapeviz.engine.overrides import override
from tapeviz.engine.own_iterates import TakesIterates
from tapeviz.engine.scopes import LiveRun
from tapeviz.engine.values import Array
from tapeviz.model.lesson import Cell, cells
from tapeviz.model.recording import LessonSource, OutputFigure, Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What a run leaves.

    Parameters
    ----------
    recording : Recording
    arrays : mapping of int to array
        The whole of every summarised value, by tensor id.
    namespace : dict
        The lesson's top level, alive.
    live : LiveRun
        The objects that the recording tells of.
    """

    recording: Recording
    arrays: Mapping[int, Array] = field(default_factory=dict)
    namespace: dict[str, Any] = field(default_factory=dict)
    live: LiveRun = field(default_factory=LiveRun)


class Engine:
    """TensorFlow with its tape seen. Making one imports TensorFlow and looks whether its hooks are there.

    Attributes
    ----------
    tensorflow_version : str
    problem : str or None
        A sentence where the tape of this TensorFlow cannot be seen; then `run` must not be called.
    """

    def __init__(self) -> None:
        self.tensorflow_version: str = tf.__version__
        self.problem: str | None = tap.problem()

    def run(
        self,
        name: str,
        text: str,
        *,
        keep_going: bool = False,
        overrides: Mapping[str, str] | None = None,
        seed: int | None = None,
        output_of_run: Callable[[], str] | None = None,
        on_figure: TakesFigure | None = None,
        on_iterates: TakesIterates | None = None,
    ) -> RunResult:
        """Run a lesson and record everything its tapes saw.

        Parameters
        ----------
        name, text : str
            What the lesson is called (also its ``__file__``), and the lesson.
        keep_going : bool
            Whether the cells after one that failed still run.
        overrides : mapping of str to str, optional
            Values that variables of the lesson take in place of those in its text.
        seed : int, optional
            Seeds as ``tf.keras.utils.set_random_seed`` does, before the first cell.
        output_of_run : callable, optional
            Asked at the end for what was printed; without it Python's own streams are caught.
        on_figure : callable, optional
            Called with each figure that is shown, when it is; without it they come with the recording.
        on_iterates : callable, optional
            Called with the iterates of the lesson's own loops while they run, 30 times a second or less.

        Raises
        ------
        ValueError
            Where an override names no variable that can be set, or its value cannot be read.
        """
        run = _Run(name, text, keep_going=keep_going, overrides=overrides or {}, seed=seed)
        if on_iterates is not None:
            run.account.recorder.tell_iterates(on_iterates)
        with Interrupts() as interrupts:
            printed = io.StringIO()
            figures: list[OutputFigure] = []
            with contextlib.ExitStack() as stack:
                keep = on_figure or (lambda figure: figures.append(replace(figure, position=printed.tell())))
                stack.enter_context(collected(keep))
                if output_of_run is None:
                    stack.enter_context(contextlib.redirect_stdout(printed))
                    stack.enter_context(contextlib.redirect_stderr(printed))
                run.execute(interrupts)
            recording, assembly = run.account.recorded()
            output = printed.getvalue() if output_of_run is None else output_of_run()
        recording = replace(
            recording, output=output, figures=tuple(figures), tensorflow_version=self.tensorflow_version
        )
        return RunResult(
            recording=recording, arrays=assembly.arrays, namespace=run.namespace, live=assembly.live(run.number)
        )


class _Run:
    """One run: its cells, its namespace, and the account of it."""

    def __init__(
        self, name: str, text: str, *, keep_going: bool, overrides: Mapping[str, str], seed: int | None
    ) -> None:
        source = LessonSource(name=name, text=text)
        self.filename = _filename(name)
        self.cells = [cell for cell in cells(text) if cell.kind == "code"]
        self.keep_going = keep_going
        self.overrides = overrides
        self.seed = seed
        self.module = ModuleType("__main__")
        self.module.__file__ = name
        self.namespace: dict[str, Any] = self.module.__dict__
        self.trees = {cell.index: _parsed(cell, self.filename) for cell in self.cells}
        self.account = Account(source, self.filename, self.namespace, _whole(self.trees.values()))
        override(self.trees, overrides)
        self.number = 0

    def execute(self, interrupts: Interrupts) -> None:
        """Run the cells; whatever happens, TensorFlow is as it was afterwards."""
        started = time.perf_counter()
        cell_index = 0
        account = self.account
        account.loops.uninterrupted = interrupts.held
        with main_module(self.module, account.source, self.filename):
            begin_afresh(self.seed)
            self.number = runs_begun()
            try:
                with tap.tapped(account.recorder), interrupts.welcome():
                    for cell in self.cells:
                        cell_index = cell.index
                        is_to_go_on = self._run_cell(cell)
                        is_to_go_on &= self._show_figures(cell)
                        if not is_to_go_on:
                            break
            except KeyboardInterrupt:
                account.ended_by = "interrupted"
            account.recorder.leave_tapes()
        if account.recorder.is_full:
            account.note(limit_reached(cell_index, len(account.recorder.ops)))
        account.duration = time.perf_counter() - started

    def _run_cell(self, cell: Cell) -> bool:
        """Run one cell; return whether to go on with the next."""
        try:
            tree = self.trees[cell.index]
            if isinstance(tree, SyntaxError):
                raise tree
            exec(compile(tree, self.filename, "exec", dont_inherit=True), self.namespace)
        except KeyboardInterrupt:
            raise
        except SystemExit as error:
            if error.code not in (None, 0):
                self._fail(cell, error)
            return False
        except BaseException as error:  # A lesson may raise anything, and what it raises is shown to the lecturer.
            self._fail(cell, error)
            return self.keep_going
        return True

    def _show_figures(self, cell: Cell) -> bool:
        """Show the figures that the cell left open; return whether to go on with the next."""
        try:
            show_open()
        except KeyboardInterrupt:
            raise
        except Exception as error:  # A figure may hold anything, such as a formula that cannot be set.
            self._fail(cell, error)
            return self.keep_going
        return True

    def _fail(self, cell: Cell, error: BaseException) -> None:
        self.account.ended_by = "error"
        self.account.note(describe(error, cell.index, self.filename, self.account.places, self.namespace))


def _parsed(cell: Cell, name: str) -> ast.Module | SyntaxError:
    try:
        return ast.parse("\n" * (cell.first_line - 1) + cell.text, name)
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError) as error:
        return SyntaxError(str(error) or "this cell is nested too deeply to be read")


def _whole(trees: Any) -> ast.Module:
    return ast.Module(
        body=[statement for tree in trees if isinstance(tree, ast.Module) for statement in tree.body], type_ignores=[]
    )


def _filename(name: str) -> str:
    """Spell the lesson's path in a way of its own (which pathlib would not do).

    AutoGraph reads the file of the ``__main__`` module from the disk again, where an older text of the lesson may
    stand; a path that is spelled unlike ``__file__`` it takes from the line cache.
    """
    path = Path(name)
    return os.path.join("" if path.parent == Path() else path.parent, os.curdir, path.name)  # noqa: PTH118


@contextlib.contextmanager
def main_module(module: ModuleType, source: LessonSource, filename: str) -> Iterator[None]:
    """Let the lesson be ``__main__``, with its source where tracebacks and TensorFlow look for it."""
    main, arguments, path = sys.modules.get("__main__"), sys.argv, list(sys.path)
    format_warning, spelled = warnings.formatwarning, filename
    file = Path(source.name)
    sys.modules["__main__"] = module
    sys.argv = [source.name]
    if file.is_file():
        sys.path.insert(0, str(file.resolve().parent))
    # Without a time of change the entry is never looked up on the disk.
    for known_as in (source.name, filename):
        linecache.cache[known_as] = (len(source.text), None, source.text.splitlines(keepends=True), known_as)

    def named_as_given(
        message: Warning | str, category: type[Warning], filename: str, lineno: int, line: str | None = None
    ) -> str:
        return format_warning(message, category, source.name if filename == spelled else filename, lineno, line)

    warnings.formatwarning = named_as_given
    try:
        yield
    finally:
        warnings.formatwarning = format_warning
        sys.path[:] = path
        sys.argv = arguments
        if main is not None:
            sys.modules["__main__"] = main
