"""Edits of the form carried into the script: only what differs is touched, comments and other statements stay."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from tapeviz.model.form import FormulaProblem, QuickForm, VariableRow
from tapeviz.model.formula_code import needs_math
from tapeviz.model.lesson import settings_of, with_settings
from tapeviz.model.script_pieces import (
    CallPiece,
    FunctionPiece,
    OtherShapeError,
    Span,
    Text,
    VariablePiece,
    variable_pieces,
)
from tapeviz.model.script_read import Shape, form_of, form_of_shape, shape_of
from tapeviz.model.script_write import (
    call_line,
    called_targets,
    check_form,
    completed,
    function_codes,
    problems_of,
    result_name,
    script_of,
    source_names,
    sources_code,
    tape_code,
    value_problems,
    variable_line,
)
from tapeviz.model.values import read_value, row_code

_PLAIN_ROW = VariableRow(name="", kind="Variable", value="")


@dataclass(frozen=True, slots=True, kw_only=True)
class FormEdit:
    """What comes of an edit in the form.

    `text` is the script it leads to, or the old one while something cannot be read; `form` has rows for new
    parameters; `problems` are those of its formulas, `value_problems` those of its rows, by name.
    """

    text: str
    form: QuickForm
    problems: tuple[FormulaProblem, ...]
    value_problems: dict[str, str]


def edit_form(text: str, form: QuickForm, previous: QuickForm | None) -> FormEdit:
    """Carry an edit of the form into the script, if all of it can be read.

    Raises
    ------
    ValueError
        Where the script is not of the form's shape.
    """
    # What stood in the form before may be half typed; what the script says is the last that could be read.
    form = completed(form, form_of(text, previous)[0] or previous)
    problems, wrong_values = problems_of(form), value_problems(form)
    if not (problems or wrong_values) and form.functions:
        text = update_script(text, form)
    return FormEdit(text=text, form=form, problems=problems, value_problems=wrong_values)


def update_script(text: str, form: QuickForm) -> str:
    """Change a script of the form's shape so that it says what the form says, and nothing else in it.

    Raises
    ------
    ValueError
        With a sentence, where the form cannot be read or the script is not of its shape.
    """
    check_form(form)
    if not text.strip():
        return _with_ranges(script_of(form), form)
    try:
        shape = shape_of(text)
        old = form_of_shape(shape)
    except SyntaxError as error:
        raise ValueError(f"Line {error.lineno or 1} is not yet Python.") from error
    except OtherShapeError as reason:
        raise ValueError(f"{reason}.") from reason
    return _with_ranges(_Edit(shape, old, completed(form)).result(), form, old)


def set_value(text: str, name: str, value: str) -> str:
    """Give a variable of any lesson another value: only the literal in the script changes.

    Raises
    ------
    ValueError
        With a sentence, where the value cannot be read or there is no such variable.
    """
    try:
        found = Text(text)
    except SyntaxError as error:
        raise ValueError(f"Line {error.lineno or 1} is not yet Python.") from error
    piece = next((piece for piece in variable_pieces(found) if piece.row.name == name), None)
    if piece is None:
        raise ValueError(f"The script gives `{name}` no typed value.")
    edits = _Edits(found)
    edits.put(piece.value, read_value(value, piece.row.dtype).code)
    return edits.result()


def _with_ranges(text: str, form: QuickForm, old: QuickForm | None = None) -> str:
    settings = settings_of(text)
    gone = {row.name for row in old.variables} if old else set()
    ranges = {name: ends for name, ends in settings.ranges.items() if name not in gone}
    for row in form.variables:
        if (row.low, row.high) != (_PLAIN_ROW.low, _PLAIN_ROW.high):
            ranges[row.name] = (row.low, row.high)
    return text if ranges == settings.ranges else with_settings(text, replace(settings, ranges=ranges))


class _Edits:
    """Collects replacements in a text, and carries them out from its end to its beginning."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self._parts: list[tuple[int, int, str]] = []

    def put(self, span: Span, code: str) -> None:
        """Write something else in the place of a span."""
        if self.text.text[span.start : span.end] != code:
            self._parts.append((span.start, span.end, code))

    def insert_line(self, at: int, line: str) -> None:
        """Put a line before the offset of a line's beginning (or at the end of the text)."""
        is_open_end = at == len(self.text.text) and not self.text.text.endswith("\n")
        self._parts.append((at, at, f"\n{line}" if is_open_end else f"{line}\n"))

    def after(self, span: Span) -> int:
        """Find the beginning of the line after a statement."""
        return min(self.text.line_end(span.end) + 1, len(self.text.text))

    def drop(self, statement: Span) -> None:
        """Take a statement's lines away; a comment behind it stays, on a line of its own."""
        start, end = self.text.line_start(statement.start), self.after(statement)
        rest = self.text.text[statement.end : end].strip()
        indent = self.text.text[start : statement.start]
        self._parts.append((start, end, f"{indent}{rest}\n" if rest.startswith("#") else ""))

    def result(self) -> str:
        """Carry everything out; ``import math`` comes and goes with its use."""
        text = self.text.text
        ordered = sorted(enumerate(self._parts), key=lambda part: (part[1][0], part[0]), reverse=True)
        for _, (start, end, code) in ordered:
            text = text[:start] + code + text[end:]
        return _with_math_import(text) if self._parts else text


