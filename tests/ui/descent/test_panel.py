"""The panel of a race: what is typed, chosen and dragged there, and what it shows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tapeviz.commands import descent
from tapeviz.model.descent import ObjectiveFacts
from tapeviz.model.descent_words import descent_caption
from tapeviz.model.state import AppState
from tapeviz.protocol.requests import Request, StartRace, SteerRace
from tapeviz.ui.descent.clock_bar import ClockBar
from tapeviz.ui.descent.descent_panel import DescentPanel
from tapeviz.ui.store import Store
from tests.commands.descent_states import computed, described, parameter, recorded


class Desk:
    """A panel and a clock on a store, and what was asked of the engine."""

    def __init__(self, qtbot: QtBot, state: AppState) -> None:
        self.asked: list[Request] = []
        self.store = Store(state, self.asked.append)  # type: ignore[arg-type]
        self.panel = DescentPanel(self.store)
        self.clock = ClockBar(self.store)
        for widget, size in ((self.panel, (300, 900)), (self.clock, (900, 44))):
            qtbot.addWidget(widget)
            widget.resize(*size)
            widget.apply(None, state)
            widget.show()
            self.store.changed.connect(widget.apply)

    def answer(self, step) -> None:  # type: ignore[no-untyped-def]
        """Let the engine say something."""
        from tapeviz.commands.outcome import Outcome

        self.store.take(lambda state: Outcome(state=step(state)))
        self.store.tell()

    def type_into(self, field: QWidget, text: str) -> None:
        field.setFocus()
        QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Return)
        self.store.tell()


@pytest.fixture
def desk(qtbot: QtBot) -> Iterator[Desk]:
    yield Desk(qtbot, described())


def test_without_an_objective_the_panel_says_what_is_missing(qtbot: QtBot) -> None:
    desk = Desk(qtbot, recorded())
    assert "looks for the function" in descent_caption(desk.store.state).text
    assert not desk.panel.cards[0].isVisible()


def test_fast_is_no_learning_rate_and_stays_in_the_field(desk: Desk) -> None:
    card = desk.panel.cards[0]
    desk.type_into(card.rate, "fast")
    assert card.rate.text() == "fast"
    assert card.rate.problem.isVisible()
    assert card.rate.problem.text() == "`fast` is no number: type a learning rate such as 0.1 or 1e-3."
    assert card.rate.accessibleDescription() == card.rate.problem.text()
    desk.type_into(card.rate, "0.25")
    assert not card.rate.problem.isVisible()
    assert desk.store.state.descent.racers[0].settings.learning_rate == 0.25


def test_escape_gives_up_what_was_typed(desk: Desk) -> None:
    card = desk.panel.cards[0]
    desk.type_into(card.rate, "fast")
    QTest.keyClick(card.rate, Qt.Key.Key_Escape)
    desk.store.tell()
    assert (card.rate.text(), card.rate.problem.text()) == ("0.1", "")


def test_so_many_iterations_are_refused_where_they_were_typed(desk: Desk) -> None:
    desk.type_into(desk.panel.iterations, "10^9")
    assert desk.panel.iterations.problem.text().startswith("10^9 iterations are too many")
    assert desk.panel.iterations.text() == "10^9"


def test_a_start_outside_of_the_domain_is_refused_where_it_was_typed(desk: Desk) -> None:
    card = desk.panel.cards[0]
    assert card.start.text() == "-5, -2"
    desk.type_into(card.start, "50, 0")
    assert card.start.problem.text() == "x = 50 lies outside of its domain: choose x from −10 to 10."


def test_the_slider_steers_a_race_that_runs(desk: Desk) -> None:
    desk.store.execute("descent.restart")
    desk.answer(lambda state: computed(state, 0, 0, 5))
    card = desk.panel.cards[0]
    card.slider.setFocus()
    QTest.keyClick(card.slider, Qt.Key.Key_Right)
    desk.store.tell()
    request = desk.asked[-1]
    assert isinstance(request, SteerRace)
    assert request.rates == (0.112,)
    assert card.rate.text() == "0.112"


def test_every_racer_has_a_card_and_the_chosen_one_shows_all_there_is_to_set(desk: Desk) -> None:
    QTest.mouseClick(desk.panel.buttons["descent.compare_optimizers"], Qt.MouseButton.LeftButton)
    desk.store.tell()
    assert sorted(desk.panel.cards) == [0, 1, 2, 3]
    assert [card.slider.isVisible() for card in desk.panel.cards.values()] == [True, False, False, False]
    QTest.mouseClick(desk.panel.cards[3], Qt.MouseButton.LeftButton)
    desk.store.tell()
    card = desk.panel.cards[3]
    QTest.mouseClick(card.more, Qt.MouseButton.LeftButton)
    assert {"hyperparameters.beta_1", "hyperparameters.beta_2", "hyperparameters.epsilon", "noise"} <= set(
        card.details.fields
    )
    desk.type_into(card.details.fields["hyperparameters.beta_1"], "0.5")
    assert desk.store.state.descent.racers[3].settings.hyperparameters == {"beta_1": 0.5}
    QTest.keyClick(card.details.switches["hyperparameters.amsgrad"], Qt.Key.Key_Space)
    assert desk.store.state.descent.racers[3].settings.hyperparameters == {"beta_1": 0.5, "amsgrad": 1.0}


def test_a_racer_that_is_chosen_elsewhere_comes_into_sight(desk: Desk, qtbot: QtBot) -> None:
    desk.panel.resize(300, 300)
    desk.store.execute("descent.compare_optimizers")
    desk.store.tell()
    desk.store.execute("descent.select_racer", look=3)
    desk.store.tell()
    card, seen = desk.panel.cards[3], desk.panel.viewport()
    qtbot.waitUntil(lambda: card.slider.isVisible() and card.mapTo(seen, card.rect().bottomLeft()).y() < seen.height())
    assert card.mapTo(seen, card.rect().topLeft()).y() >= 0


def test_schedule_and_clipping_bring_their_numbers(desk: Desk) -> None:
    card = desk.panel.cards[0]
    QTest.mouseClick(card.more, Qt.MouseButton.LeftButton)
    card.details.schedule.setCurrentIndex(card.details.schedule.findData("exponential"))
    card.details.schedule.activated.emit(card.details.schedule.currentIndex())
    desk.store.tell()
    assert card.details.fields["schedule.decay_rate"].text() == "0.9"
    card.details.clipping.setCurrentIndex(card.details.clipping.findData("norm"))
    card.details.clipping.activated.emit(card.details.clipping.currentIndex())
    desk.store.tell()
    desk.type_into(card.details.fields["clipping"], "-1")
    assert card.details.fields["clipping"].problem.isVisible()


def test_mini_batches_are_offered_where_there_is_data(qtbot: QtBot) -> None:
    fit = ObjectiveFacts(title="loss", parameters=(parameter("w", 0.0), parameter("b", 0.0)), value=1.0, examples=100)
    desk = Desk(qtbot, described(fit))
    card = desk.panel.cards[0]
    QTest.mouseClick(card.more, Qt.MouseButton.LeftButton)
    assert "seed" not in card.details.fields
    desk.type_into(card.details.fields["batch_size"], "10")
    assert desk.store.state.descent.racers[0].settings.batch_size == 10
    assert "seed" in card.details.fields


def test_cards_say_where_their_racers_stand_at_the_clock(desk: Desk) -> None:
    desk.store.execute("descent.restart")
    desk.answer(lambda state: computed(state, 0, 0, 5, "converged"))
    card = desk.panel.cards[0]
    assert "f = 0.2000" in card.numbers.text().replace("&nbsp;", " ")
    assert "converged" in card.numbers.text()
    desk.store.execute("descent.go_to", iterate=1)
    desk.store.tell()
    assert "f = 0.5000" in card.numbers.text()
    assert "on its way" in card.numbers.text()


def test_the_clock_goes_where_it_is_clicked_and_by_keys(desk: Desk) -> None:
    assert not desk.clock.isEnabled()
    desk.store.execute("descent.restart")
    desk.answer(lambda state: computed(state, 0, 0, 101, "converged"))
    assert (desk.clock.maximum(), desk.clock.value()) == (100, 100)
    place = desk.clock.rect().center()
    place.setX(round(desk.clock.place_of(30)))
    QTest.mouseClick(desk.clock, Qt.MouseButton.LeftButton, pos=place)
    assert desk.store.state.descent.shown == 30
    QTest.keyClick(desk.clock, Qt.Key.Key_Left)
    assert desk.store.state.descent.shown == 29
    desk.store.tell()
    assert desk.clock.accessibleDescription() == "iterate 29 of 100"


def test_what_takes_no_part_here_is_not_offered(qtbot: QtBot, desk: Desk) -> None:
    visible = {command for command, switch in desk.panel.landscape.switches.items() if switch.isVisible()}
    assert "descent.toggle_field" in visible
    assert "descent.toggle_parabola" not in visible
    assert not desk.panel.landscape.axes[0].isVisible(), "of two variables there is one plane of coordinates"
    model = ObjectiveFacts(title="loss", parameters=(parameter("w", [1.0, 2.0, 3.0]),), value=1.0)
    many = Desk(qtbot, described(model)).panel.landscape
    assert many.axes[1].currentText() == "w[1]"


def test_another_axis_is_another_plane(qtbot: QtBot) -> None:
    model = ObjectiveFacts(title="loss", parameters=(parameter("w", [1.0, 2.0, 3.0]),), value=1.0)
    desk = Desk(qtbot, described(model))
    axis = desk.panel.landscape.axes[1]
    axis.setCurrentIndex(2)
    axis.activated.emit(2)
    plane = desk.store.state.descent.plane
    assert plane is not None
    assert plane.titles == ("w[0]", "w[2]")
    assert plane.origin == (0.0, 2.0, 0.0)


def test_everything_has_a_name_for_screen_readers(desk: Desk) -> None:
    desk.store.execute("descent.compare_optimizers")
    desk.store.tell()
    nameless = [
        type(widget).__name__
        for widget in desk.panel.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible()
        if not widget.accessibleName() and not getattr(widget, "text", lambda: "")()
    ]
    assert nameless == []


def test_a_race_is_started_from_its_start(desk: Desk) -> None:
    desk.type_into(desk.panel.cards[0].start, "1, 1")
    desk.store.execute("descent.toggle_run")
    request = desk.asked[-1]
    assert isinstance(request, StartRace)
    assert request.racers[0].start == (1.0, 1.0)
    assert descent.can_race(desk.store.state)


def test_nothing_in_the_panel_is_cut_off_at_its_side(qtbot: QtBot, desk: Desk) -> None:
    desk.store.execute("descent.compare_optimizers")
    desk.store.tell()
    body = desk.panel.widget()
    assert body is not None
    qtbot.waitUntil(lambda: desk.panel.minimumWidth() >= body.minimumSizeHint().width())
    desk.panel.resize(1, 900)
    assert desk.panel.viewport().width() >= body.minimumSizeHint().width()


def test_numbers_of_a_race_that_ended_are_its_last(desk: Desk) -> None:
    """While a race runs numbers change as often as they can be read; what comes within that time is not lost."""
    desk.store.execute("descent.restart")
    for first in range(0, 40, 4):
        desk.answer(lambda state, first=first: computed(state, 0, first, 4))
    desk.answer(lambda state: computed(state, 0, 40, 1, "converged"))
    assert "f = 0.02439" in desk.panel.cards[0].numbers.text(), "1/41"
