"""Who races, and what is typed about them."""

from __future__ import annotations

import numpy as np
import pytest

from tapeviz.commands import descent, descent_landscape, descent_setup
from tapeviz.model.descent import Clipping, ObjectiveFacts, Schedule
from tapeviz.model.descent_state import MAX_RACERS
from tapeviz.model.planes import places_on
from tapeviz.model.state import AppState
from tapeviz.protocol.requests import StartRace, SteerRace
from tests.commands.descent_states import computed, described, parameter


def typed(state: AppState, name: str, text: str) -> AppState:
    return descent_setup.type_setting(state, look=0, name=name, text=text).state


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("learning_rate", "fast", "`fast` is no number: type a learning rate such as 0.1 or 1e-3."),
        ("learning_rate", "-0.1", "A learning rate is above 0: with 0 nothing moves, below it goes uphill."),
        ("learning_rate", "", "Something is missing here: type a learning rate such as 0.1 or 1e-3."),
        ("start", "20, 0", "x = 20 lies outside of its domain: choose x from −10 to 10."),
        ("start", "1", "2 numbers are needed (x, y), with commas between them; here are 1."),
        ("start", "1, east", "`east` is no number: type a number for y."),
        ("batch_size", "8", "No data was found in this objective that mini-batches could be drawn from"),
        ("noise", "-1", "A standard deviation is not below 0: type 0 for no noise."),
        ("seed", "1.5", "`1.5` is no whole number: type one for the seed."),
        ("hyperparameters.epsilon", "tiny", "`tiny` is no number: type epsilon"),
    ],
)
def test_what_cannot_be_stays_where_it_was_typed_with_the_reason(name: str, text: str, sentence: str) -> None:
    state = descent_setup.set_optimizer(described(), look=0, optimizer="adam").state
    state = typed(state, name, text)
    entry = state.descent.entries[0, name]
    assert entry.text == text
    assert entry.problem.startswith(sentence)
    assert (
        state.descent.racers == descent_setup.set_optimizer(described(), look=0, optimizer="adam").state.descent.racers
    )


def test_what_is_mended_is_taken() -> None:
    state = typed(typed(described(), "learning_rate", "fast"), "learning_rate", "1/8")
    assert state.descent.entries == {}
    assert state.descent.racers[0].settings.learning_rate == 0.125


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("10^9", "10^9 iterations are too many to be kept: type 1\u2009000\u2009000 or fewer."),
        ("0", "At least 1 iteration is needed: type a larger number."),
        ("many", "`many` is no number: type a whole number for iterations."),
    ],
)
def test_so_many_iterations_as_can_be_kept(text: str, sentence: str) -> None:
    state = descent_setup.type_iterations(described(), text=text).state
    entry = state.descent.entries[descent_setup.OF_ALL, "iterations"]
    assert (entry.text, entry.problem) == (text, sentence)
    assert state.descent.iterations == 1000
    assert descent_setup.type_iterations(state, text="1e4").state.descent.iterations == 10_000


def test_batches_are_drawn_from_the_data_there_is() -> None:
    fit = ObjectiveFacts(title="loss", parameters=(parameter("w", 0.0),), value=1.0, examples=100)
    state = typed(described(fit), "batch_size", "32")
    assert state.descent.racers[0].settings.batch_size == 32
    assert typed(state, "batch_size", "101").descent.entries[0, "batch_size"].problem.startswith("The data has 100")
    assert typed(state, "batch_size", "all").descent.racers[0].settings.batch_size is None


def test_a_steered_rate_counts_from_this_iterate_on_and_otherwise_from_the_start() -> None:
    racing = computed(descent.restart(described()).state, 0, 0, 11)
    steered = descent_setup.set_rate(racing, look=0, rate=0.01)
    assert steered.request == SteerRace(race=racing.descent.race, until=None, pace=None, rates=(0.01,))
    over = computed(racing, 0, 11, 1, "converged")
    anew = descent_setup.set_rate(over, look=0, rate=0.01)
    assert isinstance(anew.request, StartRace)
    assert anew.request.racers[0].learning_rate == 0.01
    assert anew.state.descent.shown == 11, "the clock stays where it is"


def test_a_rate_that_is_dragged_after_the_race_counts_from_the_start_at_each_of_its_values() -> None:
    racing = descent_setup.compare_rates(descent.restart(described()).state).state
    for racer in range(4):
        racing = computed(racing, racer, 0, 11, "exhausted")
    dragged = descent_setup.set_rate(descent.go_to(racing, iterate=5).state, look=0, rate=0.02)
    for rate in (0.03, 0.04):
        partly = computed(dragged.state, 1, 0, 3)
        dragged = descent_setup.set_rate(partly, look=0, rate=rate)
        assert isinstance(dragged.request, StartRace), "not from an iterate that nobody chose"
        assert dragged.request.racers[0].learning_rate == rate
        assert dragged.request.until is None, "as far as it was: to the end"


def test_where_the_lesson_stands_is_said_in_the_digits_of_its_dtype() -> None:
    tenths = ObjectiveFacts(title="f", parameters=(parameter("w", [0.4, -0.1, 1e-30]),), value=1.0)
    start = descent.lesson_start(tenths)
    assert start == (0.4, -0.1, 1e-30)
    assert (np.asarray(start, np.float32) == tenths.parameters[0].start.array).all()


