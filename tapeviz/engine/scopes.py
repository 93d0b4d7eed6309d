"""What the names in a tape's block stood for when it began: needed to run the block by itself later."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, NamedTuple

from tapeviz.engine import tap
from tapeviz.engine.events import RawTape

MAX_SCOPES = 16
"""So many tapes of one line keep their names, the first ones and the last."""

LATEST = 10_000
"""Tapes that begin after so many ops are those of long loops, which are folded: of them the last one alone counts."""


class Scope(NamedTuple):
    """What names stood for, and whether they are those of the lesson's top level."""

    names: Mapping[str, Any]
    is_top: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRun:
    """What a recording is about, as it lives on in the process that ran the lesson.

    Parameters
    ----------
    number : int
        How many runs this process had begun by then.
    filename : str
        What the lesson's code objects call their file.
    scopes : mapping of int to Scope
        By tape: what the names in its block stood for when it began. Tapes without one began outside of the lesson, or
        after too many others on the same line.
    handles : mapping of int to tensor
        The resource handle of each variable, by tensor.
    sources : mapping of int to tensor
        What gradients were asked for and is no variable, by tensor.
    """

    number: int = 0
    filename: str = ""
    scopes: Mapping[int, Scope] = field(default_factory=dict)
    handles: Mapping[int, Any] = field(default_factory=dict)
    sources: Mapping[int, Any] = field(default_factory=dict)


class ScopeBook:
    """Keeps the scopes of the tapes of one run, whose lesson is `tree`."""

    def __init__(self, tree: ast.Module | None) -> None:
        self.scopes: dict[int, tuple[RawTape, Scope]] = {}
        self._used: dict[int, frozenset[str]] = _names_by_line(tree)
        self._counts: Counter[int] = Counter()
        self._last: dict[int, int] = {}

    def note(self, tape: RawTape, frame: FrameType | None) -> None:
        """Keep what the names in the block of a tape that begins now stand for, by reference."""
        used = self._used.get(tape.line) if tape.line is not None else None
        if frame is None or not used or tape.line is None:
            return
        if self._counts[tape.line] >= (MAX_SCOPES if tape.entered_at < LATEST else 1):
            self.scopes.pop(self._last.pop(tape.line, 0), None)
            self._last[tape.line] = id(tape)
        self._counts[tape.line] += 1
        names = frame.f_locals
        # A tape that is held here would look as if the lesson still had a use for it.
        kept = {name: names[name] for name in used if name in names and not isinstance(names[name], tap.GradientTape)}
        self.scopes[id(tape)] = tape, Scope(kept, frame.f_code.co_name == "<module>")


def _names_by_line(tree: ast.Module | None) -> dict[int, frozenset[str]]:
    """Find what a block may need, by every line on which its tape may begin: its names, and those that are asked for.

    What is given to ``tape.gradient`` often has a name that does not stand in the block: ``parameters``.
    """
    nodes = list(ast.walk(tree)) if tree is not None else []
    asked = [
        argument for node in nodes if isinstance(node, ast.Call) and is_gradient_call(node) for argument in node.args
    ]
    known = names_in(asked)
    found: dict[int, frozenset[str]] = {}
    for node in nodes:
        if isinstance(node, ast.With):
            last = max(item.context_expr.end_lineno or node.lineno for item in node.items)
            for line in range(node.lineno, last + 1):
                found[line] = names_in([node]) | known
    return found


def is_gradient_call(node: ast.Call) -> bool:
    """Whether a call is one of a method ``gradient``."""
    return isinstance(node.func, ast.Attribute) and node.func.attr == "gradient"


def names_in(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """List the names that stand in some nodes."""
    return frozenset(part.id for node in nodes for part in ast.walk(node) if isinstance(part, ast.Name))
