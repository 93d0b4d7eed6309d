"""Which uses of a name stand in branches of the lesson that did not run."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tapeviz.model.connectivity.syntax import Function, LessonSyntax, arguments, called_name
from tapeviz.model.recording import SourceRange

Region = tuple[ast.expr | ast.stmt, ...]
"""The nodes of one branch: the statements of a block, or one expression."""

CONDITION: Region = ()
"""Stands for the condition of a branch, which itself runs."""

ASKING_METHODS = frozenset({"gradient", "jacobian", "batch_jacobian", "watch"})
SHOWING = (ast.BinOp, ast.UnaryOp, ast.Call, ast.Compare, ast.Subscript, ast.Return)
LEAVING = (ast.Return, ast.Raise, ast.Continue, ast.Break)
BRANCHING = (ast.If, ast.For, ast.While, ast.ExceptHandler, ast.match_case)
BRANCHING_CALLS = frozenset({"cond", "case", "switch_case"})


class NotTaken(NamedTuple):
    """The lines that compute with a name, all in branches that did not run, and whether a condition asks for it."""

    lines: tuple[int, ...] = ()
    is_in_condition: bool = False


def lines_not_taken(syntax: LessonSyntax, name: str, tape_line: int | None, places: Iterable[SourceRange]) -> NotTaken:
    """Return the lines that compute with `name` for the tape, if each stands in a branch that did not run.

    No lines where `name` is also used elsewhere, other than in a condition, or nowhere. `places` are those of the ops
    that ran within the block of the tape that is made on `tape_line`: a branch in which none of them lies did not run.
    An attribute (``model.w``) is looked for in the methods of the lesson too, as ``self.w``.
    """
    ran = tuple(places)
    block = syntax.block_of_tape(tape_line)
    uses = [use for statement in block for use in _uses(syntax, statement, name, (), ())]
    if "." in name and block:
        own = "self." + name.partition(".")[2]
        methods = (method for method in syntax.methods() if method.name != "__init__")
        uses += [use for method in methods for use in _uses(syntax, method, own, (), ())]
    computing = [(use, regions) for use, regions in uses if CONDITION not in regions]
    if not all(any(_is_untouched(syntax, region, ran) for region in regions) for _, regions in computing):
        return NotTaken()
    lines = tuple(dict.fromkeys(use.lineno for use, _ in computing))
    return NotTaken(lines=lines, is_in_condition=len(computing) < len(uses))


def _is_untouched(syntax: LessonSyntax, region: Region, ran: tuple[SourceRange, ...]) -> bool:
    """Whether the branch would have left an op, or the function, had it run, and left none."""
    would_show = any(isinstance(node, SHOWING) for part in region for node in ast.walk(part))
    is_expression = all(isinstance(part, ast.expr) for part in region)
    return (would_show or is_expression) and not any(syntax.is_within(place, part) for place in ran for part in region)


def _uses(
    syntax: LessonSyntax, root: ast.AST, name: str, regions: tuple[Region, ...], entered: tuple[str, ...]
) -> Iterator[tuple[ast.expr, tuple[Region, ...]]]:
    """Every place under `root` that computes with `name`, and the branches it stands in, calls followed."""
    waiting: list[tuple[ast.AST, tuple[Region, ...]]] = [(root, regions)]
    while waiting:
        node, around = waiting.pop()
        if isinstance(node, Function | ast.Lambda | ast.ClassDef) and node is not root and _binds(node, name):
            continue
        if isinstance(node, ast.Call) and called_name(node) in ASKING_METHODS | {"print"}:
            continue
        if isinstance(node, ast.expr) and _is_name(node, name):
            yield node, around
            continue
        function = syntax.function(called_name(node)) if isinstance(node, ast.Call) else None
        if isinstance(node, ast.Call) and function is not None and function.name not in entered:
            known_as = [parameter for parameter, argument in arguments(node, function) if _is_name(argument, name)]
            known_as += [] if _binds(function, name) else [name]
            for local_name in known_as:
                yield from _uses(syntax, function, local_name, around, (*entered, function.name))
            waiting.extend((child, around) for child in (*node.args, *node.keywords) if not _is_argument(child, name))
            continue
        waiting.extend(_children(node, around))


def _children(node: ast.AST, around: tuple[Region, ...]) -> Iterator[tuple[ast.AST, tuple[Region, ...]]]:
    """Yield what stands in `node`, each part with the branches around it."""
    for name, part in ast.iter_fields(node):
        parts = part if isinstance(part, list) else [part]
        if parts and isinstance(parts[0], ast.stmt):
            is_branch = isinstance(node, BRANCHING) and name in {"body", "orelse"}
            yield from _statements(parts, (*around, tuple(parts)) if is_branch else around)
            continue
        for child in parts:
            if isinstance(child, ast.expr) and _is_condition(node, name, child):
                yield child, (*around, CONDITION)
            elif isinstance(child, ast.expr) and _need_not_run(node, name, child):
                yield child, (*around, (child,))
            elif isinstance(child, ast.AST):
                yield child, around


def _statements(block: list[ast.stmt], around: tuple[Region, ...]) -> Iterator[tuple[ast.stmt, tuple[Region, ...]]]:
    """Yield the statements of a block; what follows on one that may leave the block is a branch of its own."""
    for index, statement in enumerate(block):
        yield statement, around
        leaves = isinstance(statement, ast.If) and any(
            branch and isinstance(branch[-1], LEAVING) for branch in (statement.body, statement.orelse)
        )
        if leaves and index + 1 < len(block):
            around = (*around, tuple(block[index + 1 :]))


def _is_condition(node: ast.AST, field: str, child: ast.expr) -> bool:
    """Whether an expression in `node` only decides what runs: no number goes from it into what is computed."""
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        return field == "test"
    return isinstance(node, ast.Call) and called_name(node) == "cond" and child in node.args[:1]


def _need_not_run(node: ast.AST, field: str, child: ast.expr) -> bool:
    """Whether an expression in `node` runs only for some values."""
    if isinstance(node, ast.IfExp):
        return field in {"body", "orelse"}
    if isinstance(node, ast.BoolOp):
        return child is not node.values[0]
    return isinstance(node, ast.Call) and isinstance(child, ast.Lambda) and called_name(node) in BRANCHING_CALLS


def _is_name(node: ast.AST, name: str) -> bool:
    if not isinstance(node, ast.Name | ast.Attribute | ast.Subscript) or not isinstance(node.ctx, ast.Load):
        return False
    return ast.unparse(node) == name


def _is_argument(node: ast.AST, name: str) -> bool:
    return _is_name(node.value if isinstance(node, ast.keyword) else node, name)


def _binds(node: Function | ast.Lambda | ast.ClassDef, name: str) -> bool:
    """Whether `name` means something else within `node`, so that its uses there say nothing."""
    if isinstance(node, ast.ClassDef):
        return False
    given = node.args
    names = [argument.arg for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return name in names
