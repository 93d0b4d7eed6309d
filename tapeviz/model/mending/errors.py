"""Mends of errors that stand around gradients."""

from __future__ import annotations

import ast
import re

from tapeviz.model.connectivity.syntax import Function, called_name
from tapeviz.model.mending.asked import argument, block_of, gradient_call_at
from tapeviz.model.mending.floating import make_floating
from tapeviz.model.mending.mend import Mend
from tapeviz.model.mending.sheet import Sheet
from tapeviz.model.mending.tensors import stay_in_tensorflow
from tapeviz.model.mending.watching import in_place

_SIZES = re.compile(r"In\[0\]: \[(\d+),(\d+)\], In\[1\]: \[(\d+),(\d+)\]")


def persist(sheet: Sheet, line: int) -> list[Mend]:
    """Make the tape that was released by its first call persistent."""
    call = gradient_call_at(sheet, line, "")
    name = ast.unparse(call.func.value) if call is not None and isinstance(call.func, ast.Attribute) else ""
    blocks = [
        (node.lineno, item.context_expr)
        for node in ast.walk(sheet.tree)
        if isinstance(node, ast.With) and node.lineno < line
        for item in node.items
        if item.optional_vars is not None and ast.unparse(item.optional_vars) == name
    ]
    assigned = sheet.assigned(name, line)
    if not blocks and assigned is not None and block_of(sheet, assigned.lineno, name) is not None:
        blocks = [(assigned.lineno, assigned.value)]
    made = max(blocks, key=lambda block: block[0])[1] if blocks else None
    if not isinstance(made, ast.Call) or called_name(made) != "GradientTape":
        return []
    flags = [keyword for keyword in made.keywords if keyword.arg == "persistent"]
    end = sheet.span(made)[1] - 1
    separator = ", " if made.args or made.keywords else ""
    edit = sheet.replacement(flags[0].value, "True") if flags else (end, end, f"{separator}persistent=True")
    sentence = f"Make {name} persistent: it is released when it is deleted, not by its first call."
    return [Mend(title="persistent=True", sentence=sentence, text=sheet.edited([edit]))]


def make_tensors(sheet: Sheet, line: int) -> list[Mend]:
    """Make tensors of the target or the source of the gradient call on a line, where they are plain numbers."""
    call = gradient_call_at(sheet, line, "")
    watched = next((c for c in sheet.calls(line) if called_name(c) == "watch"), None)
    given: list[ast.expr | None] = [] if call is None else [argument(call, 1, "sources"), argument(call, 0, "target")]
    given += watched.args if watched is not None else []
    for part in _members(given):
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and sheet.assigned(part.value, line):
            edited = sheet.edited([sheet.replacement(part, part.value)])
            sentence = f"Give {part.value} itself, not its name."
            return [Mend(title=f"give {part.value} itself", sentence=sentence, text=edited)]
        assigned = sheet.assigned(ast.unparse(part), line)
        if assigned is None or assigned.lineno >= line:
            continue
        if _is_plain(assigned.value):
            text = f"tf.Variable({sheet.source(assigned.value)})"
            name = ast.unparse(part)
            sentence = f"Make {name} a tf.Variable: a tape follows tensors and variables, not plain numbers."
            edited = sheet.edited([sheet.replacement(assigned.value, text)])
            return [Mend(title=f"make {name} a tf.Variable", sentence=sentence, text=edited)]
        mends = stay_in_tensorflow(sheet, {assigned.lineno})
        if mends:
            return mends
    return []


def return_result(sheet: Sheet, line: int) -> list[Mend]:
    """Give the function whose result is the target a ``return``."""
    call = gradient_call_at(sheet, line, "")
    target = argument(call, 0, "target") if call is not None else None
    if isinstance(target, ast.Name):
        assigned = sheet.assigned(target.id, line)
        target = assigned.value if assigned is not None else None
    if not isinstance(target, ast.Call):
        return []
    name = called_name(target)
    functions = [node for node in ast.walk(sheet.tree) if isinstance(node, Function) and node.name == name]
    if len(functions) != 1:
        return []
    last = functions[0].body[-1]
    if isinstance(last, ast.Assign) and isinstance(last.targets[0], ast.Name):
        end = sheet.rows(last)[1]
        edit = (end, end, f"{sheet.indent(last)}return {last.targets[0].id}\n")
    elif isinstance(last, ast.Expr) and not isinstance(last.value, ast.Constant):
        edit = sheet.replacement(last, f"return {sheet.source(last)}")
    else:
        return []
    return [Mend(title=f"return from {name}", sentence=f"Let {name} return its result.", text=sheet.edited([edit]))]


def transpose_second(sheet: Sheet, line: int, message: str) -> list[Mend]:
    """Transpose the second matrix of a product whose shapes fit only so."""
    sizes = _SIZES.search(message)
    if sizes is None or sizes[2] != sizes[4]:
        return []
    products = [
        node.right
        for node in ast.walk(sheet.tree)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult) and node.lineno == line
    ]
    products += [call.args[1] for call in sheet.calls(line) if called_name(call) == "matmul" and len(call.args) == 2]
    if len(products) != 1:
        return []
    text = f"tf.transpose({sheet.source(products[0])})"
    sentence = f"Transpose {sheet.source(products[0])}, so that columns and rows are as many: ({sizes[4]}, {sizes[3]})."
    edited = sheet.edited([sheet.replacement(products[0], text)])
    return [Mend(title=f"transpose {sheet.source(products[0])}", sentence=sentence, text=edited)]


def float_names_on(sheet: Sheet, line: int) -> list[Mend]:
    """Make the first whole-numbered variable that a line uses floating."""
    names = [
        node
        for node in ast.walk(sheet.tree)
        if isinstance(node, ast.Name) and node.lineno == line and isinstance(node.ctx, ast.Load)
    ]
    for name in dict.fromkeys(node.id for node in sorted(names, key=lambda node: node.col_offset)):
        mends = make_floating(sheet, name, line)
        if mends:
            return mends
    return []


def keep_variable(sheet: Sheet, line: int) -> list[Mend]:
    """Change a variable in place, where its name was bound to a tensor before it is assigned to."""
    functions = [call.func for call in sheet.calls(line)]
    for function in functions:
        if not isinstance(function, ast.Attribute) or not function.attr.startswith("assign"):
            continue
        name = ast.unparse(function.value)
        bound = [n for n in ast.walk(sheet.tree) if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == name]
        for statement in sorted(bound, key=lambda node: -node.lineno):
            mends = in_place(sheet, statement.lineno)
            if mends:
                return mends
    return []


def _members(given: list[ast.expr | None]) -> list[ast.expr]:
    found: list[ast.expr] = []
    for each in given:
        if isinstance(each, ast.List | ast.Tuple):
            found += each.elts
        elif each is not None:
            found.append(each)
    return found


def _is_plain(value: ast.expr) -> bool:
    """Whether an expression is numbers as they are typed, or an array of NumPy made from such."""
    if isinstance(value, ast.Call):
        is_array = ast.unparse(value.func) in {"np.array", "numpy.array", "np.asarray", "float"}
        return is_array and bool(value.args) and _is_plain(value.args[0])
    try:
        ast.literal_eval(value)
    except ValueError:
        return False
    return True
