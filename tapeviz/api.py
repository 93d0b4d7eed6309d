"""tapeviz for notebooks and scripts: record a lesson, look at the recording, open it in the window, descend.

>>> import tapeviz
>>> recording = tapeviz.record("first.py")
>>> recording.gradient_calls[0].checked
True
>>> descent = tapeviz.descend(lambda x, y: x**2 + 2 * y**2, (-5.0, -2.0), learning_rate=0.1, iterations=20)
>>> descent.positions[-1].round(3).tolist()
[-0.058, -0.0]
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tapeviz.client import LessonRunner, run_once
from tapeviz.client.descents import descend_on_call, picture_of
from tapeviz.descents import Descent
from tapeviz.model.descent import Clipping, OptimizerName, Schedule
from tapeviz.model.descent_checks import settings_problem
from tapeviz.model.descent_defaults import DescentDefaults
from tapeviz.model.descent_picture import pictured, resolution_of
from tapeviz.model.descent_state import DescentState
from tapeviz.model.lesson import settings_of
from tapeviz.model.optimizer_facts import OPTIMIZERS
from tapeviz.model.recording import Recording
from tapeviz.protocol.requests import RunLesson
from tapeviz.storage.tape_file import load_recording, save_recording
from tapeviz.storage.text_file import read_lesson

__all__ = ["Descent", "Recording", "descend", "load", "record", "show"]


def record(
    lesson: str | Path,
    *,
    keep_going: bool = False,
    timeout: float | None = None,
    memory_limit: int | None = None,
    overrides: Mapping[str, str] | None = None,
    seed: int | None = None,
) -> Recording:
    r"""Run a lesson in a process of its own and return what its tapes saw.

    Parameters
    ----------
    lesson : str or Path
        A file, or the text of a lesson itself (a string with more than one line).
    keep_going : bool
        Run the cells after one that fails, too.
    timeout : float, seconds, optional
    memory_limit : int, MiB, optional
    overrides : mapping of str to str, optional
        Other values for variables of the lesson, as Python writes them: ``{"x": "2.5"}``.
    seed : int, optional
        Seeds as ``tf.keras.utils.set_random_seed`` does, before the first cell.

    Returns
    -------
    Recording
        Also where the lesson failed: see its `errors` and `ended_by`.

    Raises
    ------
    UnreadableFile
        Where `lesson` is a file that cannot be read.
    """
    name, text, folder = _lesson(lesson)
    return run_once(
        RunLesson(
            generation=1,
            name=name,
            text=text,
            keep_going=keep_going,
            overrides=dict(overrides or {}),
            seed=seed,
            timeout=timeout,
            memory_limit=memory_limit,
            folder=folder,
        )
    )


def descend(
    objective: Callable[..., Any] | str | Path,
    start: Any = None,
    *,
    optimizer: OptimizerName | None = None,
    learning_rate: float | None = None,
    iterations: int | None = None,
    hyperparameters: Mapping[str, float] | None = None,
    schedule: Schedule | None = None,
    clipping: Clipping | None = None,
    batch_size: int | None = None,
    noise: float = 0.0,
    seed: int = 0,
    call: int = 0,
    timeout: float | None = None,
) -> Descent:
    """Go down a function, or what a lesson differentiates, and keep every iterate.

    A function is called in this process, with TensorFlow's tape and Keras' optimizers: what it refers to is here and
    nowhere else. A lesson runs in a process of its own, as with `record`.

    Parameters
    ----------
    objective : callable, str or Path
        A function of tensors that gives a scalar tensor; or a lesson, a file or its text.
    start : optional
        Of a function of one argument the value at which to start, of one of several a sequence with a value for each,
        or a mapping by their names. Of a lesson a mapping, of the parameters that start elsewhere than it has them.
    optimizer : str, optional
        ``sgd``, ``momentum``, ``nesterov``, ``rmsprop``, ``adagrad``, ``adadelta``, ``adam``, ``adamw``, ``adamax``,
        ``nadam``, ``lion``, ``line_search`` or ``newton``. What is not said is as the lesson's settings have it, else
        ``sgd`` with a rate of 0.1, or Keras' default rate of another optimizer, and 1000 iterations.
    hyperparameters : mapping of str to float, optional
        By Keras' own names: ``{"beta_1": 0.8}``.
    batch_size, noise, seed : optional
        Mini-batches of the lesson's data, and noise on the gradients.
    call : int
        Which gradient call of the lesson.
    timeout : float, seconds, optional
        Of a lesson and its descent; what was computed until then is kept.

    Returns
    -------
    Descent
        Also where it diverged or the function raised on the way: see its `status`.

    Raises
    ------
    ValueError
        With a sentence, where there is nothing to descend on, or a setting cannot be.
    UnreadableFile
        Where the lesson is a file that cannot be read.
    """
    if optimizer is not None and optimizer not in OPTIMIZERS:
        raise ValueError(f"There is no optimizer {optimizer!r}; there are {', '.join(OPTIMIZERS)}.")
    chosen = {
        "optimizer": optimizer,
        "learning_rate": learning_rate,
        "iterations": iterations,
        "hyperparameters": hyperparameters,
        "schedule": schedule,
        "clipping": clipping,
        "batch_size": batch_size,
        "noise": noise,
        "seed": seed,
    }
    if callable(objective):
        return _descend_on_function(objective, start, chosen)
    return _descend_on_lesson(objective, dict(start or {}), chosen, call, timeout)


def _descend_on_function(function: Callable[..., Any], start: object, chosen: Mapping[str, Any]) -> Descent:
    # TensorFlow is imported with the first function that is descended on.
    from tapeviz.engine.function_descent import descend_on, function_objective, landscape_of

    settings = DescentDefaults().chosen(**chosen)
    if problem := settings_problem(settings):
        raise ValueError(problem)
    objective = function_objective(function, start)
    facts = objective.facts()
    if problem := settings_problem(settings, facts):
        raise ValueError(problem)
    trajectory = descend_on(objective, settings)

    def draw() -> DescentState:
        picture = pictured(facts, [trajectory])
        assert picture.plane is not None
        assert picture.extent is not None
        landscape = landscape_of(objective, picture.plane, picture.extent, resolution_of(picture))
        return replace(picture, landscape=landscape)

    return Descent(objective=facts, trajectory=trajectory, draw=draw)


def _descend_on_lesson(
    lesson: str | Path, start: Mapping[str, Any], chosen: Mapping[str, Any], call: int, timeout: float | None
) -> Descent:
    name, text, folder = _lesson(lesson)
    defaults = settings_of(text).descent
    settings = defaults.chosen(**chosen)
    if problem := settings_problem(settings):
        raise ValueError(problem)
    start = defaults.racer(settings.optimizer).start | dict(start)
    request = RunLesson(generation=1, name=name, text=text, folder=folder, timeout=timeout, seed=settings.seed or None)
    with LessonRunner() as runner:
        recording = runner.run(request)
        if recording.errors and not recording.gradient_calls:
            raise ValueError(f"{name}: {recording.errors[0].message}")
        facts, raced = descend_on_call(runner, recording, 1, call, settings, start, timeout=timeout)
        (trajectory,) = raced.trajectories
        if raced.problem or not trajectory.count:
            raise ValueError(raced.problem or trajectory.status.sentence)
        if raced.cut_short:
            picture = pictured(facts, [trajectory])
        else:
            picture = picture_of(runner, 1, call, facts, [trajectory], is_log_level=defaults.log_levels)
    return Descent(objective=facts, trajectory=trajectory, draw=lambda: picture)


def _lesson(lesson: str | Path) -> tuple[str, str, str | None]:
    """Give the name, the text and the folder of a lesson."""
    if isinstance(lesson, str) and "\n" in lesson:
        return "lesson.py", lesson, None
    path = Path(lesson)
    return path.name, read_lesson(path), str(path.resolve().parent)


def load(path: str | Path) -> Recording:
    """Read a recording file; nothing in it is executed.

    Raises
    ------
    UnreadableFile
        Where it is no recording, damaged, hostile, or of a newer version.
    """
    recording, _ = load_recording(Path(path))
    return recording


def show(recording: Recording) -> int:
    """Open a recording in the window, and return when the window is closed."""
    from tapeviz.app import open_window

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{Path(recording.source.name).stem}.tape"
        save_recording(path, recording, {})
        return open_window(path)
