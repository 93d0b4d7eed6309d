from __future__ import annotations

import pytest

from tapeviz.model.folding import build_graph
from tapeviz.model.graph import OpGraph, Subject
from tapeviz.model.recording import Recording
from tapeviz.model.subjects import default_subject
from tapeviz.model.symbols import slice_symbol
from tapeviz.model.tensor import TensorValue
from tapeviz.model.why_none import WhyNone
from tests.model.builder import Builder, packed, quadratic_in_two_variables


def folded(recording: Recording, subject: Subject | None = None) -> OpGraph:
    return build_graph(recording, subject or default_subject(recording), is_folded=True)


def unfolded(recording: Recording) -> OpGraph:
    return build_graph(recording, default_subject(recording), is_folded=False)


def symbols(graph: OpGraph) -> list[tuple[str, str]]:
    return [(node.kind, node.symbol) for node in graph.nodes]


def arrows(graph: OpGraph) -> list[tuple[str, str]]:
    return [(edge.source, edge.target) for edge in graph.edges]


def one_op(type: str, place: int, number: float) -> OpGraph:
    """f = x ∘ number (place 1) or number ∘ x (place 0)."""
    b = Builder()
    x = b.tensor(2.0, name="x", role="watched")
    tape = b.tape(watched=[x])
    inputs = [x, b.tensor(number)] if place else [b.tensor(number), x]
    f = b.op(type, inputs, 1.0, tapes=[tape], name="f")
    b.call(tape, f, [(x, 1.0)])
    return folded(b.recording())


@pytest.mark.parametrize(
    ("type", "place", "number", "symbol"),
    [
        ("Mul", 0, 3.0, "3×"),
        ("Mul", 1, 3.0, "× 3"),
        ("AddV2", 1, 1.0, "+ 1"),
        ("Sub", 0, 1.0, "1 −"),
        ("Sub", 1, 0.5, "− 0.5"),
        ("RealDiv", 1, 2.0, "÷ 2"),
        ("RealDiv", 0, 1.0, "1 ÷"),
        ("Pow", 1, 2.0, "( )²"),
        ("Pow", 1, -1.0, "( )⁻¹"),
        ("Pow", 1, 0.5, "( )⁰·⁵"),
        ("Pow", 0, 2.0, "2⁽ ⁾"),
        ("Maximum", 1, 0.0, "max( , 0)"),
        ("Maximum", 0, 0.0, "max(0, )"),
        ("Greater", 1, 0.0, "> 0"),
    ],
)
def test_a_scalar_constant_is_written_into_the_symbol(type: str, place: int, number: float, symbol: str) -> None:
    graph = one_op(type, place, number)
    assert symbols(graph) == [("watched", "x"), ("op", symbol), ("target", "f")]
    assert [edge.input_index for edge in graph.edges] == [1 - place, 0]


def test_a_named_constant_stays_in_the_picture() -> None:
    b = Builder()
    x, c = b.variable("x", 2.0), b.tensor(5.0, name="c")
    tape = b.tape()
    f = b.op("Mul", [c, b.op("ReadVariableOp", [x], 2.0, tapes=[tape])], 10.0, tapes=[tape], name="f")
    b.call(tape, f, [(x, 5.0)])
    graph = folded(b.recording())
    assert symbols(graph) == [("constant", "c"), ("variable", "x"), ("op", "×"), ("target", "f")]


def test_a_constant_that_is_a_source_is_never_written_into_a_symbol() -> None:
    b = Builder()
    x, c = b.variable("x", 2.0), b.tensor(5.0)
    tape = b.tape()
    f = b.op("Mul", [c, b.op("ReadVariableOp", [x], 2.0, tapes=[tape])], 10.0, tapes=[tape], name="f")
    b.call(tape, f, [(x, 5.0), (c, None)])
    assert [node.symbol for node in folded(b.recording()).nodes if node.kind == "op"] == ["×"]


@pytest.mark.parametrize(("consumers", "copies"), [(1, 1), (2, 1), (3, 3), (5, 5)])
def test_a_constant_of_many_is_drawn_again_beside_each(consumers: int, copies: int) -> None:
    b = Builder()
    x, data = b.variable("x", 2.0), b.tensor([1.0, 2.0], name="data")
    tape = b.tape()
    value = b.op("ReadVariableOp", [x], 2.0, tapes=[tape])
    for _ in range(consumers):
        value = b.op("Mul", [value, data], [2.0, 4.0], tapes=[tape])
    b.call(tape, value, [(x, 1.0)])
    graph = folded(b.recording())
    drawn = [node.id for node in graph.nodes if node.kind == "constant"]
    assert len(drawn) == len(set(drawn)) == copies
    assert len([edge for edge in graph.edges if edge.source in drawn]) == consumers