def test_optimizers_are_lined_up_from_one_start() -> None:
    state = typed(described(), "start", "1, 2")
    state = descent_setup.compare_optimizers(state).state
    lined = [(racer.look, racer.settings.optimizer, racer.settings.start) for racer in state.descent.racers]
    names = ("sgd", "momentum", "rmsprop", "adam")
    assert lined == [(look, name, (1.0, 2.0)) for look, name in enumerate(names)]


def test_learning_rates_are_lined_up() -> None:
    state = descent_setup.compare_rates(described()).state
    assert [racer.settings.learning_rate for racer in state.descent.racers] == [0.01, 0.03, 0.1, 0.3]


def test_starts_are_lined_up_within_what_is_seen() -> None:
    state = descent_setup.compare_starts(described()).state
    plane, extent = state.descent.plane, state.descent.extent
    assert plane is not None
    assert extent is not None
    places = places_on(plane, [racer.settings.start for racer in state.descent.racers])  # type: ignore[arg-type]
    assert len({tuple(place) for place in places}) == 4
    assert ((places > extent.low) & (places < extent.high)).all()


def test_racers_come_and_go_and_keep_their_looks() -> None:
    state = described()
    for _ in range(MAX_RACERS + 2):
        state = descent_setup.add_racer(state).state
    assert [racer.look for racer in state.descent.racers] == list(range(MAX_RACERS))
    state = descent_setup.remove_racer(state, look=2).state
    assert [racer.look for racer in state.descent.racers] == [0, 1, 3, 4, 5, 6, 7]
    state = descent_setup.add_racer(state).state
    assert state.descent.racers[-1].look == 2
    assert state.descent.selected == 2
    assert descent_setup.next_racer(state).state.descent.selected == 0


def test_the_last_racer_stays() -> None:
    assert len(descent_setup.remove_racer(described()).state.descent.racers) == 1


def test_a_start_that_is_dragged_takes_those_of_the_same_place_along_and_races_on() -> None:
    state = descent_setup.add_racer(described()).state
    state = computed(descent.restart(state).state, 0, 0, 5, "converged")
    outcome = descent_setup.move_start(state, position=(1.0, 0.5))
    assert [racer.settings.start for racer in outcome.state.descent.racers] == [(1.0, 0.5)] * 2
    assert isinstance(outcome.request, StartRace)
    alone = typed(outcome.state, "start", "2, 2")
    moved = descent_setup.move_start(alone, position=(0.0, 0.0), look=1).state
    assert [racer.settings.start for racer in moved.descent.racers] == [(2.0, 2.0), (0.0, 0.0)]


def test_a_start_that_is_dragged_out_of_the_domain_stays_and_says_so() -> None:
    state = descent_setup.move_start(described(), position=(11.0, 0.0)).state
    assert state.descent.racers[0].settings.start == ()
    assert "outside of its domain" in state.descent.entries[0, "start"].problem


def test_hyperparameters_schedules_and_clipping_are_set_by_their_names() -> None:
    state = descent_setup.set_optimizer(described(), look=0, optimizer="adam").state
    state = typed(state, "hyperparameters.beta_1", "0.5")
    state = descent_setup.set_switch(state, look=0, name="hyperparameters.amsgrad", is_on=True).state
    state = descent_setup.set_schedule(state, look=0, kind="cosine").state
    state = typed(state, "schedule.decay_steps", "200")
    state = descent_setup.set_clipping(state, look=0, kind="norm").state
    state = typed(state, "clipping", "2")
    settings = state.descent.racers[0].settings
    assert settings.hyperparameters == {"beta_1": 0.5, "amsgrad": 1.0}
    assert settings.schedule == Schedule(kind="cosine", numbers={"decay_steps": (200.0,)})
    assert settings.clipping == Clipping(kind="norm", limit=2.0)
    state = typed(state, "hyperparameters.beta_1", "2")
    assert state.descent.entries[0, "hyperparameters.beta_1"].problem == "beta_1 lies between 0 and 1; 2 does not."
    plain = descent_setup.set_optimizer(state, look=0, optimizer="sgd").state
    assert plain.descent.racers[0].settings.hyperparameters == {}
    assert plain.descent.entries == {}


def test_a_piecewise_schedule_begins_with_numbers_of_its_own() -> None:
    state = descent_setup.set_schedule(described(), look=0, kind="piecewise").state
    assert state.descent.racers[0].settings.schedule == Schedule(
        kind="piecewise", numbers={"boundaries": (500.0,), "values": (0.1, 0.01)}
    )
    state = typed(state, "schedule.boundaries", "100, 200")
    assert state.descent.racers[0].settings.schedule.numbers["boundaries"] == (100.0, 200.0)  # type: ignore[union-attr]


def test_what_is_looked_at_is_zoomed_and_fitted() -> None:
    state = described()
    near = descent_landscape.zoom(state, factor=0.5).state.descent.extent
    assert near is not None
    assert (near.low, near.high) == ((-5.0, -3.5), (5.0, -0.5))
    raced = computed(descent.restart(state).state, 0, 0, 5)
    fitted = descent_landscape.fit_landscape(raced).state.descent.extent
    assert fitted is not None
    assert fitted.low[0] < 0.0 < 4.0 < fitted.high[0] < 10.0
    assert descent_landscape.reset_landscape(raced).state.descent.extent == state.descent.extent
    assert descent_landscape.look_at(state, low=(1.0, 1.0), high=(1.0, 2.0)).state is state
