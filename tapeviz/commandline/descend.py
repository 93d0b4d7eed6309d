"""``tapeviz descend``: gradient descent on what a lesson differentiates, without a window."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from tapeviz.client import LessonRunner
from tapeviz.client.descents import Raced, TookTooLongError, descend_on_call, picture_of
from tapeviz.commandline.lesson_run import lesson_request, tell_how_it_ended
from tapeviz.commandline.status import DONE, LESSON_FAILED, STOPPED, WRONG_USE, CommandError, say
from tapeviz.commandline.table import counted
from tapeviz.model.descent import ObjectiveFacts, Trajectory
from tapeviz.model.descent_checks import settings_problem
from tapeviz.model.descent_defaults import DescentDefaults
from tapeviz.model.descent_picture import pictured
from tapeviz.model.lesson import settings_of
from tapeviz.model.numbers import format_number
from tapeviz.model.optimizer_facts import OPTIMIZERS
from tapeviz.model.wording import sentences
from tapeviz.protocol.requests import RunLesson
from tapeviz.storage.atomic import check_writable
from tapeviz.storage.trajectory_file import save_trajectory


def descend(arguments: argparse.Namespace) -> int:
    """Run the lesson, descend on the objective of one of its gradient calls, and write every iterate."""
    request = lesson_request(
        arguments.lesson,
        overrides=dict(arguments.settings),
        seed=arguments.seed,
        timeout=arguments.timeout,
        memory_limit=arguments.memory_limit,
    )
    defaults = _defaults(request)
    settings = defaults.chosen(
        optimizer=arguments.optimizer,
        learning_rate=arguments.learning_rate,
        iterations=arguments.iterations,
        hyperparameters=dict(arguments.hyperparameters),
        clipping=arguments.clip,
        batch_size=arguments.batch_size,
        noise=arguments.noise,
        seed=arguments.seed or 0,
    )
    if problem := settings_problem(settings):
        raise CommandError(problem)
    for out in filter(None, (arguments.output, arguments.plot)):
        check_writable(out)
    until = None if arguments.timeout is None else time.monotonic() + arguments.timeout
    start = defaults.racer(arguments.optimizer).start | dict(arguments.starts)
    with LessonRunner() as runner:
        recording = runner.run(request)
        status = tell_how_it_ended(recording)
        left = None if until is None else max(0.0, until - time.monotonic())
        try:
            objective, raced = descend_on_call(
                runner, recording, request.generation, arguments.call, settings, start, timeout=left
            )
        except TookTooLongError as error:
            raise CommandError(f"{arguments.lesson}: {error}", STOPPED) from error
        except ValueError as error:
            raise CommandError(f"{arguments.lesson}: {error}", status or WRONG_USE) from error
        status = max(status, _keep(arguments.output, objective, raced))
        if arguments.plot is not None:
            _plot(arguments, runner, objective, raced, defaults)
    return status


def _defaults(request: RunLesson) -> DescentDefaults:
    settings = settings_of(request.text)
    if settings.problem:
        raise CommandError(f"{request.name}: {settings.problem}")
    return settings.descent


def _keep(output: Path, objective: ObjectiveFacts, raced: Raced) -> int:
    """Write what was computed, and say how it went."""
    (trajectory,) = raced.trajectories
    went_wrong = raced.problem or (trajectory.status.sentence if trajectory.status.kind == "failed" else "")
    if not trajectory.count:
        raise CommandError(went_wrong or "it was stopped before the first iterate.", _status(raced, went_wrong))
    save_trajectory(output, objective, trajectory)
    say(sentences(_summary(objective, trajectory), trajectory.status.sentence, f"Kept in {output}"))
    if went_wrong and went_wrong != trajectory.status.sentence:
        say(went_wrong)
    if raced.cut_short == "timeout":
        say("it was stopped by its time limit; give it more with --timeout.")
    return _status(raced, went_wrong)


def _status(raced: Raced, went_wrong: str) -> int:
    if raced.cut_short == "timeout":
        return STOPPED
    return LESSON_FAILED if went_wrong or raced.cut_short else DONE


def _summary(objective: ObjectiveFacts, trajectory: Trajectory) -> str:
    assert trajectory.settings is not None
    first, last = (format_number(trajectory.losses[place]) for place in (0, -1))
    title = OPTIMIZERS[trajectory.settings.optimizer].title
    made = counted(trajectory.count - 1, "iteration")
    return f"{title}: {objective.title} went from {first} to {last} in {made}"


def _plot(
    arguments: argparse.Namespace,
    runner: LessonRunner,
    objective: ObjectiveFacts,
    raced: Raced,
    defaults: DescentDefaults,
) -> None:
    """Draw the trajectory; of one that was cut short without its landscape, because what computes it may be stuck."""
    if raced.cut_short or raced.problem:
        picture = pictured(objective, raced.trajectories)
    else:
        log = defaults.log_levels
        picture = picture_of(runner, 1, arguments.call, objective, raced.trajectories, is_log_level=log)
        if picture.landscape is not None and picture.landscape.problem:
            say(picture.landscape.problem)
    from tapeviz.export.descent_figure import render_descent

    render_descent(
        picture,
        arguments.plot,
        size=arguments.size,
        scale=arguments.scale,
        theme=arguments.theme,
        title=arguments.title,
    )
    say(f"painted {arguments.plot}.")