def test_a_variable_that_is_read_again_and_again_is_one_node() -> None:
    graph = folded(quadratic_in_two_variables())
    (x,) = [node for node in graph.nodes if node.id == "variable:x"]
    assert [edge.target for edge in graph.edges if edge.source == "variable:x"] == ["op:Pow:1", "op:Mul:1"]
    assert len(x.values) == 3
    assert len(x.folded_ops) == 2


def test_a_tensor_that_an_op_reads_twice_comes_in_by_two_edges() -> None:
    b = Builder()
    x = b.variable("x", 3.0)
    tape = b.tape()
    read = b.op("ReadVariableOp", [x], 3.0, tapes=[tape])
    b.call(tape, b.op("Mul", [read, read], 9.0, tapes=[tape], name="f"), [(x, 6.0)])
    graph = folded(b.recording())
    assert [(e.source, e.target, e.input_index) for e in graph.edges[:2]] == [
        ("variable:x", "op:Mul:1", 0),
        ("variable:x", "op:Mul:1", 1),
    ]


def test_unfolded_shows_the_reads_and_every_constant() -> None:
    graph = unfolded(quadratic_in_two_variables())
    kinds = [node.kind for node in graph.nodes]
    assert (kinds.count("op"), kinds.count("constant"), kinds.count("variable")) == (10, 3, 2)
    assert graph.hidden_ops == ()
    assert [node.title for node in graph.nodes if node.kind == "op"].count("ReadVariableOp") == 4


def test_axes_and_shapes_are_folded() -> None:
    b = Builder()
    x = b.tensor([[1.0, 2.0], [3.0, 4.0]], name="x", role="watched")
    tape = b.tape(watched=[x])
    turned = b.op("Transpose", [x, b.tensor([1, 0], dtype="int32")], [[1.0, 3.0], [2.0, 4.0]], tapes=[tape])
    flat = b.op("Reshape", [turned, b.tensor([4], dtype="int32")], [1.0, 3.0, 2.0, 4.0], tapes=[tape])
    size = b.op("Size", [flat], 4, tapes=[tape], dtype="int32")
    count = b.op("Cast", [size], 4.0)
    total = b.op("Sum", [flat, b.tensor([0], dtype="int32")], 10.0, tapes=[tape])
    f = b.op("RealDiv", [total, count], 2.5, tapes=[tape], name="f")
    b.call(tape, f, [(x, [[0.25, 0.25], [0.25, 0.25]])])
    graph = folded(b.recording())
    assert [node.kind for node in graph.nodes] == ["watched", "op", "op", "op", "op", "target"]
    assert [node.symbol for node in graph.nodes][-2:] == ["÷ 4", "f"]
    assert graph.hidden_ops == (b.producer(size),)
    whole = unfolded(b.recording())
    assert [node.kind for node in whole.nodes].count("constant") == 3
    assert [node.title for node in whole.nodes if not node.is_recorded] == ["Cast"]


def test_what_was_computed_outside_the_tape_is_drawn_as_not_recorded() -> None:
    b = Builder()
    x = b.variable("x", 2.0)
    outside = b.op("Mul", [b.op("ReadVariableOp", [x], 2.0), b.tensor(3.0)], 6.0)
    tape = b.tape()
    z = b.variable("z", 1.0)
    f = b.op("AddV2", [outside, b.op("ReadVariableOp", [z], 1.0, tapes=[tape])], 7.0, tapes=[tape], name="f")
    b.call(tape, f, [(x, None), (z, 1.0)])
    graph = folded(b.recording())
    assert [(node.symbol, node.is_recorded) for node in graph.nodes if node.kind == "op"] == [
        ("× 3", False),
        ("+", True),
    ]
    assert ("op:Mul:1", "op:AddV2:1") in arrows(graph)


def test_a_read_before_the_tape_shows_as_the_place_of_the_cut() -> None:
    b = Builder()
    x = b.variable("x", 2.0)
    read = b.op("ReadVariableOp", [x], 2.0)
    tape = b.tape()
    z = b.variable("z", 1.0)
    f = b.op("Mul", [read, b.op("ReadVariableOp", [z], 1.0, tapes=[tape])], 2.0, tapes=[tape], name="f")
    b.call(tape, f, [(x, None), (z, 2.0)])
    assert [node.title for node in folded(b.recording()).nodes if not node.is_recorded] == ["ReadVariableOp"]


