"""The inspector's blocks: what is said is what is shown, typeset where it can be."""

from __future__ import annotations

import re

import numpy as np
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from tapeviz.model.explanation import Row, Section
from tapeviz.model.state import AppState, ViewState
from tapeviz.model.tensor import TensorValue, value_of_array
from tapeviz.ui.inspector.formula_image import formula_image
from tapeviz.ui.inspector.sections import RichLabel, SectionView
from tapeviz.ui.theme import dress_of

DRESS = dress_of(AppState().view)


def nothing(tensor: int) -> TensorValue | None:
    return None


def text_of(view: SectionView) -> str:
    html = " ".join(label.text() for label in view.findChildren(RichLabel))
    return re.sub(r"<[^>]*>", "", html)


def test_rows_and_notes_are_shown_with_signs_that_html_would_eat(qtbot: QtBot) -> None:
    view = SectionView()
    qtbot.addWidget(view)
    section = Section(
        title="Backward", tone="backward", rows=(Row(label="x < y & z", number="−2.000"),), notes=("a <b> c",)
    )
    view.show_section(section, DRESS, nothing, has_rule=True)
    shown = text_of(view)
    assert "x &lt; y &amp; z" in shown
    assert "−2.000" in shown
    assert "a &lt;b&gt; c" in shown


def test_a_block_shown_again_holds_nothing_of_the_one_before(qtbot: QtBot) -> None:
    view = SectionView()
    qtbot.addWidget(view)
    view.show_section(
        Section(title="Forward", tone="forward", formula="6 × 3 = 18", latex="x^2"), DRESS, nothing, has_rule=False
    )
    view.show_section(Section(title="Sum at y", tone="plain", is_card=True), DRESS, nothing, has_rule=True)
    assert "18" not in text_of(view)
    assert "Sum at y" in text_of(view)


def test_a_small_matrix_is_written_out(qtbot: QtBot) -> None:
    matrix = value_of_array(np.array([[1.0, -2.0], [0.5, 10.0]], dtype=np.float32))
    view = SectionView()
    qtbot.addWidget(view)
    row = Row(label="comes in", number="2×2 · norm 10.26", tensor=7)
    view.show_section(Section(title="Backward", tone="backward", rows=(row,)), DRESS, {7: matrix}.get, has_rule=False)
    shown = text_of(view).replace("&nbsp;", " ")
    assert "[ 1.000 −2.000]" in shown
    assert "[0.5000  10.00]" in shown
    assert "norm" not in shown


def test_text_grows_with_the_text_size() -> None:
    assert dress_of(ViewState(text_scale=2.0)).px(13) == 26
    assert dress_of(ViewState(is_presenting=True)).px(13) > 13


def test_a_formula_that_cannot_be_set_leaves_its_plain_spelling(qtbot: QtBot) -> None:
    assert formula_image("", "#000000", 15, 1.0) is None
    view = SectionView()
    qtbot.addWidget(view)
    view.show_section(
        Section(title="Symbolic", tone="accent", formula="2x", latex=r"\frac{"), DRESS, nothing, has_rule=False
    )
    assert "2x" in text_of(view)


def test_a_formula_offers_itself_and_its_numbers_as_latex(qtbot: QtBot) -> None:
    view = SectionView()
    qtbot.addWidget(view)
    section = Section(title="Backward", tone="backward", latex=r"\bar{y} = \bar{z} \cdot u", chain=r"1 \cdot 6 = 6")
    view.show_section(section, DRESS, nothing, has_rule=False)
    menu = view.latex_menu()
    assert menu is not None
    offered = [action for action in menu.actions() if not action.isSeparator()]
    assert [action.text() for action in offered] == ["Copy LaTeX", "Copy LaTeX with Numbers", "Copy All LaTeX"]
    offered[1].trigger()
    assert QGuiApplication.clipboard().text() == r"1 \cdot 6 = 6"
    with qtbot.waitSignal(view.all_wanted):
        offered[-1].trigger()


def test_a_block_without_a_formula_offers_nothing(qtbot: QtBot) -> None:
    view = SectionView()
    qtbot.addWidget(view)
    view.show_section(Section(title="Value", tone="forward"), DRESS, nothing, has_rule=False)
    assert view.latex_menu() is None