_MATH_IMPORT = re.compile(r"(?m)^import math[ \t]*\n(?:\n(?=import ))?")
_FIRST_IMPORT = re.compile(r"(?m)^(?:import|from) ")


def _with_math_import(text: str) -> str:
    match = _MATH_IMPORT.search(text)
    is_needed = needs_math(text)
    if match and not is_needed:
        return text[: match.start()] + text[match.end() :]
    if not match and is_needed and (first := _FIRST_IMPORT.search(text)):
        return f"{text[: first.start()]}import math\n\n{text[first.start() :]}"
    return text


class _Edit:
    """One edit of a script: the pieces it has, what they say, and what they are to say."""

    def __init__(self, shape: Shape, old: QuickForm, new: QuickForm) -> None:
        self._shape = shape
        self._old = old
        self._new = new
        self._edits = _Edits(shape.text)

    def result(self) -> str:
        """Give the new text."""
        self._variables()
        if self._new.persistent != self._shape.is_persistent:
            self._edits.put(self._shape.tape_call, tape_code(self._new.persistent))
        self._watches()
        self._functions()
        self._calls()
        return self._edits.result()

    def _carry(
        self,
        old: Sequence[tuple[str, Span]],
        new: Sequence[str],
        at: int,
        change: Callable[[int, int], None],
        line: Callable[[int], str],
    ) -> None:
        """Turn statements, known by name, into those that are wanted: change, drop, or insert lines.

        `change` takes the places of a statement and of what it is to be, `line` writes a new one; `at` is where it
        goes if there is none yet.
        """
        names = [name for name, _ in old]
        for tag, i, j, k, m in SequenceMatcher(None, names, new, autojunk=False).get_opcodes():
            for here, there in zip(range(i, j), range(k, m), strict=False):
                change(here, there)
            for here in range(i + (m - k), j):
                self._edits.drop(old[here][1])
            if tag == "insert" and i < len(old):
                before = self._edits.text.line_start(old[i][1].start)
            else:
                before = self._edits.after(old[j - 1][1]) if j else at
            for there in range(k + (j - i), m):
                self._edits.insert_line(before, line(there))

    def _variables(self) -> None:
        pieces, rows = self._shape.variables, self._new.variables
        at = self._shape.text.line_start(self._shape.tape_statement.start)
        self._carry(
            [(piece.row.name, piece.statement) for piece in pieces],
            [row.name for row in rows],
            at,
            lambda here, there: self._variable(pieces[here], rows[there]),
            lambda there: variable_line(rows[there]),
        )
        if not pieces and rows:
            self._edits.insert_line(at, "")

    def _variable(self, piece: VariablePiece, row: VariableRow) -> None:
        if piece.row.name != row.name:
            self._edits.put(Span(start=piece.statement.start, end=piece.call.end), f"{row.name} = {row_code(row)}")
        elif row_code(piece.row) == row_code(row):
            return
        elif (piece.row.kind in _VARIABLES) == (row.kind in _VARIABLES) and row_code(
            replace(piece.row, value=row.value)
        ) == row_code(row):
            self._edits.put(piece.value, read_value(row.value, row.dtype).code)
        else:
            options = "".join(f", {option}" for option in piece.options)
            self._edits.put(piece.call, f"{row_code(row)[:-1]}{options})")

    def _watches(self) -> None:
        watched = [row.name for row in self._new.variables if row.kind == "watched constant"]
        rows = {row.name for row in (*self._old.variables, *self._new.variables)}
        lone: list[tuple[str, Span]] = []
        for piece in self._shape.watches:
            if len(piece.names) == 1 and piece.names[0] in rows:
                lone.append((piece.names[0], piece.statement))
                continue
            names = tuple(name for name in piece.names if name in watched or name not in rows)
            watched = [name for name in watched if name not in names]
            if not names:
                self._edits.drop(piece.statement)
            elif names != piece.names:
                self._edits.put(piece.argument, sources_code(names))
        lines = [f"{self._shape.tape}.watch({name})" for name in watched]
        self._carry(
            lone,
            watched,
            self._shape.block,
            lambda here, there: (
                self._edits.put(lone[here][1], lines[there]) if lone[here][0] != watched[there] else None
            ),
            lambda there: self._indent + lines[there],
        )

    @property
    def _indent(self) -> str:
        first = self._shape.functions[0].statement.start
        return self._shape.text.text[self._shape.text.line_start(first) : first]

    def _functions(self) -> None:
        pieces = self._shape.functions
        old, new = function_codes(self._old), function_codes(self._new)
        names = list(new)
        self._carry(
            [(piece.name, piece.statement) for piece in pieces],
            names,
            self._shape.block,
            lambda here, there: self._function(pieces[here], names[there], old, new),
            lambda there: f"{self._indent}{names[there]} = {new[names[there]]}",
        )

    def _function(self, piece: FunctionPiece, name: str, old: dict[str, str], new: dict[str, str]) -> None:
        if piece.name != name:
            self._edits.put(piece.statement, f"{name} = {new[name]}")
        elif old[name] != new[name]:
            self._edits.put(piece.value, new[name])

    def _calls(self) -> None:
        pieces = self._shape.calls
        targets = self._targets()
        sources = source_names(self._new)
        at = self._edits.after(self._shape.tape_statement)
        if not pieces and targets:
            self._edits.insert_line(at, "")
        self._carry(
            [(piece.target, piece.statement) for piece in pieces],
            targets,
            at,
            lambda here, there: self._call(pieces[here], targets[there], targets, sources),
            lambda there: call_line(targets[there], targets, sources, self._shape.tape),
        )

    def _targets(self) -> tuple[str, ...]:
        """List the targets of the calls: those of the script, unless the form asks for others."""
        old, new = self._old, self._new
        is_same = (old.target, old.persistent) == (new.target, new.persistent)
        is_same = is_same and list(function_codes(old)) == list(function_codes(new))
        called = tuple(piece.target for piece in self._shape.calls)
        return called if is_same and called else called_targets(new)

    def _call(self, piece: CallPiece, target: str, targets: tuple[str, ...], sources: tuple[str, ...]) -> None:
        self._edits.put(piece.target_span, target)
        if piece.sources != source_names(self._old):
            sources = piece.sources
        if piece.sources != sources:
            self._edits.put(piece.sources_span, _in_style(piece, sources))
        if piece.result is None:
            return
        text = self._shape.text.text
        if len(piece.results) > 1 and sources != piece.sources:
            taken = dict(zip(piece.sources, piece.results, strict=False))
            self._edits.put(piece.result, ", ".join(taken.get(name, f"d{target}_d{name}") for name in sources))
            return
        old_targets = tuple(call.target for call in self._shape.calls)
        name = text[piece.result.start : piece.result.end]
        is_ours = name == result_name(piece.target, old_targets, piece.sources)
        if is_ours and len(re.findall(rf"\b{name}\b", text)) == 1:
            self._edits.put(piece.result, result_name(target, targets, sources))


_VARIABLES = frozenset({"Variable", "frozen"})


def _in_style(piece: CallPiece, names: tuple[str, ...]) -> str:
    """Write sources the way the script writes them: in a list, a tuple or a dictionary."""
    if piece.opening == "{":
        keys = dict(zip(piece.sources, piece.keys, strict=False))
        return f"{{{', '.join(f'{keys.get(name, chr(34) + name + chr(34))}: {name}' for name in names)}}}"
    is_bare = len(names) == 1 and (not piece.opening or len(piece.sources) > 1)
    if piece.opening == "(" and not is_bare:
        return f"({', '.join(names)}{',' if len(names) == 1 else ''})"
    return sources_code(names) if is_bare or len(names) > 1 else f"[{names[0]}]"