def test_the_op_at_which_a_path_is_cut_is_never_folded() -> None:
    b = Builder()
    x, z = b.variable("x", 2.0), b.variable("z", 1.0)
    tape = b.tape()
    read = b.op("ReadVariableOp", [x], 2.0)
    copied = b.op("Identity", [read], 2.0)
    f = b.op("Mul", [copied, b.op("ReadVariableOp", [z], 1.0, tapes=[tape])], 2.0, tapes=[tape], name="f")
    why = WhyNone(cause="recording_stopped", message="", cut_at=b.producer(copied), fix="")
    b.call(tape, f, [(x, None), (z, 2.0)], why_none=why)
    assert [node.title for node in folded(b.recording()).nodes if not node.is_recorded] == ["Identity"]


def test_a_frozen_variable_is_read_silently() -> None:
    b = Builder()
    w, x = b.variable("w", 2.0, trainable=False), b.variable("x", 1.0)
    tape = b.tape()
    frozen = b.op("ReadVariableOp", [w], 2.0)
    f = b.op("Mul", [frozen, b.op("ReadVariableOp", [x], 1.0, tapes=[tape])], 2.0, tapes=[tape], name="f")
    why = WhyNone(cause="not_trainable", message="", cut_at=b.producer(frozen), fix="")
    b.call(tape, f, [(x, 2.0), (w, None)], why_none=why)
    graph = folded(b.recording())
    assert symbols(graph) == [("variable", "w"), ("variable", "x"), ("op", "×"), ("target", "f")]
    assert graph.nodes[0].title == "frozen variable"


def test_dead_ends_on_the_tape_are_drawn() -> None:
    b = Builder()
    x = b.variable("x", 2.0)
    tape = b.tape()
    read = b.op("ReadVariableOp", [x], 2.0, tapes=[tape])
    b.op("Exp", [read], 7.389, tapes=[tape], name="g")
    b.call(tape, b.op("Square", [read], 4.0, tapes=[tape], name="f"), [(x, 4.0)])
    graph = folded(b.recording())
    assert [node.title for node in graph.nodes if node.kind == "op"] == ["Exp", "Square"]
    assert ("op:Exp:1", "target:f") not in arrows(graph)


def test_a_source_that_nothing_reads_stands_alone() -> None:
    b = Builder()
    x, z = b.variable("x", 2.0), b.variable("z", 5.0)
    tape = b.tape()
    f = b.op("Square", [b.op("ReadVariableOp", [x], 2.0, tapes=[tape])], 4.0, tapes=[tape], name="f")
    b.call(tape, f, [(x, 4.0), (z, None)])
    graph = folded(b.recording())
    assert "variable:z" in [node.id for node in graph.nodes]
    assert "variable:z" not in {name for edge in graph.edges for name in (edge.source, edge.target)}


def test_a_target_that_is_a_source() -> None:
    b = Builder()
    x = b.variable("x", 2.0)
    tape = b.tape()
    b.call(tape, b.op("ReadVariableOp", [x], 2.0, tapes=[tape]), [(x, 1.0)])
    graph = folded(b.recording())
    assert arrows(graph) == [("variable:x", "target:x")]
    assert graph.edges[0].op is None


def test_a_target_without_a_name_takes_one_that_is_free() -> None:
    b = Builder()
    y = b.variable("y", 2.0)
    tape = b.tape()
    b.call(tape, b.op("Square", [b.op("ReadVariableOp", [y], 2.0, tapes=[tape])], 4.0, tapes=[tape]), [(y, 4.0)])
    assert [node.symbol for node in folded(b.recording()).nodes if node.kind == "target"] == ["z"]


def test_an_intermediate_tensor_that_is_a_source_keeps_its_op() -> None:
    b = Builder()
    x = b.variable("x", 2.0)
    tape = b.tape()
    read = b.op("ReadVariableOp", [x], 2.0, tapes=[tape])
    u = b.op("Identity", [read], 2.0, tapes=[tape], name="u")
    b.call(tape, b.op("Square", [u], 4.0, tapes=[tape], name="f"), [(u, 4.0)])
    assert [node.title for node in folded(b.recording()).nodes] == ["variable", "Identity", "Square", "target"]


