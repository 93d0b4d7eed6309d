"""What the lesson's text says that no op can: names of tapes, what became of Python numbers, branches not taken."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from tapeviz.model.recording import SourceRange

Scope = str
GROWING_METHODS = frozenset({"append", "extend", "insert", "add", "update"})
Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


class LessonSyntax:
    """The lesson's syntax tree, asked about lines.

    A text that does not parse is treated as empty: nothing is said about it.

    Parameters
    ----------
    text : str
    """

    def __init__(self, text: str) -> None:
        try:
            self.tree = ast.parse(text)
        except (SyntaxError, ValueError):
            self.tree = ast.Module(body=[], type_ignores=[])
        self._lines = text.splitlines()
        self._functions = {node.name: node for node in ast.walk(self.tree) if isinstance(node, Function)}
        self._called_objects = dict(self._objects_to_call())
        self._departure_lines: frozenset[int] = frozenset()
        self._behind_places: dict[SourceRange, frozenset[int]] = {}
        self._tainted: dict[tuple[Scope, str], frozenset[int]] = {}
        self._returns: dict[str, frozenset[int]] = {}

    def follow_departures(self, lines: Iterable[int]) -> None:
        """Follow what left TensorFlow on `lines` through assignments, calls and returns."""
        self._departure_lines = frozenset(lines)
        if self._departure_lines:
            self._carry_all()

    def text_of(self, line: int) -> str:
        """Return the text of a line (from 1), without the white space around it."""
        return self._lines[line - 1].strip() if 0 < line <= len(self._lines) else ""

    def expression(self, place: SourceRange) -> str:
        """Return the text at `place`; empty where it spans lines."""
        if place.line != place.end_line or not 0 < place.line <= len(self._lines):
            return ""
        return self._lines[place.line - 1][place.column : place.end_column].strip()

    def function(self, name: str) -> Function | None:
        """Return the function of that name which the lesson defines."""
        return self._functions.get(name)

    def function_around(self, line: int | None) -> str | None:
        """Return the name of the innermost function in whose body `line` stands."""
        around = [function for function in self._functions.values() if _spans(function, line)]
        return max(around, key=lambda function: function.lineno).name if around else None

    def tape_name(self, line: int | None, rank: int = 0) -> str:
        """Return what the lesson calls the tape made on `line`; ``tape`` where it has no name there.

        `rank` says how many tapes were made on that line before it: one line can make several.
        """
        names: list[str] = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.With):
                made = [item for item in node.items if _spans(item.context_expr, line)]
                names += [ast.unparse(item.optional_vars) for item in made if item.optional_vars is not None]
            elif isinstance(node, ast.Assign) and node.lineno == line:
                names.append(ast.unparse(node.targets[0]))
        return names[rank % len(names)] if names else "tape"

    def block_of_tape(self, line: int | None) -> list[ast.stmt]:
        """Return the statements under the tape made on `line`; the whole lesson where it has no block of its own."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.With) and any(_spans(item.context_expr, line) for item in node.items):
                return node.body
        return self.tree.body

    def methods(self) -> list[Function]:
        """Return the methods of the lesson's classes."""
        classes = (node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef))
        return [member for owner in classes for member in owner.body if isinstance(member, Function)]

    def stopped_tapes(self, line: int | None) -> frozenset[str]:
        """Return the names of the tapes in whose ``stop_recording`` blocks `line` stands."""
        return frozenset(
            ast.unparse(item.context_expr.func.value)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.With) and _spans(node, line)
            for item in node.items
            if isinstance(item.context_expr, ast.Call)
            and isinstance(item.context_expr.func, ast.Attribute)
            and item.context_expr.func.attr == "stop_recording"
        )

    def bindings(self, name: str) -> list[tuple[int, ast.expr]]:
        """Return each line at the top of the lesson that gives `name` a value, and the value, in the order of lines."""
        found = [
            (node.lineno, node.value)
            for scope, node in self._scoped_nodes()
            if isinstance(node, ast.Assign)
            and not scope
            and any(ast.unparse(target) == name for target in node.targets)
        ]
        return sorted(found, key=lambda binding: binding[0])

    def runs_after(self, line: int | None, other: int | None) -> bool:
        """Whether `line` runs after `other` for certain: in a statement below, both at the top of the lesson.

        Of lines in functions nothing is certain, nor of two in one loop.
        """
        below, above = self._top_statement(line), self._top_statement(other)
        if below is None or above is None or isinstance(below, Definition) or isinstance(above, Definition):
            return False
        return below.lineno > (above.end_lineno or above.lineno)

    def _top_statement(self, line: int | None) -> ast.stmt | None:
        return next((statement for statement in self.tree.body if _spans(statement, line)), None)

    def statement_at(self, line: int | None) -> ast.stmt | None:
        """Return the innermost statement that covers `line`."""
        if line is None:
            return None
        covering = [
            node
            for node in ast.walk(self.tree)
            if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno)
        ]
        return max(
            covering, key=lambda node: (node.lineno, -(node.end_lineno or node.lineno), node.col_offset), default=None
        )

    def assigned_value(self, name: str, line: int | None = None, *, before: int | None = None) -> ast.expr | None:
        """Return the expression last bound to `name`: on `line` where one is given, else above `before` if anywhere."""
        assignments = (node for node in ast.walk(self.tree) if isinstance(node, ast.Assign))
        bound = [
            node
            for node in assignments
            if line in (None, node.lineno) and any(ast.unparse(target) == name for target in node.targets)
        ]
        bound.sort(key=lambda node: node.lineno)
        above = [node for node in bound if before is None or node.lineno < before]
        return (above or bound)[-1].value if bound else None

    def numpy_calls(self, line: int | None) -> list[str]:
        """Return the NumPy functions that are called in the statement on `line`, such as ``np.sin``."""
        statement = self.statement_at(line)
        if statement is None:
            return []
        names = [ast.unparse(node.func) for node in ast.walk(statement) if isinstance(node, ast.Call)]
        return [name for name in names if name.split(".")[0] in {"np", "numpy"}]

    def covers(self, place: SourceRange, node: ast.expr | ast.stmt) -> bool:
        """Whether `node` stands within `place`."""
        start, end = self._span(node)
        return (place.line, place.column) <= start and end <= (place.end_line, place.end_column)

    def is_within(self, place: SourceRange, node: ast.expr | ast.stmt) -> bool:
        """Whether `place` lies within `node`."""
        start, end = self._span(node)
        return start <= (place.line, place.column) and (place.end_line, place.end_column) <= end

    def departures_behind(self, place: SourceRange) -> frozenset[int]:
        """Return the lines of departure whose values the expression at `place` uses."""
        if place not in self._behind_places:
            self._behind_places[place] = self._lines_behind(place)
        return self._behind_places[place]

    def departures_behind_name(self, name: str) -> frozenset[int]:
        """Return the lines of departure whose values the lesson keeps under `name`."""
        found: frozenset[int] = frozenset()
        for (_, tainted), lines in self._tainted.items():
            if tainted == name:
                found |= lines
        return found

    def _lines_behind(self, place: SourceRange) -> frozenset[int]:
        lines: frozenset[int] = frozenset()
        for scope, node in self._scoped_nodes():
            if isinstance(node, ast.expr) and self.covers(place, node):
                lines |= self._behind(node, scope)
                if isinstance(node, ast.Call) and self._may_leave(node):
                    lines |= self._departures_within(node)
        return lines

    def _may_leave(self, call: ast.Call) -> bool:
        """Whether the call is one that takes numbers out of TensorFlow: any that is not TensorFlow's own."""
        root: ast.expr = call.func
        while isinstance(root, ast.Attribute):
            root = root.value
        name = called_name(call)
        if isinstance(root, ast.Name) and root.id in {"tf", "tensorflow", "keras"}:
            return name in {"numpy_function", "py_function", "py_func", "constant"}
        return self._callee(call) not in self._functions

    def _callee(self, call: ast.Call) -> str:
        """Return the name of the function that a call runs: of an object of the lesson's own class its ``__call__``."""
        name = called_name(call)
        return self._called_objects.get(name, name)

    def _objects_to_call(self) -> Iterator[tuple[str, str]]:
        """Yield names that hold an object of a class of the lesson, with the method that runs when it is called."""
        classes = {node.name: node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef)}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                made = classes.get(called_name(node.value))
                defined = {member.name for member in made.body if isinstance(member, Function)} if made else set()
                method = next((name for name in ("__call__", "call") if name in defined), None)
                if method is not None:
                    yield from ((ast.unparse(target).rpartition(".")[2], method) for target in node.targets)

    def _departures_within(self, expression: ast.expr) -> frozenset[int]:
        end = expression.end_lineno or expression.lineno
        return frozenset(line for line in self._departure_lines if expression.lineno <= line <= end)

    def _span(self, node: ast.expr | ast.stmt) -> tuple[tuple[int, int], tuple[int, int]]:
        end_line = node.end_lineno or node.lineno
        end_column = node.col_offset if node.end_col_offset is None else node.end_col_offset
        start = (node.lineno, self._character(node.lineno, node.col_offset))
        return start, (end_line, self._character(end_line, end_column))

    def _character(self, line: int, column: int) -> int:
        """Turn a column in bytes, as the syntax tree counts, into one in characters, as places count."""
        text = self._lines[line - 1]
        return column if text.isascii() else len(text.encode()[:column].decode(errors="ignore"))

    def _carry_all(self) -> None:
        """Carry each departure on until nothing new is reached."""
        carriers = ast.stmt | ast.Call | ast.NamedExpr
        statements = [(scope, node) for scope, node in self._scoped_nodes() if isinstance(node, carriers)]
        is_growing = True
        while is_growing:
            before = sum(map(len, self._tainted.values())) + sum(map(len, self._returns.values()))
            for scope, node in statements:
                self._carry(scope, node)
            is_growing = before < sum(map(len, self._tainted.values())) + sum(map(len, self._returns.values()))

    def _carry(self, scope: Scope, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._taint(scope, target, self._in(value, scope))
            case ast.AugAssign(target=target, value=value) | ast.NamedExpr(target=target, value=value):
                self._taint(scope, target, self._in(value, scope))
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._taint(scope, target, self._in(value, scope))
            case ast.For(target=target, iter=source):
                self._taint(scope, target, self._in(source, scope))
            case ast.Return(value=ast.expr() as value):
                self._returns[scope] = self._returns.get(scope, frozenset()) | self._in(value, scope)
            case ast.Call():
                self._carry_call(scope, node)

    def _carry_call(self, scope: Scope, call: ast.Call) -> None:
        function = self._functions.get(self._callee(call))
        if function is not None:
            for name, argument in arguments(call, function):
                self._taint(function.name, ast.Name(id=name), self._in(argument, scope))
        elif isinstance(call.func, ast.Attribute) and call.func.attr in GROWING_METHODS:
            for argument in call.args:
                self._taint(scope, call.func.value, self._in(argument, scope))

    def _taint(self, scope: Scope, target: ast.expr, lines: frozenset[int]) -> None:
        if not lines:
            return
        if isinstance(target, ast.Tuple | ast.List):
            for element in target.elts:
                self._taint(scope, element, lines)
            return
        while isinstance(target, ast.Subscript | ast.Starred):
            target = target.value
        key = (scope, ast.unparse(target))
        self._tainted[key] = self._tainted.get(key, frozenset()) | lines

    def _in(self, expression: ast.expr, scope: Scope) -> frozenset[int]:
        lines = self._departures_within(expression)
        for node in ast.walk(expression):
            if isinstance(node, ast.expr):
                lines |= self._behind(node, scope)
        return lines

    def _behind(self, node: ast.expr, scope: Scope) -> frozenset[int]:
        if isinstance(node, ast.Name | ast.Attribute):
            name = ast.unparse(node)
            return self._tainted.get((scope, name)) or self._tainted.get(("", name)) or frozenset()
        if isinstance(node, ast.Call):
            return self._returns.get(self._callee(node), frozenset())
        return frozenset()

    def _scoped_nodes(self) -> Iterator[tuple[Scope, ast.AST]]:
        """Yield every node with the name of the function it stands in; empty at the top."""
        waiting: list[tuple[Scope, ast.AST]] = [("", self.tree)]
        while waiting:
            scope, node = waiting.pop()
            yield scope, node
            inner = node.name if isinstance(node, Function) else scope
            waiting.extend((inner, child) for child in ast.iter_child_nodes(node))


def arguments(call: ast.Call, function: Function) -> Iterator[tuple[str, ast.expr]]:
    """Yield the parameter to which each argument of `call` goes; a method's ``self`` takes none."""
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    if names[:1] == ["self"]:
        names = names[1:]
    yield from zip(names, call.args, strict=False)
    for keyword in call.keywords:
        if keyword.arg is not None:
            yield keyword.arg, keyword.value


def _spans(node: ast.expr | ast.stmt, line: int | None) -> bool:
    return line is not None and node.lineno <= line <= (node.end_lineno or node.lineno)


def called_name(call: ast.Call) -> str:
    """Return the last name of what is called: ``sin`` for ``np.sin(x)``."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
