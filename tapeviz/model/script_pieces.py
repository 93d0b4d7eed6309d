"""The pieces of a script that the quick form stands for, and where each of them is in the text."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass

from tapeviz.model.expression import Expression
from tapeviz.model.form import VariableKind, VariableRow
from tapeviz.model.formula_python import InexpressibleError, Source, expression_of
from tapeviz.model.formula_text import expression_text
from tapeviz.model.values import DTYPES, value_problem

_MOST_NUMBERS = 256
_COMPOUND = {
    ast.For: "a loop",
    ast.AsyncFor: "a loop",
    ast.While: "a loop",
    ast.If: "a condition",
    ast.Match: "a condition",
    ast.FunctionDef: "a function of its own",
    ast.AsyncFunctionDef: "a function of its own",
    ast.ClassDef: "a class",
    ast.Try: "a try block",
    ast.With: "a block",
    ast.AsyncWith: "a block",
}


class OtherShapeError(Exception):
    """The script is not of the form's shape; the message is the first half of a sentence that says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A range of characters of the text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VariablePiece:
    """A line that makes a variable. `options` are arguments that the form does not have (``name="x"``)."""

    row: VariableRow
    statement: Span
    call: Span
    value: Span
    options: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchPiece:
    """A ``tape.watch`` of these names."""

    names: tuple[str, ...]
    statement: Span
    argument: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionPiece:
    """A line in the tape's block that works out a function."""

    name: str
    body: Expression
    statement: Span
    value: Span
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPiece:
    """A ``tape.gradient`` of a target by sources. `result` is where the name stands that takes what it returns."""

    target: str
    sources: tuple[str, ...]
    keys: tuple[str, ...]
    opening: str
    results: tuple[str, ...]
    result: Span | None
    statement: Span
    target_span: Span
    sources_span: Span
    line: int


def python_tree(text: str) -> ast.Module:
    """Parse a script without the warnings that Python has about it; they are for the run.

    Raises
    ------
    SyntaxError
        Where it is no Python, whatever the reason.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except (ValueError, RecursionError, MemoryError) as error:
            raise SyntaxError(str(error)) from error


class Text:
    """A lesson's text as Python sees it: its tree, and characters for the parser's lines and bytes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = python_tree(text)
        self._lines = text.split("\n")
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def span(self, node: ast.stmt | ast.expr) -> Span:
        """Find where a node stands."""
        assert node.end_lineno is not None and node.end_col_offset is not None
        return Span(
            start=self._offset(node.lineno, node.col_offset), end=self._offset(node.end_lineno, node.end_col_offset)
        )

    def source(self, node: ast.expr) -> str:
        """Give the very text of a node."""
        span = self.span(node)
        return self.text[span.start : span.end]

    def line_start(self, offset: int) -> int:
        """Find the beginning of the line that an offset stands on."""
        return self.text.rfind("\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """Find the end of that line, before its line break."""
        end = self.text.find("\n", offset)
        return len(self.text) if end < 0 else end

    def _offset(self, line: int, column: int) -> int:
        text = self._lines[line - 1]
        # The parser counts bytes of UTF-8: λ is two of them.
        return self._starts[line - 1] + (
            column if text.isascii() else len(text.encode()[:column].decode(errors="ignore"))
        )


def compound_words(statement: ast.stmt) -> str:
    """Name what kind of block a statement opens; empty for a simple one."""
    return _COMPOUND.get(type(statement), "")


def dotted(node: ast.expr) -> str:
    """Write ``tf.Variable`` for the node of it; empty for anything that is no chain of names."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (room := dotted(node.value)):
        return f"{room}.{node.attr}"
    return ""


def variable_pieces(text: Text) -> list[VariablePiece]:
    """Find the variables and constants at the top level whose values are typed numbers, each name once."""
    watched = _watched_anywhere(text.tree)
    found: dict[str, VariablePiece] = {}
    for statement in text.tree.body:
        piece = _variable_piece(text, statement, watched)
        if piece is not None and piece.row.name not in found:
            found[piece.row.name] = piece
    return list(found.values())


def _watched_anywhere(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and dotted(node.func).endswith(".watch") and len(node.args) == 1:
            found.update(names_of(node.args[0]) or ())
    return found


def names_of(node: ast.expr) -> tuple[str, ...] | None:
    """List the names in ``x``, ``[x, y]``, ``(x, y)`` or ``{"x": x}``; None where there is anything else in it."""
    match node:
        case ast.Name(id=name):
            return (name,)
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            nodes: list[ast.expr] = parts
        case ast.Dict(values=parts):
            nodes = parts
        case _:
            return None
    names = tuple(part.id for part in nodes if isinstance(part, ast.Name))
    return names if len(names) == len(nodes) else None


def _variable_piece(text: Text, statement: ast.stmt, watched: set[str]) -> VariablePiece | None:
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(args=arguments) as call):
            maker = dotted(call.func)
        case _:
            return None
    if maker not in {"tf.Variable", "tf.constant"}:
        return None
    options = {keyword.arg: keyword.value for keyword in call.keywords}
    if maker == "tf.constant" and len(arguments) == 2:
        options["dtype"] = arguments[1]
    value = arguments[0] if arguments else options.pop("initial_value", options.pop("value", None))
    is_plain = len(arguments) < 2 or maker == "tf.constant"
    if value is None or not is_plain or None in options:
        return None
    typed = typed_text(value, text.source)
    if typed is None:
        return None
    is_trainable = dotted_or_constant(options.pop("trainable", None)) != "False"
    dtype = dotted_or_constant(options.pop("dtype", None)).removeprefix("tf.") or _natural_dtype(value)
    kind: VariableKind = "Variable" if is_trainable else "frozen"
    if maker == "tf.constant":
        kind = "watched constant" if name in watched else "constant"
    row = VariableRow(name=name, kind=kind, value=typed, dtype=dtype)
    if dtype not in DTYPES or value_problem(row):
        return None
    return VariablePiece(
        row=row,
        statement=text.span(statement),
        call=text.span(call),
        value=text.span(value),
        options=tuple(f"{key}={text.source(node)}" for key, node in options.items()),
        line=statement.lineno,
    )


def dotted_or_constant(node: ast.expr | None) -> str:
    """Write what an option is set to (``tf.float64``, ``False``); a string without its quotes, empty for no option."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    return dotted(node) if node is not None else ""


def typed_text(node: ast.expr, source: Source) -> str | None:
    """Write a literal as one types it into the table: ``[[1.0, 2.0], [3.0, 4.0]]``, ``pi/2``; None for others."""
    if isinstance(node, ast.List | ast.Tuple):
        if sum(isinstance(part, ast.Constant) for part in ast.walk(node)) > _MOST_NUMBERS:
            return None
        parts = [typed_text(part, source) for part in node.elts]
        return f"[{', '.join(part for part in parts if part is not None)}]" if None not in parts else None
    if any(isinstance(part, ast.Name) and part.id not in {"math", "np", "tf"} for part in ast.walk(node)):
        return None
    try:
        return expression_text(expression_of(node, source))
    except InexpressibleError:
        return None


def _natural_dtype(node: ast.expr) -> str:
    """Tell which dtype TensorFlow gives a literal: int32 where all numbers in it are whole."""
    has_float = any(
        (isinstance(part, ast.Constant) and isinstance(part.value, float)) or isinstance(part, ast.Attribute | ast.Div)
        for part in ast.walk(node)
    )
    return "float32" if has_float else "int32"
