"""Mends of what is computed outside of the tape's block: move it inside."""

from __future__ import annotations

import ast

from tapeviz.model.connectivity.syntax import Function, called_name
from tapeviz.model.mending.asked import METHODS, Asked
from tapeviz.model.mending.mend import Mend
from tapeviz.model.mending.sheet import Edit, Sheet, names_bound, names_read

FREE_NAMES = ("y", "z", "target", "result")


def move_inside(asked: Asked, lines: set[int]) -> list[Mend]:
    """Move the statements that compute on these lines into the block, with all that hangs together with them."""
    sheet, block = asked.sheet, asked.block
    if block is None or any(statement.lineno == block.lineno for statement in block.body):
        return []
    siblings = sheet.siblings(block)
    at = siblings.index(block)
    asking = None if asked.call is None else sheet.statement_of(asked.call)
    until = siblings.index(asking) if asking in siblings else at + 1
    before = _with_followers(siblings[:at], _touched(sheet, siblings[:at], lines))
    after = _with_what_they_read(siblings[at + 1 : until], _touched(sheet, siblings[at + 1 : until], lines))
    edits, what = _target_inside(asked, lines, asking)
    if any(not sheet.stands_alone(statement) for statement in (*before, *after)):
        return []
    indent = sheet.indent(block.body[0])
    start, end = sheet.rows(block.body[0])[0], sheet.rows(block.body[-1])[1]
    inside_first = "".join(sheet.moved(statement, indent) for statement in before)
    inside_last = "".join(sheet.moved(statement, indent) for statement in after) + what
    if not inside_first and not inside_last:
        return []
    if not sheet.text[:end].endswith("\n"):
        inside_last = "\n" + inside_last
    edits += [sheet.removal(statement) for statement in (*before, *after)]
    edits += [(start, start, inside_first), (end, end, inside_last)]
    moved = [statement.lineno for statement in (*before, *after)]
    return [_mend(asked, moved, sheet.edited(edits))]


def _mend(asked: Asked, moved: list[int], text: str) -> Mend:
    where = f"the `with` block of {asked.tape_name}"
    if not moved:
        return Mend(title="compute the target inside", sentence=f"Compute the target inside {where}.", text=text)
    lines = f"line {moved[0]}" if len(moved) == 1 else "lines " + ", ".join(map(str, moved))
    return Mend(title=f"move {lines} inside", sentence=f"Move {lines} into {where}.", text=text)


def _touched(sheet: Sheet, statements: list[ast.stmt], lines: set[int]) -> list[ast.stmt]:
    """Return the statements that run code on these lines: their own, or that of a function they call."""
    names = {name for line in lines for name in _names_for(sheet, line)}

    def runs(statement: ast.stmt) -> bool:
        if isinstance(statement, Function | ast.ClassDef | ast.Import | ast.ImportFrom):
            return False
        if any(statement.lineno <= line <= (statement.end_lineno or statement.lineno) for line in lines):
            return True
        return any(called_name(node) in names for node in ast.walk(statement) if isinstance(node, ast.Call))

    return [statement for statement in statements if runs(statement)]


def _names_for(sheet: Sheet, line: int) -> set[str]:
    """Return the names under which the code on a line is called: its function, or objects of its class."""
    functions = [n for n in ast.walk(sheet.tree) if isinstance(n, Function) and n.lineno <= line <= (n.end_lineno or 0)]
    if not functions:
        return set()
    function = max(functions, key=lambda node: node.lineno)
    owner = sheet.parent(function)
    if not isinstance(owner, ast.ClassDef):
        return {function.name}
    made = (
        node
        for node in ast.walk(sheet.tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and called_name(node.value) == owner.name
    )
    objects = {ast.unparse(target) for node in made for target in node.targets}
    return {function.name} if function.name not in {"__call__", "call"} else objects


def _with_followers(statements: list[ast.stmt], moved: list[ast.stmt]) -> list[ast.stmt]:
    """Add the later statements that read what the moved ones compute."""
    names: set[str] = set()
    found = []
    for statement in statements:
        if statement in moved or names & names_read(statement):
            found.append(statement)
            names |= names_bound(statement)
    return found


def _with_what_they_read(statements: list[ast.stmt], moved: list[ast.stmt]) -> list[ast.stmt]:
    """Add the earlier statements that compute what the moved ones read."""
    names: set[str] = set()
    found: list[ast.stmt] = []
    for statement in reversed(statements):
        if statement in moved or names & names_bound(statement):
            found.insert(0, statement)
            names |= names_read(statement)
    return found


def _target_inside(asked: Asked, lines: set[int], asking: ast.stmt | None) -> tuple[list[Edit], str]:
    """Name the target inside the block where the gradient call itself computes it."""
    target, block = asked.target, asked.block
    if (
        asking is None
        or target is None
        or block is None
        or asked.gradient_call.line not in lines | _lines_called(asked)
    ):
        return [], ""
    if isinstance(target, ast.Name | ast.List | ast.Tuple | ast.Dict) or _asks(target):
        return [], ""
    taken = names_bound(asked.sheet.tree) | names_read(asked.sheet.tree)
    name = next((name for name in FREE_NAMES if name not in taken), f"{FREE_NAMES[0]}_")
    line = f"{asked.sheet.indent(block.body[0])}{name} = {asked.sheet.source(target)}\n"
    return [asked.sheet.replacement(target, name)], line


def _lines_called(asked: Asked) -> set[int]:
    """Return the line of the gradient call where its target is the call of a function."""
    is_call = isinstance(asked.target, ast.Call)
    return {asked.gradient_call.line} if is_call and asked.gradient_call.line is not None else set()


def _asks(target: ast.expr) -> bool:
    return any(isinstance(node, ast.Call) and called_name(node) in METHODS for node in ast.walk(target))


def move_call_out(sheet: Sheet, call_line: int, name: str) -> list[Mend]:
    """Ask for the gradient after the block of its own tape instead of inside it."""
    for block in (node for node in ast.walk(sheet.tree) if isinstance(node, ast.With)):
        known_as = {ast.unparse(item.optional_vars) for item in block.items if item.optional_vars is not None}
        for place, statement in enumerate(block.body):
            is_it = statement.lineno <= call_line <= (statement.end_lineno or statement.lineno)
            if not is_it or name not in known_as or not sheet.stands_alone(statement) or len(block.body) == 1:
                continue
            moved = _with_followers(block.body[place:], [statement])
            if any(not sheet.stands_alone(each) for each in moved):
                return []
            end = sheet.rows(block)[1]
            text = "".join(sheet.moved(each, sheet.indent(block)) for each in moved)
            if not sheet.text[:end].endswith("\n") and block.body[-1] not in moved:
                text = "\n" + text
            edits = [*(sheet.removal(each) for each in moved), (end, end, text)]
            sentence = f"Ask for the gradient after the `with` block of {name}: the tape need not record its own work."
            return [Mend(title="ask after the block", sentence=sentence, text=sheet.edited(edits))]
    return []
