"""Assignments as steps: the old value, how the new one was made, and that the arithmetic is what TensorFlow did."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tapeviz.model.explain import captions
from tapeviz.model.frame import Frames
from tapeviz.model.group_folding import fold_groups
from tapeviz.model.groups import with_groups
from tapeviz.model.timeline import build_timeline
from tests.explain.conftest import Tell, Told

SQUARE = """x = tf.Variable(2.0)
with tf.GradientTape() as tape:
    loss = (x - 5) ** 2
g = tape.gradient(loss, x)
"""


def assigned(told: Told) -> list[str]:
    return [caption.text for caption in told.captions if caption.heading.startswith("Assign")]


def evaluated(text: str) -> tuple[float, float]:
    """Both sides of the equation in a caption, worked out by Python."""
    made, _, now = text.partition(": ")[2].removesuffix(".").partition(",")[0].rpartition(" = ")
    plain = re.sub(r"√(\([^()]*\)|[\d.]+)", r"(\1)**0.5", made)
    for sign, python in (("−", "-"), ("×10⁻⁷", "*1e-7"), ("×", "*"), ("^", "**")):
        plain = plain.replace(sign, python)
    return eval(plain), float(now.replace("−", "-"))


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        ("x.assign_sub(0.1 * g)", "x: 2.000 − 0.1 × (−6.000) = 2.600."),
        ("x.assign_sub(g / 10)", "x: 2.000 − (−6.000 / 10) = 2.600."),
        ("x.assign_add(-g)", "x: 2.000 + (−(−6.000)) = 8.000."),
        ("x.assign(x - 0.1 * g)", "x: 2.000 − 0.1 × (−6.000) = 2.600."),
        ("x.assign(7.0)", "x: 2.000 → 7.000."),
        ("x.assign(float(x) - 1.0)", "x: 2.000 → 1.000."),
        (
            "tf.raw_ops.ResourceApplyGradientDescent(var=x.handle, alpha=0.1, delta=g)",
            "x: 2.000 − 0.1 × (−6.000) = 2.600.",
        ),
    ],
)
def test_a_new_value_is_told_with_the_numbers_it_was_made_of(tell: Tell, statement: str, text: str) -> None:
    assert assigned(tell(SQUARE + statement + "\n")) == [text]


@pytest.mark.parametrize("name", ["SGD", "Adam", "RMSprop", "Adagrad", "SGD(momentum=0.9)"])
def test_what_is_said_of_an_optimizer_adds_up(tell: Tell, name: str) -> None:
    optimizer = f"tf.keras.optimizers.{name.replace('(', '(0.1, ') if '(' in name else name + '(0.1)'}"
    told = tell(f"optimizer = {optimizer}\n{SQUARE}optimizer.apply_gradients([(g, x)])\n")
    (text,) = assigned(told)
    step = told.timeline.steps[-1]
    assert step.update is not None
    left, right = evaluated(text)
    assert left == pytest.approx(right, rel=2e-3)
    assert right == pytest.approx(float(step.update.after.array), rel=1e-3)
    assert text.endswith((", by sgd.", ", by adam.", ", by rm_sprop.", ", by adagrad."))


def test_matrices_stand_by_their_names_and_several_variables_are_several_steps(tell: Tell) -> None:
    told = tell("""W = tf.Variable([[1., 2.], [3., 4.]])
b = tf.Variable([0., 1.])
with tf.GradientTape() as tape:
    loss = tf.reduce_sum((W @ W + b) ** 2)
gradients = tape.gradient(loss, [W, b])
for variable, gradient in zip([W, b], gradients):
    variable.assign_sub(0.1 * gradient)
""")
    of_w, of_b = assigned(told)
    w = np.array([[1.0, 2.0], [3.0, 4.0]])
    out = 2 * (w @ w + [0, 1])
    new = w - 0.1 * (out @ w.T + w.T @ out)
    assert of_w == f"W: W − 0.1 × ∂loss/∂W, norm 5.477 → {np.linalg.norm(new):.2f}."
    assert of_b.startswith("b: [0.000, 1.000] − 0.1 × [")
    assert [caption.heading for caption in told.captions][-2:] == ["Assign 1 of 2", "Assign 2 of 2"]
    assert {caption.tone for caption in told.captions[-2:]} == {"accent"}


def test_the_assignments_of_a_call_end_where_the_next_tape_begins(tell: Tell) -> None:
    text = SQUARE + "x.assign_sub(0.5 * g)\n" + SQUARE.partition("\n")[2] + "x.assign(1.0)\nx.assign(9.0)\n"
    assert assigned(tell(text, call=0)) == ["x: 2.000 − 0.5 × (−6.000) = 5.000."]
    assert assigned(tell(text, call=1)) == ["x: 5.000 → 1.000.", "x: 1.000 → 9.000."]


def test_what_is_no_part_of_the_graph_is_no_step(tell: Tell) -> None:
    told = tell(SQUARE + "other = tf.Variable(1.0)\nother.assign(3.0)\n")
    assert assigned(told) == []
    assert told.timeline.result == told.timeline.last


def test_a_compiled_step_says_from_what_to_what(tell: Tell) -> None:
    told = tell("@tf.function\ndef step(g):\n    x.assign_sub(0.1 * g)\n" + SQUARE + "step(g)\n")
    assert assigned(told) == ["x: 2.000 → 2.600."]


def test_the_inspector_shows_the_update_from_its_step_on(tell: Tell) -> None:
    told = tell(SQUARE + "x.assign_sub(0.1 * g)\n")
    titles = [section.title for section in told.inspect(told.timeline.result, "x").sections]
    assert "Update" not in titles
    shown = told.inspect(told.timeline.last)
    (update,) = [section for section in shown.sections if section.title == "Update"]
    assert update.formula == "2.000 − 0.1 × (−6.000)"
    assert [row.number for row in update.rows] == ["2.000", "2.600"]
    assert update.notes == ("assign_sub, line 7.",)


def test_a_variable_in_a_folded_layer_is_updated_at_the_layer(tell: Tell) -> None:
    told = tell("""tf.keras.utils.set_random_seed(1)
layer = tf.keras.layers.Dense(2)
layer(tf.ones((1, 3)))
with tf.GradientTape() as tape:
    loss = tf.reduce_sum(layer(tf.ones((1, 3))) ** 2)
gradients = tape.gradient(loss, layer.trainable_variables)
tf.keras.optimizers.SGD(0.5).apply_gradients(zip(gradients, layer.trainable_variables))
""")
    whole = with_groups(told.recording, told.graph, "parts")
    (group,) = whole.groups
    graph = fold_groups(told.recording, whole, {group.id})
    timeline = build_timeline(told.recording, graph)
    frames = Frames(told.recording, graph, timeline)
    steps = [step for step in timeline.steps if step.phase == "assign"]
    assert [step.nodes for step in steps] == [(group.id,), (group.id,)]
    texts = [caption.text for caption in captions(told.recording, graph, timeline)][-2:]
    assert texts == assigned(told)
    assert frames.at(timeline.last).nodes[group.id].value == frames.at(timeline.result).nodes[group.id].value
    assert frames.at(timeline.last).nodes[group.id].is_live
