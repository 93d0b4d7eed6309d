"""What the inspector says, over real recordings."""

from __future__ import annotations

import pytest

from tapeviz.model.explanation import Inspection, Section
from tests.explain.conftest import Tell, Told
from tests.explain.test_captions import MOCK, one


@pytest.fixture(scope="module")
def mock(tell: Tell) -> Told:
    return tell(MOCK)


def section(inspection: Inspection, title: str) -> Section:
    found = [section for section in inspection.sections if section.title == title]
    assert found, [section.title for section in inspection.sections]
    return found[0]


def rows(section: Section) -> list[tuple[str, str]]:
    return [(row.label, row.number) for row in section.rows]


def test_the_op_of_the_design_is_accounted_for_as_drawn(mock: Told) -> None:
    inspection = mock.inspect(mock.at("Backward 5 of 6"))
    assert (inspection.kicker, inspection.title) == ("MULTIPLY", "3x × y")
    assert inspection.subtitle == "Mul · line 6 · scalar float32"
    assert section(inspection, "Forward").formula == "6.000 × 3.000 = 18.00"
    backward = section(inspection, "Backward to y")
    assert backward.formula == "z = u · y   ∂z/∂y = u"
    assert backward.latex == r"\bar{y} = \bar{z} \cdot u"
    assert rows(backward) == [
        ("comes in (∂f/∂z)", "1.000"),
        ("× local derivative (u)", "6.000"),
        ("= sent to y", "6.000"),
    ]
    assert [row.is_result for row in backward.rows] == [False, False, True]
    card = section(inspection, "Sum at y")
    assert card.is_card
    assert rows(card) == [("27.00 from ( )³", ""), ("+ 6.000 from ×", "= 33.00")]
    assert section(inspection, "Symbolic").formula == "∂f/∂y = 3x + 3y² = 6 + 27 = 33"


def test_a_running_sum_says_that_more_is_to_come(mock: Told) -> None:
    card = section(mock.inspect(mock.at("Backward 3 of 6"), "y"), "Sum at y")
    assert rows(card) == [("27.00 from ( )³", "= 27.00 …")]
    assert card.notes == ("More is still to come.",)


def test_nothing_is_shown_before_it_is_computed(mock: Told) -> None:
    for node in mock.graph.nodes:
        if node.kind != "op":
            continue
        inspection = mock.inspect(0, node.symbol)
        assert all(not section.rows for section in inspection.sections)
        assert section(inspection, "Forward").notes == ("Not computed yet at this step.",)
        assert section(inspection, "Forward").formula == ""
    assert "Symbolic" not in [section.title for section in mock.inspect(mock.at("Seed"), "y").sections]
    assert section(mock.inspect(0, "f"), "Value").rows == ()


def test_without_a_selection_the_step_is_followed(mock: Told) -> None:
    kickers = [mock.inspect(playhead).kicker for playhead in range(len(mock.captions))]
    forward = ["POWER", "MULTIPLY", "MULTIPLY", "ADD", "POWER", "ADD"]
    backward = ["ADD", "ADD", "POWER", "POWER", "MULTIPLY", "MULTIPLY"]
    assert kickers == ["GRADIENT", *forward, "TARGET", *backward, "GRADIENT"]


def test_the_result_lists_every_source_with_its_symbolic_twin(mock: Told) -> None:
    inspection = mock.inspect(len(mock.captions) - 1)
    assert inspection.title == "∂f / ∂(x, y)"
    assert rows(section(inspection, "Result")) == [("∂f/∂x", "13.00"), ("∂f/∂y", "33.00")]
    formulas = [section.formula for section in inspection.sections if section.title == "Symbolic"]
    assert formulas == ["∂f/∂x = 2x + 3y = 4 + 9 = 13", "∂f/∂y = 3x + 3y² = 6 + 27 = 33"]


def test_a_variable_tells_its_value_role_and_sum(mock: Told) -> None:
    inspection = mock.inspect(len(mock.captions) - 1, "x")
    assert (inspection.kicker, inspection.title) == ("VARIABLE", "x")
    assert inspection.subtitle == "tf.Variable · trainable · scalar float32"
    assert rows(section(inspection, "Value")) == [("value", "2.000")]
    assert rows(section(inspection, "Sum at x")) == [("4.000 from ( )²", ""), ("+ 9.000 from 3×", "= 13.00")]


def test_the_target_tells_its_seed(mock: Told) -> None:
    inspection = mock.inspect(mock.at("Seed"))
    assert (inspection.kicker, inspection.title) == ("TARGET", "f")
    assert rows(section(inspection, "Seed")) == [("∂f/∂f", "1.000")]


