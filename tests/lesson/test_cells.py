"""Cells and settings of a lesson."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tapeviz.model.lesson import LessonSettings, cells, header_length, settings_of, with_settings

names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
pairs = st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))


def test_a_script_without_markers_is_one_cell() -> None:
    (only,) = cells("a = 1\nb = 2\n")
    assert (only.index, only.kind, only.first_line, only.text) == (0, "code", 1, "a = 1\nb = 2\n")


def test_markers_cut_and_name_cells() -> None:
    text = 'a = 1\n# %% Two\nb = """\n# %% no cell\n"""\n# %% [markdown] Say\n# # Title\n#\n# words\n#%%\nc = 3'
    found = cells(text)
    assert [(cell.kind, cell.first_line, cell.title) for cell in found] == [
        ("code", 1, ""),
        ("code", 3, "Two"),
        ("markdown", 7, "Say"),
        ("code", 11, ""),
    ]
    assert found[2].text == "# Title\n\nwords"
    lines = text.split("\n")
    for cell in found:
        if cell.kind == "code":
            assert lines[cell.first_line - 1] == cell.text.split("\n")[0]


def test_a_cell_that_is_no_python_does_not_swallow_the_next_one() -> None:
    assert [cell.title for cell in cells("# %% A\nx = (\n# %% B\ny = 2\n")] == ["A", "B"]


@given(st.dictionaries(names, pairs), st.dictionaries(names, pairs))
def test_settings_come_back_as_they_were_written(
    positions: dict[str, tuple[float, float]], ranges: dict[str, tuple[float, float]]
) -> None:
    settings = LessonSettings(positions=positions, ranges=ranges)
    text = with_settings("x = 1\n", settings)
    assert settings_of(text) == settings
    assert text.endswith("x = 1\n")
    assert not settings_of(with_settings(text, LessonSettings())).positions


def test_what_others_wrote_into_the_header_stays() -> None:
    header = '# /// script\n# dependencies = ["numpy"]  # why\n# [tool.tapeviz]\n# title = "T"\n# ///\n'
    text = f"#!/usr/bin/env python\n{header}x = 1\n"
    changed = with_settings(text, LessonSettings(ranges={"x": (0.0, 1.0)}))
    assert '# dependencies = ["numpy"]  # why\n' in changed
    assert '# title = "T"\n' in changed
    assert settings_of(changed).ranges == {"x": (0.0, 1.0)}
    assert header_length(changed) == changed[: changed.index("x = 1")].count("\n")


def test_a_header_that_cannot_be_read_is_left_alone() -> None:
    text = "# /// script\n# a = [\n# ///\nx = 1\n"
    assert "cannot be read" in settings_of(text).problem
    assert with_settings(text, LessonSettings(ranges={"x": (0.0, 1.0)})) == text


def test_the_lessons_that_ship_have_narration_and_code(project_root: Path) -> None:
    for path in (project_root / "resources" / "lessons").glob("*.py"):
        assert {cell.kind for cell in cells(path.read_text(encoding="utf-8"))} == {"code", "markdown"}
