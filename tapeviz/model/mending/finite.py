"""Mends of NaNs and infinities: the standard forms that cannot overflow or divide by zero."""

from __future__ import annotations

import ast
from collections.abc import Callable

from tapeviz.model.connectivity.syntax import called_name
from tapeviz.model.mending.mend import Mend
from tapeviz.model.mending.sheet import Sheet, names_bound, names_read
from tapeviz.model.recording import Finding, Recording, SourceRange

Form = tuple[ast.expr, str, str]
"""A piece of the script, what to write instead, and what to call it."""


def mends_of_not_finite(recording: Recording, finding: Finding) -> list[Mend]:
    """Write what gave a NaN or an infinity in the standard form that does not."""
    place = None if finding.op is None else recording.ops[finding.op].place
    if place is None:
        return []
    sheet = Sheet(recording.source.text)
    own = _expression_at(sheet, place)
    if own is None:
        return []
    if finding.cause == "where_branch":
        return _double_where(sheet, own)
    around = _around(sheet, own)
    for form in (_stable_form(sheet, node) for node in around):
        if form is not None:
            node, text, name = form
            sentence = f"Use {name}, which computes the same and stays finite: `{text}`."
            return [Mend(title=f"use {name}", sentence=sentence, text=sheet.edited([sheet.replacement(node, text)]))]
    return _guarded(sheet, own, finding.cause)


def _expression_at(sheet: Sheet, place: SourceRange) -> ast.expr | None:
    """Return the expression that stands exactly at a place."""
    start = (place.line, place.column)
    for node in ast.walk(sheet.tree):
        if isinstance(node, ast.expr) and node.lineno == place.line:
            begin, end = sheet.span(node)
            first = sheet.offset(place.line, 0)
            if (node.lineno, begin - first) == start and end == sheet.offset(place.end_line, 0) + place.end_column:
                return node
    return None


def _around(sheet: Sheet, node: ast.expr) -> list[ast.expr]:
    """Return an expression and those that it stands in, the outermost first."""
    found: list[ast.expr] = [node]
    parent = sheet.parent(node)
    while isinstance(parent, ast.expr):
        found.insert(0, parent)
        parent = sheet.parent(parent)
    return found


def _stable_form(sheet: Sheet, node: ast.expr) -> Form | None:
    """Return the stable form of ``log(1 + exp(x))``, ``exp(x) / sum(exp(x))`` and their like."""
    for form in (_of_logarithm, _of_softmax, _of_sigmoid):
        found = form(sheet, node)
        if found is not None:
            return (node, *found)
    return None


def _of_logarithm(sheet: Sheet, node: ast.expr) -> tuple[str, str] | None:
    inner = _argument_of(node, "log")
    if inner is None:
        return None
    total = _argument_of(inner, "reduce_sum")
    power = _argument_of(total, "exp") if total is not None else None
    if power is not None and isinstance(inner, ast.Call):
        more = [*map(sheet.source, inner.args[1:]), *map(sheet.source, inner.keywords)]
        return f"tf.reduce_logsumexp({', '.join([sheet.source(power), *more])})", "tf.reduce_logsumexp"
    for name, form in (("sigmoid", "tf.math.log_sigmoid"), ("softmax", "tf.nn.log_softmax")):
        argument = _argument_of(inner, name)
        if argument is not None:
            return f"{form}({sheet.source(argument)})", form
    added = _added_to_one(inner)
    power = _argument_of(added, "exp") if added is not None else None
    if power is not None:
        return f"tf.nn.softplus({sheet.source(power)})", "tf.nn.softplus"
    return None


def _of_softmax(sheet: Sheet, node: ast.expr) -> tuple[str, str] | None:
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Div):
        return None
    power, total = _argument_of(node.left, "exp"), _argument_of(node.right, "reduce_sum")
    below = _argument_of(total, "exp") if total is not None else None
    if (
        power is None
        or below is None
        or ast.unparse(power) != ast.unparse(below)
        or not isinstance(node.right, ast.Call)
    ):
        return None
    axis = next((f", axis={sheet.source(k.value)}" for k in node.right.keywords if k.arg == "axis"), "")
    return f"tf.nn.softmax({sheet.source(power)}{axis})", "tf.nn.softmax"


def _of_sigmoid(sheet: Sheet, node: ast.expr) -> tuple[str, str] | None:
    is_quotient = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and _is_one(node.left)
    added = _added_to_one(node.right) if is_quotient and isinstance(node, ast.BinOp) else None
    power = _argument_of(added, "exp") if added is not None else None
    if isinstance(power, ast.UnaryOp) and isinstance(power.op, ast.USub):
        return f"tf.sigmoid({sheet.source(power.operand)})", "tf.sigmoid"
    return None


