"""Mends of a source that the tape does not follow: watch it, train it, change it in place."""

from __future__ import annotations

import ast

from tapeviz.model.connectivity.mends import update_in_place
from tapeviz.model.connectivity.syntax import called_name
from tapeviz.model.mending.asked import Asked
from tapeviz.model.mending.mend import Mend
from tapeviz.model.mending.sheet import Edit, Sheet


def watch(asked: Asked) -> list[Mend]:
    """Tell the tape to follow the source: at the start of its block, or right after the source was made there."""
    wanted = asked.source_expression()
    if asked.block is None or wanted is None or not isinstance(wanted, ast.Name | ast.Attribute | ast.Subscript):
        return []
    name = asked.sheet.source(wanted)
    order = f"{asked.tape_name}.watch({name})"
    edits = [_first(asked, order), *_without_late_watch(asked, name)]
    sentence = f"Tell {asked.tape_name} to follow {name} from the start of the `with` block."
    return [Mend(title=f"watch {name}", sentence=sentence, text=asked.sheet.edited(edits))]


def _first(asked: Asked, order: str) -> Edit:
    """Put an order first into the block, or behind the statement of the block that makes the source."""
    assert asked.block is not None
    sheet, block = asked.sheet, asked.block
    producer = asked.recording.tensors[asked.source.tensor].producer
    line = None if producer is None else asked.recording.ops[producer].line
    made_inside = [s for s in block.body if line is not None and s.lineno <= line <= (s.end_lineno or s.lineno)]
    if made_inside:
        end = sheet.rows(made_inside[0])[1]
        return end, end, f"{sheet.indent(made_inside[0])}{order}\n"
    start = sheet.span(block.body[0])[0]
    gap = "; " if block.body[0].lineno == block.lineno else f"\n{sheet.indent(block.body[0])}"
    return start, start, f"{order}{gap}"


def _without_late_watch(asked: Asked, name: str) -> list[Edit]:
    late = [
        statement
        for statement in (asked.block.body if asked.block else [])
        if isinstance(statement, ast.Expr) and ast.unparse(statement.value) == f"{asked.tape_name}.watch({name})"
    ]
    return [asked.sheet.removal(statement) for statement in late]


def make_variable(asked: Asked) -> list[Mend]:
    """Make the source a variable where it is made: a tape follows variables by itself."""
    assigned = asked.sheet.assigned(asked.name, asked.gradient_call.line)
    tape = asked.recording.tapes[asked.gradient_call.tape]
    is_variable = asked.recording.tensors[asked.source.tensor].role == "variable"
    if assigned is None or is_variable or not tape.watch_accessed_variables:
        return []
    value = assigned.value
    if isinstance(value, ast.Call) and called_name(value) == "constant" and isinstance(value.func, ast.Attribute):
        edit = asked.sheet.replacement(value.func, f"{asked.sheet.source(value.func.value)}.Variable")
        sentence = f"A tape follows variables by itself: make {asked.name} one on line {assigned.lineno}."
        return [Mend(title=f"make {asked.name} a tf.Variable", sentence=sentence, text=asked.sheet.edited([edit]))]
    return []


def train(asked: Asked) -> list[Mend]:
    """Create a frozen variable as a trainable one."""
    assigned = asked.sheet.assigned(asked.name, asked.gradient_call.line)
    value = assigned.value if assigned is not None else None
    flags = [keyword for keyword in value.keywords if keyword.arg == "trainable"] if isinstance(value, ast.Call) else []
    if not flags or assigned is None:
        return []
    sentence = f"Create {asked.name} on line {assigned.lineno} as a variable that is trained."
    text = asked.sheet.edited([asked.sheet.replacement(flags[0].value, "True")])
    return [Mend(title="trainable=True", sentence=sentence, text=text)]


def leave_out(asked: Asked) -> list[Mend]:
    """Ask for the trainable variables of a model only."""
    sources = asked.sources
    if not isinstance(sources, ast.Attribute) or sources.attr not in {"variables", "weights"}:
        return []
    owner = asked.sheet.source(sources.value)
    sentence = f"Ask for the variables of {owner} that are trained; the others have no gradient."
    text = asked.sheet.edited([asked.sheet.replacement(sources, f"{owner}.trainable_variables")])
    return [Mend(title="ask for trainable_variables", sentence=sentence, text=text)]


def change_in_place(asked: Asked, line: int | None) -> list[Mend]:
    """Change the variable instead of binding its name to a tensor."""
    return in_place(asked.sheet, line)


def in_place(sheet: Sheet, line: int | None) -> list[Mend]:
    """Change a variable instead of binding its name to a tensor, in the statement on `line`."""
    statements = [node for node in ast.walk(sheet.tree) if isinstance(node, ast.Assign | ast.AugAssign)]
    statement = next((s for s in statements if s.lineno <= (line or 0) <= (s.end_lineno or s.lineno)), None)
    if statement is None:
        return []
    update = update_in_place(statement)
    if update is None and isinstance(statement, ast.Assign):
        update = _assigned_anew(sheet, statement)
    if update is None:
        return []
    sentence = f"Change the variable in place: `{update}` instead of `{sheet.source(statement)}`."
    title = "change it in place" if update.startswith("for ") else update.partition("(")[0] + "(...)"
    return [Mend(title=title, sentence=sentence, text=sheet.edited([sheet.replacement(statement, update)]))]


def _assigned_anew(sheet: Sheet, statement: ast.Assign) -> str | None:
    """``x = tf.constant(2.0)`` under the name of a variable, as an assignment to it."""
    name = ast.unparse(statement.targets[0])
    earlier = sheet.assigned(name, statement.lineno)
    is_variable = (
        earlier is not None and isinstance(earlier.value, ast.Call) and called_name(earlier.value) == "Variable"
    )
    is_above = earlier is not None and earlier.lineno < statement.lineno
    return f"{name}.assign({sheet.source(statement.value)})" if is_variable and is_above else None
