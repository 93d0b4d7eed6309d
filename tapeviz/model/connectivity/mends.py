"""What mends a gradient that is None: one concrete sentence per cut."""

from __future__ import annotations

import ast

from tapeviz.model.connectivity.syntax import LessonSyntax, called_name
from tapeviz.model.facts import Departure, Rebinding
from tapeviz.model.nondifferentiable import NOT_DIFFERENTIABLE
from tapeviz.model.recording import Op
from tapeviz.model.why_none import Cause

COMPARISONS = frozenset({"Equal", "NotEqual", "Greater", "GreaterEqual", "Less", "LessEqual"})
TENSORFLOW_NAMES = {
    "amax": "tf.reduce_max",
    "amin": "tf.reduce_min",
    "array": "tf.convert_to_tensor",
    "asarray": "tf.convert_to_tensor",
    "clip": "tf.clip_by_value",
    "concatenate": "tf.concat",
    "dot": "tf.tensordot",
    "log": "tf.math.log",
    "max": "tf.reduce_max",
    "mean": "tf.reduce_mean",
    "min": "tf.reduce_min",
    "power": "tf.pow",
    "prod": "tf.reduce_prod",
    "std": "tf.math.reduce_std",
    "sum": "tf.reduce_sum",
    "var": "tf.math.reduce_variance",
}
"""NumPy functions whose name in TensorFlow differs; the others are called as in NumPy."""

SAME_NAMES = frozenset(
    {
        "abs",
        "add",
        "cos",
        "cosh",
        "divide",
        "einsum",
        "exp",
        "eye",
        "matmul",
        "maximum",
        "minimum",
        "multiply",
        "negative",
        "outer",
        "reshape",
        "sign",
        "sin",
        "sinh",
        "sqrt",
        "square",
        "stack",
        "subtract",
        "tan",
        "tanh",
        "tensordot",
        "transpose",
        "where",
        "zeros_like",
        "ones_like",
    }
)


def mend_cut(
    cause: Cause,
    op: Op | None,
    departure: Departure | None,
    syntax: LessonSyntax,
    source: str,
    tape: str,
) -> str:
    """Say what to change so that the path is not cut there."""
    line = f" on line {op.line}" if op is not None and op.line else ""
    match cause:
        case "integer_dtype":
            return _mend_integer(op, line)
        case "tape_reset":
            return f"Leave out {tape}.reset(), or compute everything from {source} on again after it."
        case "recording_stopped":
            return f"Move the computation{line} out of the `with {tape}.stop_recording()` block."
        case "stop_gradient":
            return f"Leave out tf.stop_gradient{line} if the derivative is to pass."
        case "left_tensorflow":
            return _mend_departure(departure, syntax)
        case "stateful" if op is not None and op.type.startswith(("QueueEnqueue", "MakeIterator")):
            return f"Compute with the tensor itself instead of passing it through what holds a state{line}."
        case "stateful":
            return f"Compute with the tensor itself instead of assigning it to a variable{line}."
        case "not_differentiable" if op is not None and op.made_by is not None:
            return (
                f"TensorFlow has no second derivative there: replace what is differentiated{line} by ops that have one."
            )
        case "not_differentiable" if op is not None and op.type not in NOT_DIFFERENTIABLE:
            opening = "tf.config.run_functions_eagerly(True) opens a tf.function"
            return f"Look at the gradient of what is called{line}; {opening}."
        case "not_differentiable":
            return f"Replace the step{line} by a smooth one, or give it a gradient with tf.custom_gradient."
        case "not_watched":
            return f"Call {tape}.watch({source}) before it is used{line}."
        case _:
            return f"Compute it inside the `with` block{line}."


def mend_integer_source(syntax: LessonSyntax, name: str, made_by: Op | None, before: int | None) -> str:
    """Say how to make the source floating: at the op that made it whole, or in the literal above line `before`."""
    if made_by is not None and made_by.type == "Cast":
        return _mend_integer(made_by, f" on line {made_by.line}" if made_by.line else "")
    value = syntax.assigned_value(name, before=before)
    if isinstance(value, ast.Call) and value.args and not any(k.arg == "dtype" for k in value.keywords):
        literal = _floated(value.args[0])
        if literal is not None:
            arguments = [literal, *map(ast.unparse, value.args[1:]), *map(ast.unparse, value.keywords)]
            return f"Use {ast.unparse(value.func)}({', '.join(arguments)}) with a float."
    return f"Give {name} a floating dtype, such as dtype=tf.float32, or leave it out of the sources."


def mend_rebinding(syntax: LessonSyntax, rebinding: Rebinding, watch_it: str) -> str:
    """Say how to change the variable in place instead of binding its name to a tensor."""
    name = rebinding.name
    value = syntax.assigned_value(name, rebinding.line) if rebinding.line else None
    if value is None:
        return f"Change the variable with {name}.assign(...) instead of binding the name anew, or {watch_it}."
    update = update_in_place(syntax.statement_at(rebinding.line)) or f"{name}.assign({ast.unparse(value)})"
    old = f"`{name} = {ast.unparse(value)}` on line {rebinding.line}"
    return f"Write {update} instead of {old}, so that {name} stays a variable."


