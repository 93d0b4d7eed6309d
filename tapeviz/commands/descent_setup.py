"""Who races, and how: racers, their optimizers, and what is typed about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from tapeviz.commands.command import Command
from tapeviz.commands.descent import again, can_race, settings_to_run, steering
from tapeviz.commands.outcome import Outcome
from tapeviz.model.descent import (
    Clipping,
    ClippingKind,
    DescentSettings,
    ObjectiveFacts,
    OptimizerName,
    Schedule,
    ScheduleKind,
)
from tapeviz.model.descent_entries import EntryError, plain, read_iterations, read_setting, start_problem
from tapeviz.model.descent_state import MAX_RACERS, DescentState, Racer, TypedEntry
from tapeviz.model.planes import position_on
from tapeviz.model.state import AppState

OF_ALL = -1
"""Stands for no racer in particular among what was typed."""

COMPARED_OPTIMIZERS: tuple[OptimizerName, ...] = ("sgd", "momentum", "rmsprop", "adam")
COMPARED_RATES = (0.1, 0.3, 1.0, 3.0)
"""Times the learning rate of the racer that is looked at."""

COMPARED_STARTS = ((0.15, 0.2), (0.85, 0.8), (0.15, 0.8), (0.85, 0.2))
"""Where in the extent that is looked at, as shares of it."""


def _changed(state: AppState, descent: DescentState) -> Outcome:
    return again(state, descent)


def select_racer(state: AppState, *, look: int) -> Outcome:
    """Look at another racer."""
    if look == state.descent.selected or all(racer.look != look for racer in state.descent.racers):
        return Outcome(state=state)
    return Outcome(state=replace(state, descent=replace(state.descent, selected=look)))


def next_racer(state: AppState) -> Outcome:
    """Look at the next racer, and after the last at the first."""
    looks = [racer.look for racer in state.descent.racers]
    place = looks.index(state.descent.racer.look)
    return select_racer(state, look=looks[(place + 1) % len(looks)])


def _free_looks(racers: Sequence[Racer]) -> list[int]:
    taken = {racer.look for racer in racers}
    return [look for look in range(MAX_RACERS) if look not in taken]


def can_add_racer(state: AppState) -> bool:
    """Hold where another racer could still be told apart."""
    return state.descent.objective is not None and len(state.descent.racers) < MAX_RACERS


def add_racer(state: AppState) -> Outcome:
    """Set up one more racer, as the one that is looked at but with the next optimizer."""
    descent = state.descent
    if not can_add_racer(state):
        return Outcome(state=state)
    look = _free_looks(descent.racers)[0]
    taken = {racer.settings.optimizer for racer in descent.racers}
    order: tuple[OptimizerName, ...] = (*COMPARED_OPTIMIZERS, "nesterov", "adagrad", "nadam", "newton")
    optimizer = next((name for name in order if name not in taken), descent.racer.settings.optimizer)
    settings = replace(descent.racer.settings, optimizer=optimizer, hyperparameters={})
    racers = (*descent.racers, Racer(look=look, settings=settings))
    return _changed(state, replace(descent, racers=racers, selected=look))


def remove_racer(state: AppState, *, look: int | None = None) -> Outcome:
    """Take a racer away: the one that is looked at, where none is named."""
    descent = state.descent
    gone = descent.selected if look is None else look
    racers = tuple(racer for racer in descent.racers if racer.look != gone)
    if not racers or len(racers) == len(descent.racers):
        return Outcome(state=state)
    entries = {place: entry for place, entry in descent.entries.items() if place[0] != gone}
    selected = racers[0].look if descent.selected == gone else descent.selected
    return _changed(state, replace(descent, racers=racers, entries=entries, selected=selected))


def can_remove_racer(state: AppState) -> bool:
    """Hold where one racer would be left."""
    return state.descent.objective is not None and len(state.descent.racers) > 1


def _lined_up(state: AppState, settings: Sequence[DescentSettings]) -> Outcome:
    """Set up racers anew, one for each settings; the first is looked at."""
    racers = tuple(Racer(look=look, settings=each) for look, each in enumerate(settings))
    entries = {place: entry for place, entry in state.descent.entries.items() if place[0] == OF_ALL}
    return _changed(state, replace(state.descent, racers=racers, entries=entries, selected=0))


def compare_optimizers(state: AppState) -> Outcome:
    """Line up gradient descent, momentum, RMSprop and Adam: same start, same learning rate."""
    own = state.descent.racer.settings
    return _lined_up(state, [replace(own, optimizer=name, hyperparameters={}) for name in COMPARED_OPTIMIZERS])


def compare_rates(state: AppState) -> Outcome:
    """Line up four learning rates of the optimizer that is looked at: same start."""
    own = state.descent.racer.settings
    return _lined_up(
        state, [replace(own, learning_rate=float(f"{own.learning_rate * times:.3g}")) for times in COMPARED_RATES]
    )


def compare_starts(state: AppState) -> Outcome:
    """Line up four starts of the optimizer that is looked at, spread over what is seen of the landscape."""
    descent = state.descent
    plane, extent = descent.plane, descent.extent
    if plane is None or extent is None:
        return Outcome(state=state)
    starts = []
    for shares in COMPARED_STARTS:
        ends = zip(extent.low, extent.high, shares, strict=False)
        starts.append(position_on(plane, [float(f"{low + share * (high - low):.3g}") for low, high, share in ends]))
    return _lined_up(state, [replace(descent.racer.settings, start=start) for start in starts])


def move_start(state: AppState, *, position: tuple[float, ...], look: int | None = None) -> Outcome:
    """Let a racer begin elsewhere, and with it all that begin at the same place."""
    descent = state.descent
    if descent.objective is None:
        return Outcome(state=state)
    moved = descent.racer if look is None else next(racer for racer in descent.racers if racer.look == look)
    if problem := start_problem(position, descent.objective):
        entry = TypedEntry(text=", ".join(map(plain, position)), problem=problem)
        return Outcome(state=_with_entry(state, (moved.look, "start"), entry))
    before = settings_to_run(descent, moved).start
    together = [racer for racer in descent.racers if settings_to_run(descent, racer).start == before]
    for racer in together:
        descent = descent.with_racer(replace(racer, settings=replace(racer.settings, start=position)))
    places = {(racer.look, "start") for racer in together}
    entries = {place: entry for place, entry in descent.entries.items() if place not in places}
    return _changed(state, replace(descent, entries=entries))


def _with_entry(state: AppState, place: tuple[int, str], entry: TypedEntry | None) -> AppState:
    entries = {key: value for key, value in state.descent.entries.items() if key != place}
    if entry is not None:
        entries[place] = entry
    return replace(state, descent=replace(state.descent, entries=entries))


def type_setting(state: AppState, *, look: int, name: str, text: str) -> Outcome:
    """Take what was typed about a racer; what cannot be stays where it stands, with the sentence that says why."""
    descent = state.descent
    racer = next(racer for racer in descent.racers if racer.look == look)
    try:
        settings = read_setting(racer.settings, name, text, descent.objective)
    except EntryError as error:
        return Outcome(state=_with_entry(state, (look, name), TypedEntry(text=text, problem=str(error))))
    understood = _with_entry(state, (look, name), None)
    if settings == racer.settings:
        return Outcome(state=understood)
    if name == "learning_rate":
        return set_rate(understood, look=look, rate=settings.learning_rate)
    return _changed(understood, understood.descent.with_racer(replace(racer, settings=settings)))


def type_iterations(state: AppState, *, text: str) -> Outcome:
    """Take how many iterations there are to be at most."""
    try:
        iterations = read_iterations(text)
    except EntryError as error:
        return Outcome(state=_with_entry(state, (OF_ALL, "iterations"), TypedEntry(text=text, problem=str(error))))
    understood = _with_entry(state, (OF_ALL, "iterations"), None)
    if iterations == state.descent.iterations:
        return Outcome(state=understood)
    return _changed(understood, replace(understood.descent, iterations=iterations))


def set_rate(state: AppState, *, look: int, rate: float) -> Outcome:
    """Give a racer another learning rate: from this iterate on while the race lasts, from the start when it is over."""
    state = _with_entry(state, (look, "learning_rate"), None)
    descent = state.descent
    racer = next(racer for racer in descent.racers if racer.look == look)
    changed = descent.with_racer(replace(racer, settings=replace(racer.settings, learning_rate=rate)))
    path = descent.trajectory_of(look)
    is_on_its_way = path is not None and path.status.kind == "running" and not descent.is_shown_anew
    if not is_on_its_way or racer.settings.schedule is not None:
        return _changed(state, changed)
    rates = tuple(rate if other.look == look else None for other in descent.raced)
    return Outcome(state=replace(state, descent=changed), request=steering(changed, rates))


def _set(state: AppState, look: int, change: Callable[[DescentSettings], DescentSettings], gone: str) -> Outcome:
    """Change a racer's settings; what was typed and not understood of what is gone goes with it."""
    descent = state.descent
    racer = next(racer for racer in descent.racers if racer.look == look)
    settings = change(racer.settings)
    if settings == racer.settings:
        return Outcome(state=state)
    entries = {
        place: entry for place, entry in descent.entries.items() if place[0] != look or not place[1].startswith(gone)
    }
    return _changed(state, replace(descent.with_racer(replace(racer, settings=settings)), entries=entries))


