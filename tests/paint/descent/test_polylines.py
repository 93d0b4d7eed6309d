"""Long lines cut down: what is left shows the same, and dashes go on over corners."""

import numpy as np
from PySide6.QtCore import QRectF

from tapeviz.paint.descent.polylines import dashed, lengths_of, lines_between, newcomers, points_along, thinned

VIEW = QRectF(0, 0, 100, 50)


def test_points_that_do_not_move_are_left_out() -> None:
    points = np.concatenate([np.zeros((500, 2)), np.array([[10.0, 0.0]]), np.full((500, 2), 20.0)])
    kept = points[thinned(points)]
    assert len(kept) < 8
    assert kept[0].tolist() == [0, 0] and kept[-1].tolist() == [20, 20]
    assert [10.0, 0.0] in kept.tolist()


def test_a_line_breaks_where_a_point_has_no_place() -> None:
    points = np.array([[0.0, 0.0], [10.0, 0.0], [np.nan, 0.0], [20.0, 0.0], [30.0, 0.0]])
    assert lines_between(points[thinned(points)], VIEW).tolist() == [[0, 0, 10, 0], [20, 0, 30, 0]]


def test_lines_are_cut_off_where_the_view_ends_and_keep_their_direction() -> None:
    far = np.array([[50.0, 25.0], [50.0 + 1e12, 25.0 + 0.25e12]])
    (line,) = lines_between(far, VIEW)
    assert line[:2].tolist() == [50, 25] and np.isclose(line[2], 100)
    assert np.isclose((line[3] - 25) / (line[2] - 50), 0.25)
    assert len(lines_between(np.array([[-5.0, -5.0], [-1.0, 60.0]]), VIEW)) == 0
    assert len(lines_between(np.array([[200.0, 10.0], [200.0, 20.0]]), VIEW)) == 0


def test_lines_that_cross_the_whole_view_are_seen() -> None:
    (line,) = lines_between(np.array([[-100.0, 25.0], [1e9, 25.0]]), VIEW)
    assert np.allclose(line, [0, 25, 100, 25])


def test_dashes_go_on_over_corners_and_from_piece_to_piece() -> None:
    points = np.array([[0.0, 0.0], [7.0, 0.0], [7.0, 9.0], [40.0, 9.0]])
    lines = lines_between(points, VIEW)
    dashes = dashed(lines, (6.0, 4.0), 0.0)
    drawn = lengths_of(dashes).sum()
    assert np.isclose(drawn, 6 * 4 + 6) and np.isclose(lengths_of(lines).sum(), 49)
    first, second = lines[:1], lines[1:]
    in_two = np.concatenate([dashed(first, (6.0, 4.0), 0.0), dashed(second, (6.0, 4.0), 7.0)])
    assert np.isclose(lengths_of(in_two).sum(), drawn)
    assert np.allclose(in_two[-1], dashes[-1])


def test_a_solid_line_is_left_as_it_is() -> None:
    lines = np.array([[0.0, 0.0, 10.0, 0.0]])
    assert dashed(lines, (), 3.0) is lines


def test_arrow_heads_stand_at_even_distances_along_the_way() -> None:
    lines = np.array([[0.0, 0.0, 25.0, 0.0], [25.0, 0.0, 25.0, 25.0]])
    points, directions = points_along(lines, 0.0, 10.0)
    assert np.allclose(points, [[10, 0], [20, 0], [25, 5], [25, 15], [25, 25]])
    assert np.allclose(directions, [[1, 0], [1, 0], [0, 1], [0, 1], [0, 1]])
    later, _ = points_along(lines[1:], 25.0, 10.0)
    assert np.allclose(later, points[2:])


def test_only_the_first_in_each_square_is_new() -> None:
    taken: set[int] = set()
    assert newcomers(np.array([[1.0, 1.0], [2.0, 2.0], [15.0, 1.0]]), 10.0, taken).tolist() == [0, 2]
    assert newcomers(np.array([[3.0, 3.0], [25.0, 25.0]]), 10.0, taken).tolist() == [1]
