"""The lesson's text with its syntax tree: pieces are replaced where they stand, all else stays as it was typed."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from itertools import accumulate

Edit = tuple[int, int, str]
"""From which character to which, and what stands there instead."""

PLAIN = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Constant, ast.List, ast.Tuple, ast.Dict)


class Sheet:
    """A script that can be asked where things stand, and changed there.

    A text that does not parse holds nothing.

    Parameters
    ----------
    text : str
    """

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self.tree = ast.parse(text)
        except (SyntaxError, ValueError):
            self.tree = ast.Module(body=[], type_ignores=[])
        self._lines = text.splitlines(keepends=True)
        self._starts = [0, *accumulate(len(line) for line in self._lines)]
        self._parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def offset(self, line: int, column: int) -> int:
        """Turn a line and a column in bytes, as the syntax tree counts, into a place in the text."""
        before = self._lines[line - 1].encode()[:column].decode(errors="ignore") if line <= len(self._lines) else ""
        return self._starts[line - 1] + len(before)

    def span(self, node: ast.expr | ast.stmt | ast.keyword) -> tuple[int, int]:
        """Return where a node begins and ends."""
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
        return self.offset(node.lineno, node.col_offset), self.offset(end_line, end_column)

    def source(self, node: ast.expr | ast.stmt | ast.keyword) -> str:
        """Return a node as it was typed."""
        start, end = self.span(node)
        return self.text[start:end]

    def operand(self, node: ast.expr) -> str:
        """Return an expression as it was typed, in brackets where it needs them to stand beside others."""
        return self.source(node) if isinstance(node, PLAIN) else f"({self.source(node)})"

    def parent(self, node: ast.AST) -> ast.AST | None:
        """Return the node around a node."""
        return self._parents.get(node)

    def siblings(self, statement: ast.stmt) -> list[ast.stmt]:
        """Return the statements of the block in which `statement` stands."""
        around = self._parents.get(statement)
        for _, value in ast.iter_fields(around) if around is not None else ():
            if isinstance(value, list) and any(part is statement for part in value):
                return value
        return [statement]

    def statement_of(self, node: ast.AST) -> ast.stmt | None:
        """Return the statement in which a node stands."""
        found: ast.AST | None = node
        while found is not None and not isinstance(found, ast.stmt):
            found = self._parents.get(found)
        return found

    def indent(self, statement: ast.stmt) -> str:
        """Return the white space before a statement."""
        line = self._lines[statement.lineno - 1]
        return line[: len(line) - len(line.lstrip())]

    def rows(self, statement: ast.stmt) -> Edit:
        """Return the whole lines of a statement as a piece of text, up to the next line's start."""
        start, end = self._starts[statement.lineno - 1], self._starts[statement.end_lineno or statement.lineno]
        return start, end, self.text[start:end] if self.text[start:end].endswith("\n") else self.text[start:end] + "\n"

    def stands_alone(self, statement: ast.stmt) -> bool:
        """Whether nothing else stands on the lines of a statement, and no string in it spans lines."""
        start, end = self.span(statement)
        first, last, _ = self.rows(statement)
        rest = self.text[end:last].strip()
        strings = (node for node in ast.walk(statement) if isinstance(node, ast.Constant | ast.JoinedStr))
        has_long_string = any(node.end_lineno != node.lineno for node in strings)
        return not self.text[first:start].strip() and (not rest or rest.startswith("#")) and not has_long_string

    def moved(self, statement: ast.stmt, indent: str) -> str:
        """Return the lines of a statement with another indent."""
        old = self.indent(statement)
        _, _, text = self.rows(statement)
        return "".join(
            indent + line.removeprefix(old) if line.strip() else line for line in text.splitlines(keepends=True)
        )

    def removal(self, statement: ast.stmt) -> Edit:
        """Return the edit that takes a statement away; a block is never left empty."""
        start, end, _ = self.rows(statement)
        if len(self.siblings(statement)) == 1 and not isinstance(self.parent(statement), ast.Module):
            return start, end, f"{self.indent(statement)}pass\n"
        return start, end, ""

    def replacement(self, node: ast.expr | ast.stmt | ast.keyword, text: str) -> Edit:
        """Return the edit that puts `text` where a node stands."""
        return (*self.span(node), text)

    def edited(self, edits: Iterable[Edit]) -> str:
        """Carry out edits that do not overlap."""
        text = self.text
        for start, end, new in sorted(edits, key=lambda edit: edit[:2], reverse=True):
            text = text[:start] + new + text[end:]
        return text

    def calls(self, line: int | None = None) -> Iterator[ast.Call]:
        """Yield the calls that stand on a line, all where none is given, the outer ones first."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and (line is None or node.lineno <= line <= (node.end_lineno or node.lineno)):
                yield node

    def assigned(self, name: str, before: int | None = None) -> ast.Assign | None:
        """Return the last assignment to `name` above line `before`, or else the last of all."""
        found = [
            node
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Assign) and any(ast.unparse(target) == name for target in node.targets)
        ]
        found.sort(key=lambda node: node.lineno)
        above = [node for node in found if before is None or node.lineno < before]
        return next(reversed(above or found), None)


def names_read(node: ast.AST) -> set[str]:
    """Return the names that are read in a node."""
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)}


def names_bound(node: ast.AST) -> set[str]:
    """Return the names that a node gives a value."""
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
