"""A lesson's text: its cells, and the settings that travel with it in a comment that plain Python does not mind."""

from __future__ import annotations

import io
import re
import tokenize
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import tomlkit
from tomlkit.items import InlineTable, Table

from tapeviz.model.descent_defaults import DescentDefaults, descent_defaults
from tapeviz.model.fit_defaults import FitDefaults, fit_defaults

CellKind = Literal["code", "markdown"]

_MARKER = re.compile(r"#\s*%%+(?=\s|\[|$)(?P<rest>.*)")
_MARKDOWN_TAG = re.compile(r"\[(markdown|md)\]")
_COMMENT_PREFIX = re.compile(r"^#\s?")
_HEADER = re.compile(r"(?m)^# /// script[ \t]*\n(?P<content>(?:^#(?:| .*)\n)*?)^# ///[ \t]*$")
_FIRST_LINES = re.compile(r"\A(?:#!.*\n)?(?:#.*coding[:=].*\n)?")
_NEW_HEADER = 'dependencies = ["tensorflow"]\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of a lesson: code that runs, or narration that is read.

    `first_line` is the line of the lesson (from 1) on which `text` begins, the line after the ``# %%`` marker where
    there is one. The text of a markdown cell comes without its comment signs. `title` is what stands on the marker.
    """

    index: int
    kind: CellKind
    first_line: int
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonSettings:
    """What the ``[tool.tapeviz]`` table of a lesson says.

    `positions` are nodes that the user put somewhere (node id to scene coordinates), `ranges` the ends of sliders by
    variable name, `folds` the groups that the user folded (True) or unfolded, `descent` how the objective is to be
    descended on, which only the lesson's author writes. `problem` is a sentence where the header cannot be read; then
    the rest is empty.
    """

    positions: dict[str, tuple[float, float]] = field(default_factory=dict)
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)
    folds: dict[str, bool] = field(default_factory=dict)
    descent: DescentDefaults = field(default_factory=DescentDefaults)
    fit: FitDefaults = field(default_factory=FitDefaults)
    problem: str = ""


def cells(text: str) -> tuple[Cell, ...]:
    """Cut a lesson into its cells at the ``# %%`` markers; a lesson without markers is one code cell.

    Blank text before the first marker is no cell. A marker inside a string is none.
    """
    lines = text.split("\n")
    markers = [(number, match) for number in _comment_lines(lines) if (match := _MARKER.fullmatch(lines[number]))]
    starts = [number for number, _ in markers]
    found: list[Cell] = []
    before = "\n".join(lines[: starts[0]] if starts else lines)
    if before.strip() or not starts:
        found.append(Cell(index=0, kind="code", first_line=1, title="", text=before))
    for (number, match), end in zip(markers, [*starts[1:], len(lines)], strict=False):
        rest = match["rest"]
        is_markdown = _MARKDOWN_TAG.search(rest) is not None
        body = lines[number + 1 : end]
        if is_markdown:
            body = [_COMMENT_PREFIX.sub("", line) for line in body]
        found.append(
            Cell(
                index=len(found),
                kind="markdown" if is_markdown else "code",
                first_line=number + 2,
                title=_MARKDOWN_TAG.sub("", rest).strip(),
                text="\n".join(body),
            )
        )
    return tuple(found)


def _comment_lines(lines: list[str]) -> list[int]:
    """Find the lines (from 0) that begin with a comment; every ``#`` line where the text cannot be tokenised."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO("\n".join(lines)).readline))
    except (tokenize.TokenError, SyntaxError):
        return [number for number, line in enumerate(lines) if line.startswith("#")]
    return [token.start[0] - 1 for token in tokens if token.type == tokenize.COMMENT and token.start[1] == 0]


def table_of(text: str) -> dict[str, Any]:
    """Read the ``[tool.tapeviz]`` table of a lesson's header; empty where there is none.

    Raises
    ------
    ValueError
        Where the header is no TOML (a `tomllib.TOMLDecodeError`).
    """
    match = _HEADER.search(text)
    content = tomllib.loads(_uncommented(match["content"])) if match is not None else {}
    table = content.get("tool", {}).get("tapeviz", {})
    return dict(table)