@pytest.mark.parametrize(
    ("operation", "x", "title", "forward", "derivative", "local"),
    [
        ("tf.exp(x)", 1.0, "eˣ", "exp(1.000) = 2.718", "∂y/∂x = y", "2.718"),
        ("1 / x", 2.0, "1/x", "1.000 / 2.000 = 0.5000", "∂y/∂x = −1 / x²", "−0.2500"),
        ("x - 3", -1.0, "x − 3", "−1.000 − 3.000 = −4.000", "∂y/∂x = 1", "1.000"),
        ("2 * x", -1.5, "2x", "2.000 × (−1.500) = −3.000", "∂y/∂x = 2", "2.000"),
        ("x * x", 3.0, "x × x", "3.000 × 3.000 = 9.000", "∂y/∂u = v", "3.000"),
        ("x ** 0.5", 4.0, "√x", "√4.000 = 2.000", "∂y/∂x = 0.5 · x^(−0.5)", "0.2500"),
        ("tf.sigmoid(x)", 0.0, "σ(x)", "σ(0.000) = 0.5000", "∂y/∂x = y · (1 − y)", "0.2500"),
        ("tf.nn.relu(x)", 2.0, "max(x, 0)", "max(2.000, 0) = 2.000", "∂y/∂x = 1 if x > 0, else 0", "1.000"),
        ("tf.maximum(x, 0.0)", -1.0, "max(x, 0)", "max(−1.000, 0.000) = 0.000", "∂y/∂x = 1 if x ≥ 0, else 0", "0.000"),
    ],
)
def test_a_scalar_op_is_written_as_on_the_board(
    tell: Tell, operation: str, x: float, title: str, forward: str, derivative: str, local: str
) -> None:
    told = tell(one(operation, x))
    inspection = told.inspect(told.at("Backward 1 of 1"))
    assert inspection.title == title.replace("1/x", "1 / x")
    assert section(inspection, "Forward").formula == forward
    backward = next(section for section in inspection.sections if section.title.startswith("Backward"))
    assert backward.formula.endswith(derivative)
    assert backward.rows[1].number == local


def test_the_local_derivative_is_left_out_where_tensorflow_did_something_else(tell: Tell) -> None:
    told = tell("""x = tf.Variable(0.0)
with tf.GradientTape() as tape:
    y = tf.math.divide_no_nan(1.0, x)
g = tape.gradient(y, x)
""")
    inspection = told.inspect(told.at("Backward 1 of 1"))
    backward = next(section for section in inspection.sections if section.title == "Backward")
    assert [row.label for row in backward.rows] == ["comes in (∂y/∂y)", "= sent to x"]
    assert backward.rows[-1].number == "0.000"
    assert backward.formula == backward.latex == ""
    assert "its numbers" in backward.notes[0]


def test_tensors_are_rows_that_name_their_tensor(tell: Tell) -> None:
    told = tell("""x = tf.Variable(tf.ones([2, 3]))
W = tf.Variable(tf.ones([3, 2]))
with tf.GradientTape() as tape:
    y = x @ W
g = tape.gradient(y, [x, W])
""")
    inspection = told.inspect(told.at("Backward 1 of 1"))
    assert inspection.title == "x @ W"
    assert section(inspection, "Forward").formula == "y = x W"
    shapes = [told.recording.tensors[row.tensor].shape for row in section(inspection, "Forward").rows if row.tensor]
    assert shapes == [(2, 3), (3, 2), (2, 2)]
    backward = section(inspection, "Backward to W")
    assert backward.formula == "y = x W   W̄ = xᵀ ȳ"
    assert backward.latex == r"\bar{W} = x^{T} \, \bar{y}"


def test_broadcasting_is_noted(tell: Tell) -> None:
    told = tell("""x = tf.Variable(tf.ones([4, 2]))
b = tf.Variable([1.0, 2.0])
with tf.GradientTape() as tape:
    y = x + b
g = tape.gradient(y, [x, b])
""")
    backward = section(told.inspect(told.at("Backward 1 of 1")), "Backward to b")
    assert backward.shapes == "b̄: axis 0 is summed: (4×2) → (2)"
    assert backward.latex == r"\bar{b} = \sum_{\mathrm{axis}\ 0} \bar{y}"
    assert [(heat.sign, heat.label, heat.shape) for heat in backward.heats] == [("", "ȳ", (4, 2)), ("= Σ", "b̄", (2,))]
    assert backward.heats[1].cells.array.tolist() == [[4.0, 4.0]]


def test_a_none_is_explained_with_its_mend(tell: Tell) -> None:
    told = tell("""x = tf.Variable(2.0)
w = tf.Variable(3.0, trainable=False)
with tf.GradientTape() as tape:
    y = x * w
g = tape.gradient(y, [x, w])
""")
    why = told.recording.gradient_calls[0].sources[1].why_none
    assert why is not None
    inspection = told.inspect(len(told.captions) - 1, "w")
    assert section(inspection, "Why w gets None").notes == (why.message, why.fix)
    assert "not trainable" in inspection.subtitle


def test_an_op_without_a_rule_shows_its_true_numbers(tell: Tell) -> None:
    told = tell(one("tf.linalg.sqrtm(x)", "[[4.0, 1.0], [0.0, 9.0]]"))
    for playhead in range(len(told.captions)):
        inspection = told.inspect(playhead)
        assert inspection.kicker
        assert inspection.title


def test_every_node_of_a_network_can_be_inspected_at_every_step(tell: Tell) -> None:
    told = tell("""x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
W = tf.Variable(tf.ones([2, 3]))
E = tf.Variable(tf.ones([5, 3]))
with tf.GradientTape() as tape:
    h = tf.nn.softmax(x @ W) + tf.gather(E, [1, 1])
    a, b, c = tf.unstack(h, axis=1)
    s = tf.stack([a, b]) * tf.reduce_max(c)
    p = tf.concat([tf.reshape(s, [4]), tf.tile(c, [2])], 0)
    loss = tf.reduce_mean(tf.square(tf.pad(p, [[1, 1]]))) + tf.nn.l2_loss(W)
g = tape.gradient(loss, {"W": W, "E": E})
""")
    for playhead in range(len(told.captions)):
        for node in told.graph.nodes:
            inspection = told.inspect(playhead, node.symbol)
            assert inspection.kicker
            assert inspection.sections
