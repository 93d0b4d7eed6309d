"""Mends of what was put in a gradient's way on purpose: stop_gradient, stop_recording, reset, state."""

from __future__ import annotations

import ast

from tapeviz.model.connectivity.syntax import called_name
from tapeviz.model.mending.asked import METHODS, Asked, argument
from tapeviz.model.mending.mend import Mend
from tapeviz.model.mending.sheet import Edit

UPDATES = {"assign": "{1}", "assign_add": "{0} + {1}", "assign_sub": "{0} - {1}"}


def let_through(asked: Asked, lines: set[int]) -> list[Mend]:
    """Leave ``tf.stop_gradient`` out on these lines."""
    sheet = asked.sheet
    stops = [
        call
        for line in sorted(lines)
        for call in sheet.calls(line)
        if called_name(call) == "stop_gradient" and call.args and call.lineno == line
    ]
    inner = {id(node) for call in stops for node in ast.walk(call) if node is not call}
    edits = []
    for call in stops:
        is_whole = isinstance(sheet.parent(call), ast.Assign | ast.Return | ast.Call | ast.keyword)
        if id(call) not in inner:
            edits.append(
                sheet.replacement(call, sheet.source(call.args[0]) if is_whole else sheet.operand(call.args[0]))
            )
    if not edits:
        return []
    sentence = "Leave tf.stop_gradient out, so that the derivative passes."
    return [Mend(title="leave out stop_gradient", sentence=sentence, text=sheet.edited(edits))]


def keep_recording(asked: Asked, lines: set[int]) -> list[Mend]:
    """Take the ``stop_recording`` block around these lines away, and leave what stands in it."""
    sheet = asked.sheet
    edits: list[Edit] = []
    for node in ast.walk(sheet.tree):
        if not isinstance(node, ast.With) or len(node.items) != 1 or not _covers(node, lines):
            continue
        made = node.items[0].context_expr
        is_stop = isinstance(made, ast.Call) and called_name(made) == "stop_recording"
        if is_stop and all(sheet.stands_alone(statement) for statement in node.body):
            start, end, _ = sheet.rows(node)
            edits.append((start, end, "".join(sheet.moved(statement, sheet.indent(node)) for statement in node.body)))
    if not edits:
        return []
    sentence = f"Leave {asked.tape_name}.stop_recording() out: the tape sees what is computed there."
    return [Mend(title="keep recording", sentence=sentence, text=sheet.edited(edits))]


def keep_what_was_recorded(asked: Asked) -> list[Mend]:
    """Leave ``tape.reset()`` out."""
    order = f"{asked.tape_name}.reset()"
    orders = [n for n in ast.walk(asked.sheet.tree) if isinstance(n, ast.Expr) and ast.unparse(n.value) == order]
    if not orders:
        return []
    text = asked.sheet.edited([asked.sheet.removal(statement) for statement in orders])
    return [Mend(title="leave out reset", sentence=f"Leave {order} out: it drops what was recorded.", text=text)]


def compute_with_tensor(asked: Asked, lines: set[int]) -> list[Mend]:
    """Go on with the tensor that was assigned to a variable inside the block, not with the variable's state."""
    for statement in asked.block.body if asked.block else []:
        if not any(statement.lineno <= line <= (statement.end_lineno or statement.lineno) for line in lines):
            continue
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            return _go_on_with(asked, statement, statement.value)
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
            return _make_no_variable(asked, statement, statement.value)
    return []


def _go_on_with(asked: Asked, statement: ast.stmt, call: ast.Call) -> list[Mend]:
    sheet, function, value = asked.sheet, call.func, argument(call, 0, "value")
    if not (isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name)) or value is None:
        return []
    if function.attr not in UPDATES or asked.block is None:
        return []
    name = function.value.id
    new = f"new_{name}"
    formula = UPDATES[function.attr].format(
        name, sheet.operand(value) if function.attr != "assign" else sheet.source(value)
    )
    indent = sheet.indent(statement)
    edits = [sheet.replacement(statement, f"{new} = {formula}\n{indent}{name}.assign({new})")]
    following = asked.block.body[asked.block.body.index(statement) + 1 :]
    for read in (node for later in following for node in ast.walk(later)):
        if isinstance(read, ast.Name) and read.id == name and isinstance(read.ctx, ast.Load):
            if not _is_plain_number(asked, read):
                return []
            edits.append(sheet.replacement(read, new))
    sentence = f"Go on with the tensor that is assigned to {name}: the tape sees tensors, not what a variable is given."
    return [Mend(title=f"compute with {new}", sentence=sentence, text=sheet.edited(edits))]


def _is_plain_number(asked: Asked, read: ast.Name) -> bool:
    """Whether a name is read for its number, not because it is a variable."""
    node: ast.AST | None = read
    while isinstance(node, ast.expr):
        parent = asked.sheet.parent(node)
        if isinstance(parent, ast.Attribute) or (
            isinstance(parent, ast.Call) and called_name(parent) in METHODS | {"apply_gradients", "watch"}
        ):
            return False
        node = parent
    return True


def _make_no_variable(asked: Asked, statement: ast.Assign, call: ast.Call) -> list[Mend]:
    value = argument(call, 0, "initial_value")
    if called_name(call) != "Variable" or value is None:
        return []
    sheet = asked.sheet
    text = sheet.source(value) if not isinstance(value, ast.Name) else f"tf.identity({sheet.source(value)})"
    name = ast.unparse(statement.targets[0])
    sentence = f"Let {name} be the tensor itself: a variable made from it begins anew."
    return [Mend(title=f"make {name} a tensor", sentence=sentence, text=sheet.edited([sheet.replacement(call, text)]))]


def _covers(node: ast.stmt, lines: set[int]) -> bool:
    return any(node.lineno <= line <= (node.end_lineno or node.lineno) for line in lines)
