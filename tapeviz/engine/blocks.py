"""The block of a tape as a function of its own: found in the lesson's syntax tree, with what is differentiated."""

from __future__ import annotations

import ast
import contextlib
import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tapeviz.engine.objective import NoObjectiveError
from tapeviz.engine.scopes import is_gradient_call, names_in
from tapeviz.model.lesson import cells

NAME = "objective"
SOURCES = "_tapeviz_sources"
"""What stands for what is asked for where the lesson's own words cannot be used."""

_HELD = "_tapeviz_target"

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_LEAVING = (ast.Return, ast.Yield, ast.YieldFrom, ast.Await)


@dataclass(frozen=True, slots=True)
class Block:
    """A ``with tf.GradientTape()`` statement, and the targets of a gradient call.

    `statement` is the ``with``, up to the gradient call where that stands in it, `between` what has to run after it
    before the `targets`, expressions, have their values. `call` is the gradient call in the lesson's tree, None where
    its words mean nothing here: another function makes it, or it goes through several targets by one name. `place` is
    where it stands even so.
    """

    statement: ast.With
    between: tuple[ast.stmt, ...]
    targets: tuple[ast.expr, ...]
    call: ast.Call | None
    place: ast.Call | None = None

    @property
    def names(self) -> frozenset[str]:
        """All names in it."""
        return names_in((self.statement, *self.between, *self.targets))

    def lesson_way(self) -> ast.Module:
        """Write it, with the gradient call, as it stands in the lesson; ``_tapeviz_sources`` are what is asked for.

        Raises
        ------
        NoObjectiveError
            Where the tape has no name by which it could be asked.
        """
        call = self.call or ast.copy_location(self._own_call(), self.place or self.statement)
        asking = ast.copy_location(ast.Expr(call), call)
        body: list[ast.stmt] = [self.statement, *self.between, asking]
        if self.is_asked_within:
            inside = copy.copy(self.statement)
            inside.body = [*self.statement.body[:-1], asking]
            body = [inside]
        return ast.fix_missing_locations(ast.Module(body=body, type_ignores=[]))

    @property
    def is_asked_within(self) -> bool:
        """Whether the gradient call stands in the block of its tape."""
        (first, *_) = self.targets
        return isinstance(first, ast.Name) and first.id == _HELD

    def _own_call(self) -> ast.Call:
        tapes = [item.optional_vars for item in self.statement.items if isinstance(item.optional_vars, ast.Name)]
        if not tapes:
            raise NoObjectiveError(
                "The tape of this call has no name in its `with` statement, so it cannot be asked again."
            )
        method = ast.Attribute(ast.Name(tapes[-1].id, ast.Load()), "gradient", ast.Load())
        asked = [ast.List(list(self.targets), ast.Load()), ast.Name(SOURCES, ast.Load())]
        return ast.Call(func=method, args=asked, keywords=[])

    @property
    def bound(self) -> set[str]:
        """The names that it gives something to."""
        return _bound((self.statement, *self.between))

    def function(self, arguments: Iterable[str]) -> str:
        """Write it as a function of some of its names, which returns a tuple of its targets."""
        body: list[ast.stmt] = [self.statement, *self.between]
        returned = ast.Return(ast.Tuple(list(self.targets), ast.Load()))
        module = ast.Module(body=[function_of(arguments, [*body, returned])], type_ignores=[])
        return ast.unparse(ast.fix_missing_locations(module))


def function_of(arguments: Iterable[str], body: list[ast.stmt]) -> ast.FunctionDef:
    """Make a function definition of statements."""
    parameters = ast.arguments(
        posonlyargs=[], args=[ast.arg(name) for name in arguments], kwonlyargs=[], kw_defaults=[], defaults=[]
    )
    function = ast.FunctionDef(name=NAME, args=parameters, body=body, decorator_list=[])
    if "type_params" in ast.FunctionDef._fields:
        vars(function)["type_params"] = []
    return function


def find_block(text: str, tape_line: int | None, call_line: int | None, names: Sequence[str | None]) -> Block:
    """Find the block of a tape in a lesson.

    Parameters
    ----------
    text : str
        The lesson.
    tape_line, call_line : int or None
        Where the tape began and where it was asked.
    names : sequence of str or None
        What the lesson calls the targets.

    Raises
    ------
    NoObjectiveError
        Where the block, or what was differentiated, is not written in the lesson.
    """
    lesson = _Lesson(text)
    statement = lesson.with_at(tape_line)
    call = lesson.call_at(call_line, statement, names)
    if call is None or lesson.owner(call) is not lesson.owner(statement):
        return _checked(Block(statement, (), _named(statement, names), None, call))
    inside = lesson.way(statement, call)
    target = next(iter(call.args), None) or next((word.value for word in call.keywords if word.arg == "target"), None)
    if target is None:
        raise NoObjectiveError(
            "What this call differentiates cannot be read from the lesson: write tape.gradient(y, x)."
        )
    if inside is not None:
        cut = copy.copy(statement)
        cut.body = [*statement.body[:inside], *_with_value(target)]
        return _checked(Block(cut, (), (ast.Name(_HELD, ast.Load()),), call))
    following = lesson.following(statement, call)
    between = _needed(following, target)
    bound = _bound((statement, *between))
    if not names_in([target]) & bound and all(name in bound for name in names):
        return _checked(Block(statement, (), _named(statement, names), None, call))
    return _checked(Block(statement, between, (target,), call))


