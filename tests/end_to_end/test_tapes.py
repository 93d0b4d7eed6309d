"""The list of tapes in the window: it follows what is shown, and points at ops in the picture and in the script."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTreeWidgetItem, QTreeWidgetItemIterator

from tests.end_to_end.conftest import Lecturer

LESSON = """import tensorflow as tf
x = tf.Variable(2.0)
c = tf.constant(3.0)
with tf.GradientTape() as tape:
    unused = c * 4.0
    y = tf.sin(x * c)
tape.gradient(y, x)
with tf.GradientTape() as other:
    z = tf.exp(x)
other.gradient(z, x)
"""


def rows(lecturer: Lecturer) -> list[QTreeWidgetItem]:
    found = []
    walk = QTreeWidgetItemIterator(lecturer.window.centre.tapes.tree)
    while (row := walk.value()) is not None:
        found.append(row)
        walk += 1
    return found


def row_of(lecturer: Lecturer, beginning: str) -> QTreeWidgetItem:
    return next(row for row in rows(lecturer) if row.text(0).startswith(beginning))


def test_rows_point_at_nodes_and_lines_also_of_another_tape(lecturer: Lecturer) -> None:
    lecturer.run_text(LESSON)
    lecturer.press(Qt.Key.Key_5, Qt.KeyboardModifier.AltModifier)
    assert lecturer.state.view.tab == "tapes"
    tree = lecturer.window.centre.tapes.tree
    heads = [top.text(0) for place in range(tree.topLevelItemCount()) if (top := tree.topLevelItem(place))]
    assert [head.split(" · ")[0] for head in heads] == ["Tape on line 4", "Tape on line 8"]
    tree.setCurrentItem(row_of(lecturer, "c"))
    lecturer.program.store.tell()
    assert lecturer.state.selection.node == "constant:c"
    tree.setCurrentItem(row_of(lecturer, "×   Mul"))
    lecturer.program.store.tell()
    assert lecturer.state.selection.node is None  # it is no part of the picture, but of the script
    op = lecturer.state.selection.op
    assert op is not None
    assert lecturer.state.shown is not None
    assert lecturer.state.shown.ops[op].line == 5
    tree.setCurrentItem(row_of(lecturer, "z"))
    lecturer.program.store.tell()
    assert lecturer.state.subject is not None
    assert lecturer.state.subject.call == 1
    assert lecturer.state.selection.node is not None
    lecturer.do("selection.select_node", node=None)


def test_letters_have_the_same_size_whichever_theme_is_shown_first(lecturer: Lecturer) -> None:
    tabs = lecturer.window.centre.tabs
    before = tabs.sizeHint().width()
    lecturer.do("view.set_theme", theme="dark")
    lecturer.do("view.set_theme", theme="light")
    assert tabs.fontInfo().pixelSize() == 13
    assert tabs.sizeHint().width() == before
