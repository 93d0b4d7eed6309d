"""The pane of sub-steps: what it tells, and what a click on a row does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tapeviz.model.descent_state import DescentState
from tapeviz.model.iterate_rules import numbers_of, rules_of
from tapeviz.model.state import AppState
from tapeviz.paint.fonts import load_fonts
from tapeviz.ui.descent.sub_steps_pane import SubStepsPane
from tapeviz.ui.store import Store
from tests.paint.descent.surfaces import packed
from tests.paint.descent.test_sub_step_arrow import opened_race


def presentable(sub_step: int) -> DescentState:
    """An iteration of Nadam, of ten sub-steps."""
    race = opened_race(0)
    assert race.explained is not None and race.explained.opened is not None
    settings = replace(race.explained.opened.settings, optimizer="nadam")
    kinds = {
        "vector": packed(np.array([1.0, 2.0])),
        "move": packed(np.array([1.0, 2.0])),
        "number": packed(np.array(0.5)),
    }
    results = tuple(kinds[rule.yields] for rule in rules_of(settings, 0))
    numbers = {**numbers_of(settings), "rate": 0.1, "t": 1.0, "rest_1": 0.1, "rest_2": 0.001}
    before = {"m": kinds["vector"], "v": kinds["vector"], "p": kinds["number"]}
    opened = replace(race.explained.opened, settings=settings, results=results, numbers=numbers, before=before)
    return replace(race, explained=replace(race.explained, opened=opened, sub_step=sub_step))


@pytest.fixture
def shown(qtbot: QtBot) -> tuple[SubStepsPane, Store]:
    load_fonts()
    state = AppState(descent=opened_race(0))
    store = Store(replace(state, view=replace(state.view, tab="descent")), lambda _request: None)
    pane = SubStepsPane(store)
    store.changed.connect(pane.apply)
    qtbot.addWidget(pane)
    pane.resize(700, 200)
    pane.show()
    pane.apply(None, store.state)
    return pane, store


def test_it_tells_the_iteration_and_the_sub_step(shown: tuple[SubStepsPane, Store]) -> None:
    pane, _ = shown
    assert [pane.steps.item(row).text() for row in range(pane.steps.count())] == ["1  Gradient", "2  Step", "3  Update"]
    assert pane.headline.text() == "Gradient descent, iteration 1: from (1, −0.5) to (0.2, 0.7)"
    assert pane.caption.text() == "g = ∇f(x, y) = (−1, −1), where f = 1.25"
    assert pane.formula.isVisible()
    assert pane.formula.accessibleName() == r"g_k = \nabla f(\theta_k)"


def test_a_click_on_a_row_and_the_buttons_look_at_another_one(shown: tuple[SubStepsPane, Store]) -> None:
    pane, store = shown
    row = pane.steps.visualItemRect(pane.steps.item(1)).center()
    QTest.mouseClick(pane.steps.viewport(), Qt.MouseButton.LeftButton, pos=row)
    store.tell()
    assert pane.caption.text() == "Δ = −0.1 g = −0.1 × (−1, −1) = (−0.8, 1.2)"
    pane.buttons["descent.next_sub_step"].click()
    store.tell()
    assert pane.steps.currentRow() == 2
    assert pane.caption.text().startswith("θ = θ + Δ = (1, −0.5) + (−0.8, 1.2) = ")
    pane.buttons["descent.previous_sub_step"].click()
    store.tell()
    assert pane.steps.currentRow() == 1


def test_a_long_caption_leaves_the_formula_to_the_one_over_it(shown: tuple[SubStepsPane, Store]) -> None:
    pane, store = shown
    explained = store.state.descent.explained
    assert explained is not None and explained.opened is not None
    wide = np.array([-1.2345678e-5, -1.2345678e-5, 1.2345678e-5, 1.2345678e-5])
    results = tuple(packed(wide * factor) for factor in (1, 2, 3))
    opened = replace(explained.opened, results=results, position=packed(wide), following=packed(wide * 3))
    longer = replace(explained, opened=opened, sub_step=1)
    pane.apply(None, replace(store.state, descent=replace(store.state.descent, explained=longer)))
    assert pane.caption.text().startswith("Δ = −0.1 × (−1.235×10⁻⁵, ")
    assert pane.caption.toolTip().startswith("Δ = −0.1 g = −0.1 × (−1.235×10⁻⁵, ")


def test_a_defect_and_a_problem_are_told(shown: tuple[SubStepsPane, Store]) -> None:
    pane, store = shown
    explained = store.state.descent.explained
    assert explained is not None and explained.opened is not None
    wrong = replace(explained, opened=replace(explained.opened, defect="It does not add up."))
    pane.apply(None, replace(store.state, descent=replace(store.state.descent, explained=wrong)))
    assert pane.words.text() == "It does not add up."
    none = replace(explained, opened=None, problem="The Hessian here is singular.")
    pane.apply(None, replace(store.state, descent=replace(store.state.descent, explained=none)))
    assert pane.headline.text() == "The Hessian here is singular."
    assert pane.steps.count() == 0


def test_it_is_gone_while_nobody_wants_it(shown: tuple[SubStepsPane, Store]) -> None:
    pane, store = shown
    store.execute("descent.toggle_sub_steps")
    store.tell()
    assert not pane.isVisible()


def test_the_list_is_shorter_in_large_letters_and_keeps_the_row_in_sight(shown: tuple[SubStepsPane, Store]) -> None:
    pane, store = shown
    state = replace(store.state, descent=presentable(0))
    pane.apply(None, state)
    assert pane.steps.height() >= 9 * pane.steps.sizeHintForRow(0)
    presented = replace(state, view=replace(state.view, is_presenting=True), descent=presentable(8))
    pane.apply(state, presented)
    assert pane.steps.height() < 7 * pane.steps.sizeHintForRow(0)
    row = pane.steps.visualItemRect(pane.steps.item(8))
    assert pane.steps.viewport().rect().contains(row.center())