def test_what_made_a_watched_tensor_is_another_story() -> None:
    b = Builder()
    w0 = b.tensor(1.0, name="w", role="watched")
    first = b.tape(watched=[w0])
    b.call(first, b.op("Square", [w0], 1.0, tapes=[first], name="f"), [(w0, 2.0)])
    w1 = b.op("Sub", [w0, b.tensor(0.2)], 0.8, name="w")
    second = b.tape(watched=[w1])
    b.call(second, b.op("Square", [w1], 0.64, tapes=[second], name="f"), [(w1, 1.6)])
    graph = folded(b.recording(), Subject(call=1))
    assert symbols(graph) == [("watched", "w"), ("op", graph.nodes[1].symbol), ("target", "f")]


def test_the_way_from_an_unconnected_source_to_a_watched_tensor_is_drawn() -> None:
    b = Builder()
    x = b.variable("x", 1.0)
    w = b.op("Exp", [b.op("ReadVariableOp", [x], 1.0)], 2.718, name="w")
    tape = b.tape(watched=[w])
    b.call(tape, b.op("Square", [w], 7.389, tapes=[tape], name="f"), [(x, None)])
    graph = folded(b.recording())
    assert [(node.title, node.is_recorded) for node in graph.nodes if node.kind == "op"] == [
        ("Exp", False),
        ("Square", True),
    ]


def test_same_structure_has_the_same_fingerprint_whatever_the_numbers() -> None:
    def scaled(number: float, type: str = "Mul") -> OpGraph:
        return one_op(type, 0, number)

    assert scaled(3.0).structure == scaled(4.0).structure
    assert scaled(3.0).structure != scaled(3.0, "Sub").structure
    assert folded(quadratic_in_two_variables()).structure != unfolded(quadratic_in_two_variables()).structure


def test_serial_numbers_of_functions_do_not_enter_node_ids() -> None:
    assert one_op("__inference_step_17", 1, 2.0).nodes[-2].id == one_op("__inference_step_42", 1, 2.0).nodes[-2].id


def test_without_a_tape_all_ops_are_drawn_as_not_recorded() -> None:
    b = Builder()
    x = b.variable("x", 2.0)
    b.op("Square", [b.op("ReadVariableOp", [x], 2.0)], 4.0)
    graph = folded(b.recording())
    assert [(node.id, node.is_recorded) for node in graph.nodes if node.kind == "op"] == [("op:Square:1", False)]


def test_a_chain_of_ten_thousand_ops_is_drawn() -> None:
    b = Builder()
    x = b.variable("x", 1.0)
    tape = b.tape()
    value = b.op("ReadVariableOp", [x], 1.0, tapes=[tape])
    for _ in range(10_000):
        value = b.op("Sin", [value], 1.0, tapes=[tape])
    b.call(tape, value, [(x, 1.0)])
    graph = folded(b.recording())
    assert (len(graph.nodes), len(graph.edges)) == (10_002, 10_001)


@pytest.mark.parametrize(
    ("begin", "end", "strides", "masks", "symbol"),
    [
        ([0], [1], [1], {"shrink_axis": 1}, "[0]"),
        ([-1], [0], [1], {"shrink_axis": 1}, "[−1]"),
        ([0, 1], [0, 2], [1, 1], {"begin": 1, "end": 1, "shrink_axis": 2}, "[:, 1]"),
        ([0], [2], [1], {}, "[0:2]"),
        ([0], [0], [-1], {"begin": 1, "end": 1}, "[::−1]"),
        ([0, 3], [0, 4], [1, 1], {"ellipsis": 1, "shrink_axis": 2}, "[…, 3]"),
        ([0, 0], [0, 0], [1, 1], {"begin": 2, "end": 2, "new_axis": 1}, "[new, :]"),
    ],
)
def test_a_slice_is_written_as_in_python(
    begin: list[int], end: list[int], strides: list[int], masks: dict[str, int], symbol: str
) -> None:
    bounds: list[TensorValue | None] = [packed(begin, "int32"), packed(end, "int32"), packed(strides, "int32")]
    names = ("begin", "end", "ellipsis", "new_axis", "shrink_axis")
    assert slice_symbol(bounds, {f"{name}_mask": masks.get(name, 0) for name in names}) == symbol


def test_a_slice_whose_bounds_are_not_known_is_not_written() -> None:
    assert slice_symbol([None, None, None], {}) == ""