def _with_value(target: ast.expr) -> list[ast.stmt]:
    return [ast.Assign(targets=[ast.Name(_HELD, ast.Store())], value=target)]


class _Lesson:
    """The syntax tree of a lesson, in which every node knows what it stands in."""

    def __init__(self, text: str) -> None:
        self._parents: dict[ast.AST, ast.AST] = {}
        self._nodes: list[ast.AST] = []
        for node in ast.walk(tree_of(text)):
            self._nodes.append(node)
            for child in ast.iter_child_nodes(node):
                self._parents[child] = node

    def with_at(self, line: int | None) -> ast.With:
        """Find the innermost ``with`` statement whose tapes begin on a line."""
        found = [
            node for node in self._nodes if isinstance(node, ast.With) and line is not None and _begins(node, line)
        ]
        if not found:
            raise NoObjectiveError(
                "The tape of this call was not opened by a `with` block of the lesson, so there is no function to "
                "descend on. Write the loss inside `with tf.GradientTape() as tape:`."
            )
        return max(found, key=lambda node: (node.lineno, node.col_offset))

    def call_at(self, line: int | None, statement: ast.With, names: Sequence[str | None]) -> ast.Call | None:
        """Find the call of ``gradient`` on a line; of several the one on this tape, or with a target of this name."""
        tapes = {item.optional_vars.id for item in statement.items if isinstance(item.optional_vars, ast.Name)}
        found = [
            node
            for node in self._nodes
            if isinstance(node, ast.Call)
            and is_gradient_call(node)
            and line is not None
            and node.lineno <= line <= (node.end_lineno or node.lineno)
        ]

        def fitness(call: ast.Call) -> tuple[bool, bool]:
            assert isinstance(call.func, ast.Attribute)
            is_on_tape = isinstance(call.func.value, ast.Name) and call.func.value.id in tapes
            return is_on_tape, bool(call.args) and isinstance(call.args[0], ast.Name) and call.args[0].id in names

        return max(found, key=fitness, default=None)

    def owner(self, node: ast.AST) -> ast.AST | None:
        """Return the function that a node stands in, None at the top level."""
        parent = self._parents.get(node)
        while parent is not None and not isinstance(parent, _FUNCTIONS):
            parent = self._parents.get(parent)
        return parent

    def way(self, statement: ast.With, node: ast.AST) -> int | None:
        """Return the place of the statement in the block that a node stands in, None where it stands outside."""
        while node in self._parents:
            parent = self._parents[node]
            if parent is statement:
                return statement.body.index(node) if isinstance(node, ast.stmt) and node in statement.body else None
            node = parent
        return None

    def following(self, statement: ast.With, call: ast.Call) -> list[ast.stmt]:
        """List the statements after a ``with`` up to the one that the call stands in."""
        parent = self._parents.get(statement)
        for _, body in ast.iter_fields(parent) if parent is not None else ():
            if isinstance(body, list) and statement in body:
                found = []
                for other in body[body.index(statement) + 1 :]:
                    found.append(other)
                    if any(node is call for node in ast.walk(other)):
                        return found
        return []


def tree_of(text: str) -> ast.Module:
    """Read a lesson; cells that cannot be read are left out."""
    whole = ast.Module(body=[], type_ignores=[])
    for cell in cells(text):
        if cell.kind == "code":
            with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
                whole.body += ast.parse("\n" * (cell.first_line - 1) + cell.text).body
    return whole


def _begins(node: ast.With, line: int) -> bool:
    return node.lineno <= line <= max(item.context_expr.end_lineno or node.lineno for item in node.items)


def _bound(statements: Iterable[ast.AST]) -> set[str]:
    return {
        part.id
        for statement in statements
        for part in ast.walk(statement)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
    }


def _needed(following: Sequence[ast.stmt], target: ast.expr) -> tuple[ast.stmt, ...]:
    """Pick the assignments after the block that the target rests on."""
    wanted = set(names_in([target]))
    kept: list[ast.stmt] = []
    for statement in reversed(following[:-1]):
        if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign) and _bound([statement]) & wanted:
            wanted |= names_in([statement])
            kept.append(statement)
    return tuple(reversed(kept))


def _named(statement: ast.With, names: Sequence[str | None]) -> tuple[ast.expr, ...]:
    """Make the targets of the names that the recording has for them."""
    bound = _bound([statement])
    if not names or not all(name in bound for name in names):
        raise NoObjectiveError(
            "What this call differentiates has no name in the block of its tape, so it cannot be computed again. "
            "Give it one: `loss = ...` inside the block."
        )
    return tuple(ast.Name(name, ast.Load()) for name in names if name is not None)


def _checked(block: Block) -> Block:
    waiting: list[ast.AST] = [*block.statement.body, *block.between]
    while waiting:
        node = waiting.pop()
        if isinstance(node, _LEAVING):
            raise NoObjectiveError(
                f"Line {node.lineno} leaves the tape's block before its end, so the block is no function by itself. "
                "Move the `return` behind the block."
            )
        if not isinstance(node, _FUNCTIONS):
            waiting.extend(ast.iter_child_nodes(node))
    return block