def mend_in_place(syntax: LessonSyntax, line: int | None) -> str | None:
    """Say how to change a variable in place where a line replaces it by a tensor: ``self.w = self.w - g``.

    None where the line is no such statement.
    """
    update = update_in_place(syntax.statement_at(line))
    if update is None:
        return None
    return f"Write `{update}` instead of `{syntax.text_of(line or 0)}` on line {line}, so that the variable stays one."


def update_in_place(statement: ast.stmt | None) -> str | None:
    """Return the statement that changes a variable where `statement` binds its name to a tensor made from it."""
    match statement:
        case ast.AugAssign(target=target, op=ast.Add() | ast.Sub() as operator, value=value):
            verb = "assign_add" if isinstance(operator, ast.Add) else "assign_sub"
            return f"{ast.unparse(target)}.{verb}({ast.unparse(value)})"
        case ast.Assign(targets=[target], value=ast.BinOp(left=left, op=operator, right=right) as value):
            name = ast.unparse(target)
            if not any(ast.unparse(node) == name for node in ast.walk(value)):
                return None
            if ast.unparse(left) == name and isinstance(operator, ast.Add | ast.Sub):
                verb = "assign_add" if isinstance(operator, ast.Add) else "assign_sub"
                return f"{name}.{verb}({ast.unparse(right)})"
            return f"{name}.assign({ast.unparse(value)})"
        case ast.Assign(targets=[target], value=ast.ListComp(elt=element, generators=[generator])):
            return _update_each(target, element, generator)
    return None


def _update_each(target: ast.expr, element: ast.expr, generator: ast.comprehension) -> str | None:
    """``ws = [w - g for w, g in zip(ws, gs)]`` as a loop that changes each variable."""
    each = generator.target.elts[0] if isinstance(generator.target, ast.Tuple) else generator.target
    lists = [generator.iter]
    if isinstance(generator.iter, ast.Call) and called_name(generator.iter) == "zip":
        lists = generator.iter.args
    if generator.ifs or not lists or ast.unparse(lists[0]) != ast.unparse(target):
        return None
    update = update_in_place(ast.Assign(targets=[each], value=element))
    heading = f"for {ast.unparse(generator.target).strip('()')} in {ast.unparse(generator.iter)}:"
    return None if update is None else f"{heading} {update}"


def _mend_integer(op: Op | None, line: str) -> str:
    kind = op.type if op is not None else ""
    if kind == "Cast":
        return f"Leave out the cast to whole numbers{line}, or cast to a floating dtype."
    if kind in {"Multinomial", "StatelessMultinomial"}:
        return (
            f"A draw{line} has no derivative; use one that has, such as tf.nn.softmax((logits + noise) / temperature) "
            "with Gumbel noise."
        )
    if kind in {"ArgMax", "ArgMin", "TopKV2", "Where", "UniqueWithCounts"}:
        return f"A position has no derivative; use a smooth stand-in{line}, such as tf.nn.softmax."
    if kind in COMPARISONS:
        return f"A comparison has no derivative; use a smooth stand-in{line}, such as tf.sigmoid."
    return f"Keep the numbers{line} floating."


def _mend_departure(departure: Departure | None, syntax: LessonSyntax) -> str:
    line = departure.line if departure is not None else None
    where = f" on line {line}" if line else ""
    swaps = []
    for name in syntax.numpy_calls(line):
        last = name.split(".")[-1]
        twin = TENSORFLOW_NAMES.get(last) or (f"tf.{last}" if last in SAME_NAMES else None)
        if twin is not None:
            swaps.append(f"{twin} instead of {name}")
    if swaps:
        return f"Use {', '.join(dict.fromkeys(swaps))}{where}, on the tensor itself."
    if "tf.constant(" in syntax.text_of(line or 0):
        return f"Use tf.convert_to_tensor instead of tf.constant{where}: tf.constant takes the bare numbers only."
    if ".predict" in syntax.text_of(line or 0):
        return f"Call the model itself{where}: model(x) gives a tensor, model.predict(x) a NumPy array."
    if any(name in syntax.text_of(line or 0) for name in ("numpy_function(", "py_func(")):
        return f"Write the function that is called{where} with TensorFlow's own ops, and call it directly."
    return f"Stay in TensorFlow{where}: use the tensor itself, without .numpy(), float() or NumPy."


def _floated(node: ast.expr) -> str | None:
    """Return the literal with its whole numbers written as floats; None where it is none of numbers."""
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return None
    floated = _as_floats(value)
    return None if floated is None else repr(floated)


def _as_floats(value: object) -> float | list[object] | None:
    if isinstance(value, list | tuple):
        elements = [_as_floats(element) for element in value]
        return None if None in elements else list(elements)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return None
