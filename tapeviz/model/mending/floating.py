"""Mends of whole numbers where a derivative needs floating ones."""

from __future__ import annotations

import ast

from tapeviz.model.connectivity.syntax import called_name
from tapeviz.model.mending.asked import Asked
from tapeviz.model.mending.mend import Mend
from tapeviz.model.mending.sheet import Edit, Sheet

WANT_WHOLE = frozenset({"one_hot", "gather", "gather_nd", "range", "zeros", "ones", "reshape", "embedding_lookup"})
"""Functions that take whole numbers only, as positions or sizes."""

MAKERS = frozenset({"Variable", "constant", "convert_to_tensor"})


def make_floating(sheet: Sheet, name: str, before: int | None) -> list[Mend]:
    """Write the numbers that `name` is made of with a decimal point."""
    assigned = sheet.assigned(name, before)
    value = assigned.value if assigned is not None else None
    if assigned is None or not isinstance(value, ast.Call) or called_name(value) not in MAKERS or not value.args:
        return []
    edits: list[Edit] = []
    for node in ast.walk(value.args[0]):
        if isinstance(node, ast.Constant) and type(node.value) is int:
            edits.append((sheet.span(node)[1], sheet.span(node)[1], ".0"))
        elif not isinstance(node, ast.Constant | ast.List | ast.Tuple | ast.UnaryOp | ast.Load | ast.unaryop):
            return []
    for keyword in value.keywords:
        if keyword.arg == "dtype" and "int" in ast.unparse(keyword.value):
            edits.append(sheet.replacement(keyword.value, "tf.float32"))
    if not edits:
        return []
    new = Sheet(sheet.edited(edits)).assigned(name, before)
    written = ast.unparse(new.value) if new is not None else ""
    sentence = f"Give {name} floating numbers on line {assigned.lineno}: {written}."
    return [Mend(title=f"make {name} floating", sentence=sentence, text=sheet.edited(edits))]


def _is_wanted_whole(sheet: Sheet, cast: ast.Call) -> bool:
    """Whether something wants whole numbers of the cast: an index, a number of classes, a shape."""
    parent = sheet.parent(cast)
    if isinstance(parent, ast.Assign):
        names = {target.id for target in parent.targets if isinstance(target, ast.Name)}
        return any(
            isinstance(part, ast.Name) and part.id in names
            for call in sheet.calls()
            if called_name(call) in WANT_WHOLE
            for part in ast.walk(call)
        )
    return isinstance(parent, ast.Subscript) or (isinstance(parent, ast.Call) and called_name(parent) in WANT_WHOLE)


def leave_out_casts(asked: Asked, lines: set[int]) -> list[Mend]:
    """Leave casts to whole numbers out on these lines."""
    sheet = asked.sheet
    casts = [
        call
        for line in sorted(lines)
        for call in sheet.calls(line)
        if called_name(call) == "cast" and len(call.args) > 1 and "int" in ast.unparse(call.args[1])
    ]
    edits = []
    for call in dict.fromkeys(casts):
        if _is_wanted_whole(sheet, call):
            return []
        is_whole = isinstance(sheet.parent(call), ast.Assign | ast.Return | ast.Call | ast.keyword)
        edits.append(sheet.replacement(call, sheet.source(call.args[0]) if is_whole else sheet.operand(call.args[0])))
    if not edits:
        return []
    sentence = "Leave the cast to whole numbers out: no derivative passes through it."
    return [Mend(title="leave out the cast", sentence=sentence, text=sheet.edited(edits))]