def set_optimizer(state: AppState, *, look: int, optimizer: OptimizerName) -> Outcome:
    """Give a racer another optimizer, with Keras' own hyperparameters."""
    return _set(state, look, lambda own: replace(own, optimizer=optimizer, hyperparameters={}), gone="hyperparameters.")


def set_switch(state: AppState, *, look: int, name: str, is_on: bool) -> Outcome:
    """Turn a hyperparameter on or off that is a switch: ``hyperparameters.amsgrad``, ``schedule.staircase``."""
    return type_setting(state, look=look, name=name, text="1" if is_on else "0")


def set_schedule(state: AppState, *, look: int, kind: ScheduleKind | None) -> Outcome:
    """Let a racer's learning rate follow a schedule, or keep it; the numbers are Keras' own at first."""
    halfway = float(max(1, state.descent.iterations // 2))

    def change(own: DescentSettings) -> DescentSettings:
        if kind is None or (own.schedule is not None and own.schedule.kind == kind):
            return replace(own, schedule=None) if kind is None else own
        rate = own.learning_rate
        numbers = {"boundaries": (halfway,), "values": (rate, rate / 10)} if kind == "piecewise" else {}
        return replace(own, schedule=Schedule(kind=kind, numbers=numbers))

    return _set(state, look, change, gone="schedule.")


def set_clipping(state: AppState, *, look: int, kind: ClippingKind | None) -> Outcome:
    """Clip a racer's gradients, or leave them as they are."""

    def change(own: DescentSettings) -> DescentSettings:
        limit = own.clipping.limit if own.clipping is not None else 1.0
        return replace(own, clipping=None if kind is None else Clipping(kind=kind, limit=limit))

    return _set(state, look, change, gone="clipping")


def fits(start: tuple[float, ...], objective: ObjectiveFacts) -> bool:
    """Whether a start can be one of this objective."""
    return not start or (len(start) == objective.dimension and not start_problem(start, objective))


COMMANDS = (
    Command(
        id="descent.compare_optimizers",
        title="Compare Optimisers",
        tooltip="Gradient descent, momentum, RMSprop and Adam side by side, from one start with one learning rate",
        menu="Descent",
        group=1,
        is_enabled=can_race,
        function=compare_optimizers,
    ),
    Command(
        id="descent.compare_rates",
        title="Compare Learning Rates",
        tooltip="Four learning rates of the selected racer's optimizer side by side",
        menu="Descent",
        group=1,
        is_enabled=can_race,
        function=compare_rates,
    ),
    Command(
        id="descent.compare_starts",
        title="Compare Starts",
        tooltip="Four starts side by side, spread over what is seen of the landscape",
        menu="Descent",
        group=1,
        is_enabled=can_race,
        function=compare_starts,
    ),
    Command(
        id="descent.add_racer",
        title="Add Racer",
        tooltip="Set up one more racer, with another optimizer",
        menu="Descent",
        group=1,
        shortcuts=("Ctrl+Shift+N",),
        is_enabled=can_add_racer,
        function=add_racer,
    ),
    Command(
        id="descent.remove_racer",
        title="Remove Racer",
        tooltip="Take the selected racer away",
        menu="Descent",
        group=1,
        is_enabled=can_remove_racer,
        function=remove_racer,
    ),
    Command(
        id="descent.next_racer",
        title="Next Racer",
        tooltip="Look at the next racer, and after the last at the first",
        menu="Descent",
        group=1,
        shortcuts=("T",),
        is_single_key=True,
        is_enabled=can_remove_racer,
        function=next_racer,
    ),
    Command(id="descent.select_racer", title="Select Racer", tooltip="Look at another racer", function=select_racer),
    Command(id="descent.move_start", title="Move Start", tooltip="Let a racer begin elsewhere", function=move_start),
    Command(
        id="descent.type_setting",
        title="Set",
        tooltip="Take what was typed about a racer, or say why not",
        function=type_setting,
    ),
    Command(
        id="descent.type_iterations",
        title="Iterations",
        tooltip="Take how many iterations there are to be, or say why not",
        function=type_iterations,
    ),
    Command(
        id="descent.set_rate", title="Learning Rate", tooltip="Give a racer another learning rate", function=set_rate
    ),
    Command(
        id="descent.set_optimizer",
        title="Optimizer",
        tooltip="Give a racer another optimizer",
        function=set_optimizer,
    ),
    Command(id="descent.set_switch", title="Switch", tooltip="Turn a hyperparameter on or off", function=set_switch),
    Command(
        id="descent.set_schedule", title="Schedule", tooltip="Let a racer's learning rate change", function=set_schedule
    ),
    Command(id="descent.set_clipping", title="Clipping", tooltip="Clip a racer's gradients", function=set_clipping),
)
