"""The tape of any iterate: the block of the lesson run once more where a descent stood, and recorded as a lesson is."""

from __future__ import annotations

import ast
import builtins
import contextlib
import time
from dataclasses import replace
from types import ModuleType
from typing import Any

import tensorflow as tf

from tapeviz.engine import tap
from tapeviz.engine.account import Account
from tapeviz.engine.blocks import SOURCES, tree_of
from tapeviz.engine.chance import MiniBatches
from tapeviz.engine.failures import message_of
from tapeviz.engine.interrupts import Interrupts
from tapeviz.engine.lesson_objective import LessonObjective
from tapeviz.engine.objective import NoObjectiveError
from tapeviz.engine.runner import RunResult, main_module
from tapeviz.engine.scopes import names_in
from tapeviz.model.descent import DescentSettings
from tapeviz.model.recording import Recording


def tape_of_iterate(
    result: RunResult, objective: LessonObjective, position: tuple[float, ...], settings: DescentSettings, iterate: int
) -> Recording:
    """Record the ``with`` block and the gradient call of an objective where its sources have other values.

    The lesson's own lines run once, op by op, in the main thread, while no lesson does. Its variables and random
    numbers are then as they were, and nothing is printed.

    Parameters
    ----------
    result : RunResult
        The run that the objective is of.
    objective : LessonObjective
    position : tuple of float, shape (dimension,)
    settings : DescentSettings
    iterate : int
        What descended, and the number of the iterate: they say which examples counted there.

    Raises
    ------
    NoObjectiveError
        Where the block cannot be run there; the message is a sentence.
    """
    place = tf.constant(position, objective.dtype)
    if place.shape != (objective.dimension,):
        raise NoObjectiveError(f"A position here has {objective.dimension} coordinates, not {len(position)}.")
    rows = None
    if settings.batch_size is not None:
        rows = MiniBatches(objective.examples, settings).of(tf.constant(iterate, tf.int64))
    values = objective.values(place)
    with objective.function.lesson_way(values, rows) as space:
        space[SOURCES] = objective.function.sources(values)
        tree = _tree(objective, space)
        source = result.recording.source
        account = Account(source, result.live.filename, space, tree_of(source.text))
        started = time.perf_counter()
        try:
            with Interrupts() as interrupts, _as_main(result), tap.tapped(account.recorder), interrupts.welcome():
                exec(compile(tree, result.live.filename, "exec", dont_inherit=True), space)
        except KeyboardInterrupt:
            raise NoObjectiveError("The iterate was left before its tape was over.") from None
        except Exception as error:  # The lesson's code may raise anything.
            raise NoObjectiveError(f"The block raised an error there: {message_of(error).rstrip('.')}.") from error
        finally:
            account.recorder.leave_tapes()
        account.duration = time.perf_counter() - started
        recording, _ = account.recorded()
    return recording


def _as_main(result: RunResult) -> contextlib.AbstractContextManager[None]:
    module = ModuleType("__main__")
    module.__file__ = result.recording.source.name
    return main_module(module, result.recording.source, result.live.filename)


def _tree(objective: LessonObjective, space: dict[str, Any]) -> ast.Module:
    """Write what is run: the lesson's own lines, as far as all names in its gradient call are known."""
    block = objective.block
    if block.call is not None:
        asked = [*block.call.args, *(word.value for word in block.call.keywords)]
        if not names_in(asked) <= {*space, *dir(builtins), *block.bound}:
            block = replace(block, call=None)
    return block.lesson_way()