def _guarded(sheet: Sheet, node: ast.expr, cause: str) -> list[Mend]:
    """Keep the argument of the op away from the point where it is not finite."""
    guard = _GUARDS.get(cause)
    found = guard(sheet, node) if guard is not None else None
    if found is None:
        return []
    text, title = found
    sentence = f"Write `{text}` instead of `{sheet.source(node)}`."
    return [Mend(title=title, sentence=sentence, text=sheet.edited([sheet.replacement(node, text)]))]


def _guard_log(sheet: Sheet, node: ast.expr) -> tuple[str, str] | None:
    argument = _argument_of(node, "log")
    if argument is None or not isinstance(node, ast.Call):
        return None
    return f"{sheet.source(node.func)}(tf.maximum({sheet.source(argument)}, 1e-7))", "keep the argument above 0"


def _guard_division(sheet: Sheet, node: ast.expr) -> tuple[str, str] | None:
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Div):
        return None
    text = f"tf.math.divide_no_nan({sheet.source(node.left)}, {sheet.source(node.right)})"
    return text, "use tf.math.divide_no_nan"


def _guard_root(sheet: Sheet, node: ast.expr) -> tuple[str, str] | None:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        return f"({sheet.source(node.left)} + 1e-12) ** {sheet.operand(node.right)}", "add 1e-12 under the root"
    if not isinstance(node, ast.Call) or not node.args:
        return None
    name, argument = called_name(node), sheet.source(node.args[0])
    if name in {"sqrt", "rsqrt"}:
        return f"{sheet.source(node.func)}({argument} + 1e-12)", "add 1e-12 under the root"
    if name == "norm" and len(node.args) == 1 and not any(keyword.arg == "ord" for keyword in node.keywords):
        more = "".join(f", {sheet.source(keyword)}" for keyword in node.keywords)
        return f"tf.sqrt(tf.reduce_sum(tf.square({argument}){more}) + 1e-12)", "add 1e-12 under the root"
    return None


_GUARDS: dict[str, Callable[[Sheet, ast.expr], tuple[str, str] | None]] = {
    "log_of_zero": _guard_log,
    "zero_by_zero": _guard_division,
    "division_by_zero": _guard_division,
    "root_at_zero": _guard_root,
}


def _double_where(sheet: Sheet, node: ast.expr) -> list[Mend]:
    """Give the op a harmless argument wherever its branch is not chosen."""
    found = _where_over(sheet, node)
    unsafe = _unsafe_argument(node)
    if found is None or unsafe is None:
        return []
    where, is_chosen_when_true = found
    condition, argument = sheet.source(where.args[0]), sheet.source(unsafe)
    kept = f"{argument}, tf.ones_like({argument})" if is_chosen_when_true else f"tf.ones_like({argument}), {argument}"
    text = f"tf.where({condition}, {kept})"
    sentence = f"Choose a harmless argument first: `{text}` instead of `{argument}`."
    return [Mend(title="use the double where", sentence=sentence, text=sheet.edited([sheet.replacement(unsafe, text)]))]


def _where_over(sheet: Sheet, node: ast.expr) -> tuple[ast.Call, bool] | None:
    """Return the ``tf.where`` that picks what `node` computes, and whether it does so where its condition is true."""
    statement = sheet.statement_of(node)
    bound = names_bound(statement) if isinstance(statement, ast.Assign) else set()
    for call in sheet.calls():
        if called_name(call) != "where" or len(call.args) != 3:
            continue
        for place in (1, 2):
            branch = call.args[place]
            is_inside = any(part is node for part in ast.walk(branch))
            is_named = isinstance(branch, ast.Name) and branch.id in bound and _is_known(sheet, call, node)
            if is_inside or is_named:
                return call, place == 1
    return None


def _is_known(sheet: Sheet, where: ast.Call, node: ast.expr) -> bool:
    """Whether all that the condition reads has a value where `node` stands."""
    for name in names_read(where.args[0]):
        assigned = sheet.assigned(name)
        if assigned is not None and assigned.lineno >= node.lineno:
            return False
    return True


def _unsafe_argument(node: ast.expr) -> ast.expr | None:
    if isinstance(node, ast.Call) and node.args:
        return node.args[0]
    if isinstance(node, ast.BinOp):
        return node.left if isinstance(node.op, ast.Pow) else node.right
    return None


def _argument_of(node: ast.expr, name: str) -> ast.expr | None:
    """Return the first argument where `node` calls the function of that name."""
    return node.args[0] if isinstance(node, ast.Call) and called_name(node) == name and node.args else None


def _added_to_one(node: ast.expr) -> ast.expr | None:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        if _is_one(node.left):
            return node.right
        return node.left if _is_one(node.right) else None
    return None


def _is_one(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 1
