"""What is on the picture, read back from the pixels and from the text that is drawn."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from PySide6.QtCore import QBuffer, QIODevice, QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from pytestqt.qtbot import QtBot

from tapeviz.layout.geometry import Box
from tapeviz.layout.sizes import Direction
from tapeviz.model.frame import Frame
from tapeviz.model.numbers import format_value
from tapeviz.model.tensor import value_of_array
from tapeviz.paint.fonts import load_fonts
from tapeviz.paint.graph_painter import GraphPainter, Marks, Style
from tapeviz.paint.theme import theme_of
from tapeviz.paint.values import heat_map, value_size
from tests.layout import checks
from tests.paint.recorded import LESSONS, Recorded, recorded

Pixels = npt.NDArray[np.uint8]


@pytest.fixture(autouse=True)
def fonts(qtbot: QtBot) -> None:
    load_fonts()


def painter_of(lesson: Recorded, theme: str = "light", style: Style | None = None) -> GraphPainter:
    made = lesson.arranged()
    return GraphPainter(lesson.graph, made.layout, made.labels, theme_of(theme), style)


def pixels(painter: GraphPainter, frame: Frame | None, zoom: float = 1.0, marks: Marks | None = None) -> Pixels:
    width, height = round(painter.layout.width * zoom), round(painter.layout.height * zoom)
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(painter.theme.canvas))
    device = QPainter(image)
    device.scale(zoom, zoom)
    painter.paint_still(device, frame, painter.extent, zoom, marks)
    device.end()
    raw = np.frombuffer(image.constBits(), dtype=np.uint8)
    return raw.reshape(height, image.bytesPerLine() // 4, 4)[:, :width, 2::-1].copy()


def texts(painter: GraphPainter, frame: Frame | None) -> str:
    content = QBuffer()
    content.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(content)
    generator.setResolution(96)
    generator.setSize(QSize(round(painter.layout.width), round(painter.layout.height)))
    device = QPainter(generator)
    painter.paint_still(device, frame, painter.extent, 1.0)
    device.end()
    return bytes(content.data().data()).decode()


def share_of(picture: Pixels, colour: str, box: Box | None = None) -> float:
    wanted = QColor(colour)
    if box is not None:
        area = [round(edge) for edge in checks.area(box)]
        picture = picture[max(area[1], 0) : area[3], max(area[0], 0) : area[2]]
    target = np.array([wanted.red(), wanted.green(), wanted.blue()])
    return float((np.abs(picture.astype(int) - target).max(axis=2) < 24).mean())


@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize("name", sorted(LESSONS))
def test_recorded_lessons_are_drawn_without_overlap(name: str, direction: Direction) -> None:
    lesson = recorded(name)
    made = lesson.arranged(direction)
    assert checks.overlapping_nodes(made.layout) == []
    assert checks.edges_through_nodes(lesson.graph, made.layout) == []
    assert checks.edges_on_edges(made.layout) == []
    assert checks.covered_labels(made.layout, made.labels) == []
    assert checks.missing_numbers(lesson.sizes(), made.labels) == []


def test_at_the_end_every_number_of_the_tape_is_written_down() -> None:
    written = texts(painter_of(recorded("quadratic")), recorded("quadratic").last)
    for number in ("2.000", "3.000", "4.000", "6.000", "18.00", "27.00", "22.00", "49.00", "9.000", "13.00", "33.00"):
        assert f">{number}<" in written
    assert "∂f/∂x = " in written
    assert "∂f/∂y = " in written


def test_what_is_not_computed_yet_is_not_drawn() -> None:
    lesson = recorded("quadratic")
    written = texts(painter_of(lesson), lesson.frame(0))
    assert ">2.000<" in written
    for number in ("49.00", "22.00", "18.00", "27.00", "1.000", "0.000"):
        assert f">{number}<" not in written


def test_a_running_sum_says_that_more_is_to_come() -> None:
    lesson = recorded("quadratic")
    running = [
        frame
        for frame in map(lesson.frame, range(lesson.timeline.last + 1))
        if any(state.is_running_sum for state in frame.nodes.values())
    ]
    assert running
    assert " …" in texts(painter_of(lesson), running[0])
    assert " …" not in texts(painter_of(lesson), lesson.last)


def test_colours_follow_the_passes() -> None:
    lesson = recorded("quadratic")
    painter = painter_of(lesson)
    edge = next(edge.id for edge in lesson.graph.edges if edge.target == lesson.node("f"))
    x0, y0, x1, y1 = checks.stretches(painter.layout, edge)[0]
    run = Box(x=1.5 * (x0 + x1), y=1.5 * (y0 + y1), width=12, height=12)
    forward_end = lesson.timeline.forward_count
    seen = []
    for playhead in (0, forward_end, lesson.timeline.last):
        picture = pixels(painter, lesson.frame(playhead), zoom=3.0)
        colours = (painter.theme.edge, painter.theme.forward, painter.theme.backward)
        seen.append(max(colours, key=lambda colour: share_of(picture, colour, run)))
    assert seen == [painter.theme.edge, painter.theme.forward, painter.theme.backward]


def test_the_arrow_head_turns_round_when_the_backward_pass_has_taken_the_edge() -> None:
    lesson = recorded("quadratic")
    painter = painter_of(lesson)
    edge = next(edge for edge in lesson.graph.edges if edge.source == lesson.node("y"))
    start, end = painter.layout.edges[edge.id][0], painter.layout.edges[edge.id][-1]
    at_source = Box(x=start[0] + 6, y=start[1], width=10, height=10)
    at_target = Box(x=end[0] - 6, y=end[1], width=10, height=10)
    forward, backward = painter.theme.forward, painter.theme.backward
    before = pixels(painter, lesson.frame(lesson.timeline.forward_count))
    after = pixels(painter, lesson.last)
    assert share_of(before, forward, at_target) > 1.5 * share_of(before, forward, at_source)
    assert share_of(after, backward, at_source) > 1.5 * share_of(after, backward, at_target)


def test_a_source_without_a_gradient_says_none_and_never_zero() -> None:
    lesson = recorded("none")
    written = texts(painter_of(lesson), lesson.last)
    assert "None · not connected<" in written
    assert ">0.000<" not in written


def test_small_matrices_are_written_out_and_large_ones_are_heat_maps() -> None:
    network, large = recorded("network"), recorded("large tensors")
    assert ">0.7000<" in texts(painter_of(network), network.last)
    written = texts(painter_of(large), large.last)
    assert "10×8 · norm" in written
    assert "<image" in written


def test_a_heat_map_tells_large_small_negative_and_not_finite_apart() -> None:
    value = value_of_array(np.array([[4.0, 0.0], [-4.0, np.nan]], dtype=np.float32))
    image = heat_map(value, "#0a5aa8")
    large, small, negative, odd = (image.pixelColor(x, y) for x, y in ((0, 0), (1, 0), (0, 1), (1, 1)))
    assert large.alpha() == 255
    assert (large.red(), large.green(), large.blue()) == (0x0A, 0x5A, 0xA8)
    assert small.alpha() < 40
    assert abs(negative.red() - negative.blue()) < 20
    assert odd.red() > 180 > odd.blue()


def test_the_print_theme_is_black_and_white_and_dashes_what_flows_back() -> None:
    lesson = recorded("quadratic")
    painter = painter_of(lesson, "print")
    picture = pixels(painter, lesson.last).astype(int)
    assert int((picture.max(axis=2) - picture.min(axis=2)).max()) == 0
    assert "stroke-dasharray" in texts(painter, lesson.last)


def test_selection_and_hover_are_seen() -> None:
    lesson = recorded("quadratic")
    painter = painter_of(lesson)
    plain = pixels(painter, lesson.last)
    node = lesson.node("×")
    selected = pixels(painter, lesson.last, marks=Marks(selected=node))
    around = painter.layout.nodes[node]
    assert share_of(plain, painter.theme.accent, around) == 0
    assert share_of(selected, painter.theme.accent, around) > 0.02
    assert (pixels(painter, lesson.last, marks=Marks(hovered=node)) != plain).any()


def test_edges_are_as_wide_as_their_cotangent_when_asked() -> None:
    lesson = recorded("quadratic")
    plain = share_of(pixels(painter_of(lesson), lesson.last), theme_of("light").backward)
    wide = painter_of(lesson, style=Style(is_width_by_cotangent=True))
    assert share_of(pixels(wide, lesson.last), theme_of("light").backward) > 1.2 * plain


def test_far_away_there_is_no_text() -> None:
    lesson = recorded("quadratic")
    painter = painter_of(lesson)
    image = QImage(400, 400, QImage.Format.Format_RGB32)
    near, far = (texts_at(painter, lesson, image, zoom) for zoom in (1.0, 0.15))
    assert near > far


def texts_at(painter: GraphPainter, lesson: Recorded, image: QImage, zoom: float) -> float:
    image.fill(QColor(painter.theme.canvas))
    device = QPainter(image)
    painter.paint_still(device, lesson.last, painter.extent, zoom)
    device.end()
    raw = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(400, 400, 4)[..., 2::-1]
    return share_of(raw, painter.theme.ink)


def test_only_what_is_exposed_is_painted() -> None:
    lesson = recorded("quadratic")
    painter = painter_of(lesson)
    image = QImage(round(painter.layout.width), round(painter.layout.height), QImage.Format.Format_RGB32)
    image.fill(QColor("#ff00ff"))
    box = painter.layout.nodes[lesson.node("x")]
    device = QPainter(image)
    painter.paint_still(device, lesson.last, QRectF(box.x - 5, box.y - 5, 10, 10), 1.0)
    device.end()
    target = painter.layout.nodes[lesson.node("f")]
    assert image.pixelColor(round(target.x), round(target.y)).name() == "#ff00ff"
    assert image.pixelColor(round(box.x) - 40, round(box.y)).name() != "#ff00ff"


def test_nodes_and_edges_are_found_under_the_pointer() -> None:
    lesson = recorded("quadratic")
    painter = painter_of(lesson)
    for node in lesson.graph.nodes:
        box = painter.layout.nodes[node.id]
        found = painter.node_at(box.x, box.y)
        assert found is not None
        assert found.id == node.id
    edge = lesson.graph.edges[0]
    number = painter.labels.values[edge.id]
    hit = painter.edge_at(number.x, number.y)
    assert hit is not None
    assert hit.id == edge.id
    assert painter.node_at(-50, -50) is None
    assert painter.edge_at(-50, -50) is None


def test_numbers_are_measured_as_they_are_written() -> None:
    scalar = value_of_array(np.array(0.1234, dtype=np.float32))
    matrix = value_of_array(np.ones((3, 2), dtype=np.float32))
    assert format_value(scalar) == "0.1234"
    assert value_size(scalar)[0] == pytest.approx(6 * 7.2, abs=0.5)
    assert value_size(matrix)[1] > 3 * 14
    assert value_size(None) == (0.0, 0.0)


def test_the_path_of_an_edge_runs_the_way_its_number_travels() -> None:
    lesson = recorded("quadratic")
    painter = painter_of(lesson)
    edge = lesson.graph.edges[0].id
    points = painter.layout.edges[edge]
    forward, backward = painter.path(edge), painter.path(edge, is_backward=True)
    assert forward.pointAtPercent(0) == QPointF(*points[0])
    assert backward.pointAtPercent(0) == QPointF(*points[-1])