def test_backward_ops_of_an_inner_tape_are_drawn_where_they_lead_to_the_target() -> None:
    b = Builder()
    x = b.variable("x", 2.0)
    outer = b.tape()
    inner = b.tape(parent=outer)
    read = b.op("ReadVariableOp", [x], 2.0, tapes=[outer, inner])
    f = b.op("Square", [read], 4.0, tapes=[outer, inner], name="f")
    b.call(inner, f, [(x, 4.0)])
    slope = b.op("Mul", [read, b.tensor(2.0)], 4.0, tapes=[outer], made_by=0, name="slope")
    idle = b.op("Neg", [slope], -4.0, tapes=[outer], made_by=0)
    b.call(outer, slope, [(x, 2.0)])
    recording = b.recording()
    graph = folded(recording, Subject(call=1))
    assert [node.title for node in graph.nodes if node.kind == "op"] == ["Square", "Mul"]
    assert b.producer(idle) in graph.hidden_ops
    whole = build_graph(recording, Subject(call=1), is_folded=False)
    assert [node.title for node in whole.nodes if node.kind == "op"] == ["ReadVariableOp", "Square", "Mul", "Neg"]
    assert [n.title for n in folded(recording, Subject(call=0)).nodes if n.kind == "op"] == ["Square"]


def test_an_earlier_backward_pass_off_the_tape_is_not_drawn() -> None:
    b = Builder()
    w = b.variable("w", 1.0)
    first = b.tape()
    b.call(first, b.op("Square", [b.op("ReadVariableOp", [w], 1.0, tapes=[first])], 1.0, tapes=[first]), [(w, 2.0)])
    read = b.op("ReadVariableOp", [w], 1.0)
    grad = b.op("Mul", [read, b.tensor(2.0)], 2.0, made_by=0)
    moved = b.op("Sub", [read, grad], -1.0, name="v")
    second = b.tape()
    b.call(second, b.op("Exp", [moved], 0.37, name="f"), [(w, None)])
    graph = folded(b.recording(), Subject(call=1))
    assert [(node.kind, node.title) for node in graph.nodes] == [
        ("variable", "variable"),
        ("op", "Sub"),
        ("op", "Exp"),
        ("target", "target"),
    ]


def test_an_identity_whose_output_another_op_claims_is_not_looked_through() -> None:
    b = Builder()
    x = b.variable("x", 2.0)
    tape = b.tape()
    read = b.op("ReadVariableOp", [x], 2.0, tapes=[tape])
    inside = b.op("Sin", [read], 0.9, tapes=[tape])
    claimed = b.op("Identity", [inside], 0.9, tapes=[tape])
    custom = b.producer(b.op("clip", [read], 0.9, tapes=[tape]))
    b.claim(claimed, custom)
    b.call(tape, b.op("Neg", [claimed], -0.9, tapes=[tape], name="f"), [(x, 1.0)])
    assert ("op:clip:1", "op:Neg:1") in arrows(folded(b.recording()))


def test_an_assignment_without_a_tape_is_not_drawn() -> None:
    b = Builder()
    x = b.variable("x", 2.0)
    b.assign(x, 3.0)
    assert folded(b.recording()).nodes == ()


def test_a_source_is_drawn_once_however_often_it_is_read() -> None:
    b = Builder()
    x, c = b.variable("x", 2.0), b.tensor([1.0, 2.0], name="c")
    tape = b.tape()
    value = b.op("ReadVariableOp", [x], 2.0, tapes=[tape])
    for _ in range(4):
        value = b.op("Mul", [value, c], [2.0, 4.0], tapes=[tape])
    b.call(tape, value, [(x, 1.0), (c, None)])
    assert [node.id for node in folded(b.recording()).nodes if node.kind == "constant"] == ["constant:c"]


def test_a_number_without_a_name_is_drawn_beside_each_op_that_reads_it() -> None:
    b = Builder()
    x, zero = b.tensor(2.0, name="x", role="watched"), b.tensor(0.0)
    tape = b.tape(watched=[x])
    condition = b.op("Greater", [x, zero], 1.0, tapes=[tape])
    kept = b.op("SelectV2", [condition, x, zero], 2.0, tapes=[tape])
    b.call(tape, b.op("SelectV2", [condition, kept, zero], 2.0, tapes=[tape], name="f"), [(x, 1.0)])
    graph = folded(b.recording())
    assert [node.id for node in graph.nodes if node.kind == "constant"] == [
        "constant:SelectV2:1:2",
        "constant:SelectV2:2:2",
    ]