def settings_of(text: str) -> LessonSettings:
    """Read the lesson's settings; a lesson without a header has the default ones."""
    try:
        table = table_of(text)
        return LessonSettings(
            positions=_pairs(table, "positions"),
            ranges=_pairs(table, "ranges"),
            folds=_switches(table, "folds"),
            descent=descent_defaults(table.get("descent", {})),
            fit=fit_defaults(table.get("fit", {})),
        )
    except (ValueError, TypeError, AttributeError) as error:
        return LessonSettings(
            problem=f"The settings at the top of the lesson cannot be read ({error}); they are left alone."
        )


def header_length(text: str) -> int:
    """Count the lines that the header at the top takes, with the blank ones after it; 0 without one."""
    match = _HEADER.search(text)
    if match is None or not all(line.startswith("#") or not line.strip() for line in text[: match.start()].split("\n")):
        return 0
    rest = text[match.end() :]
    return text[: match.end()].count("\n") + len(rest) - len(rest.lstrip("\n"))


def with_settings(text: str, settings: LessonSettings) -> str:
    """Write the settings into the lesson's header, touching nothing else in it.

    A lesson gets a header with its first setting. A header that cannot be read stays as it is.
    """
    match = _HEADER.search(text)
    if match is None:
        if settings == LessonSettings():
            return text
        at = _FIRST_LINES.match(text)
        end = at.end() if at else 0
        return f"{text[:end]}{_header(_with_table(_NEW_HEADER, settings))}\n\n{text[end:]}"
    if settings_of(text).problem:
        return text
    content = _with_table(_uncommented(match["content"]), settings)
    if content.strip() == _NEW_HEADER.strip():
        return text[: match.start()] + text[match.end() :].removeprefix("\n\n")
    return f"{text[: match.start()]}{_header(content)}{text[match.end() :]}"


def _with_table(content: str, settings: LessonSettings) -> str:
    document = tomlkit.parse(content)
    tool = document.get("tool")
    if not isinstance(tool, Table):
        tool = tomlkit.table(is_super_table=True)
        document["tool"] = tool
    table = tool.get("tapeviz")
    if not isinstance(table, Table):
        table = tomlkit.table()
        tool["tapeviz"] = table
    pairs = (("positions", settings.positions), ("ranges", settings.ranges))
    written: dict[str, Mapping[str, object]] = {
        name: {key: [float(first), float(second)] for key, (first, second) in found.items()} for name, found in pairs
    }
    for name, entries in {**written, "folds": settings.folds}.items():
        if entries:
            table[name] = _inline(entries)
        else:
            table.pop(name, None)
    if not table:
        tool.pop("tapeviz")
    if not tool:
        document.pop("tool")
    return tomlkit.dumps(document)


def _inline(entries: Mapping[str, object]) -> InlineTable:
    table = tomlkit.inline_table()
    for name, entry in sorted(entries.items()):
        table[name] = entry
    return table


def _switches(table: dict[str, Any], name: str) -> dict[str, bool]:
    found = dict(table.get(name, {}))
    if not all(isinstance(value, bool) for value in found.values()):
        raise ValueError(f"{name} must be true or false")
    return found


def _pairs(table: dict[str, Any], name: str) -> dict[str, tuple[float, float]]:
    found = {}
    for key, value in table.get(name, {}).items():
        if not (isinstance(value, list) and len(value) == 2 and all(isinstance(part, int | float) for part in value)):
            raise ValueError(f"{name}.{key} must be two numbers")
        found[key] = (float(value[0]), float(value[1]))
    return found


def _uncommented(content: str) -> str:
    return "".join(f"{line[2:]}\n" for line in content.splitlines())


def _header(content: str) -> str:
    body = "".join(f"# {line}".rstrip() + "\n" for line in content.rstrip("\n").split("\n"))
    return f"# /// script\n{body}# ///"
