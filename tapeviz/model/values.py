"""Values as they are typed into the variables table, and the code that stands for them in the script."""

from __future__ import annotations

from dataclasses import dataclass

from tapeviz.model.expression import Binary, Call, Constant, Expression, Negative, Number, children, number_of
from tapeviz.model.form import VariableRow
from tapeviz.model.formula import parse_expression
from tapeviz.model.formula_code import constant_code
from tapeviz.model.formula_tokens import UnreadableError
from tapeviz.model.formula_words import name_problem

DTYPES = ("float32", "float64", "float16", "int32", "int64")
"""The dtypes that the form offers."""

_LARGEST = {"float32": 3.4028235e38, "float64": 1.7976931348623157e308, "float16": 65504.0}
_WHOLE = {"int32": 2**31, "int64": 2**63}


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedValue:
    """A value that could be read: its code (``[1.0, 2.0]``), its shape, and its number where it is a scalar."""

    code: str
    shape: tuple[int, ...]
    number: float | None


def read_value(text: str, dtype: str) -> TypedValue:
    """Read what was typed: ``2``, ``-0.5``, ``pi/2``, ``[[1, 2], [3, 4]]``. Whole numbers become floats for floats.

    Raises
    ------
    ValueError
        With a sentence that says what mends it.
    """
    text = text.strip()
    if not text:
        raise ValueError("A value is missing: type a number such as 2, or a vector such as [1, 2].")
    if not text.startswith("["):
        code, number = _scalar(text, dtype)
        return TypedValue(code=code, shape=(), number=number)
    parts = [read_value(part, dtype) for part in _elements(text)]
    shapes = {part.shape for part in parts}
    if len(shapes) > 1:
        raise ValueError(_ragged(parts))
    code = f"[{', '.join(part.code for part in parts)}]"
    return TypedValue(code=code, shape=(len(parts), *parts[0].shape), number=None)


def value_problem(row: VariableRow) -> str:
    """Say what is wrong with a row's name or value; empty where nothing is."""
    if problem := name_problem(row.name):
        return problem
    if row.dtype not in DTYPES:
        return f"{row.dtype} is not offered by the form: choose one of {', '.join(DTYPES)}."
    try:
        read_value(row.value, row.dtype)
    except ValueError as error:
        return str(error)
    return ""


def row_code(row: VariableRow) -> str:
    """Write what stands right of ``=`` for a row: ``tf.Variable([1.0, 2.0], dtype=tf.float64)``."""
    parts = [read_value(row.value, row.dtype).code]
    if row.kind == "frozen":
        parts.append("trainable=False")
    if row.dtype not in {"float32", "int32"}:
        parts.append(f"dtype=tf.{row.dtype}")
    maker = "tf.Variable" if row.kind in {"Variable", "frozen"} else "tf.constant"
    return f"{maker}({', '.join(parts)})"


def _scalar(text: str, dtype: str) -> tuple[str, float]:
    try:
        expression = parse_expression(text)
        number = number_of(expression)
    except UnreadableError as error:
        raise ValueError(_mended(text, error)) from error
    except ZeroDivisionError as error:
        raise ValueError(f"{text} divides by zero: type another number.") from error
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text} is no real number: type another one.") from error
    if dtype in _WHOLE:
        if number != int(number):
            raise ValueError(f"{text} is no whole number, and {dtype} holds only those: choose float32.")
        if abs(number) >= _WHOLE[dtype]:
            raise ValueError(f"{text} is too large for {dtype}.")
        return (text if text.lstrip("-").isdigit() else str(int(number))), number
    if abs(number) > _LARGEST.get(dtype, float("inf")):
        raise ValueError(f"{text} is too large for {dtype}: choose float64.")
    return constant_code(expression, is_floating=_is_whole(expression)), number


def _mended(text: str, error: UnreadableError) -> str:
    if text.count("[") != text.count("]"):
        return f"The brackets of {text} do not match: every `[` needs its `]`."
    if "is not a parameter" in error.message or "There is no function" in error.message:
        return f"`{text}` is no number: type one such as 2, -0.5 or pi/2, or a vector such as [1, 2]."
    return error.message


def _is_whole(expression: Expression) -> bool:
    """Whether Python would make an int of it, which TensorFlow would turn into an integer tensor."""
    match expression:
        case Number(text):
            return text.isdigit()
        case Constant() | Binary("/", _, _):
            return False
        case Call(function, _) if function not in {"abs", "max", "min"}:
            return False
        case Negative() | Binary() | Call():
            return all(_is_whole(part) for part in children(expression))
        case _:
            return False


def _elements(text: str) -> list[str]:
    """Cut ``[a, [b, c]]`` at its outer commas."""
    depth = 0
    parts = [""]
    for position, sign in enumerate(text):
        depth += {"[": 1, "(": 1, "]": -1, ")": -1}.get(sign, 0)
        if depth == 0 and position < len(text) - 1:
            rest = text[position + 1 :].strip()
            raise ValueError(f"`{rest}` stands after the last `]`: take it away.")
        if depth == 1 and sign == ",":
            parts.append("")
        elif not (depth == 1 and sign == "[" and position == 0) and depth > 0:
            parts[-1] += sign
    if depth:
        raise ValueError("A `]` is missing: every `[` needs its `]`.")
    if len(parts) > 1 and not parts[-1].strip():
        parts.pop()
    if not all(part.strip() for part in parts):
        raise ValueError("Something is missing in the brackets: type numbers with commas between them, as in [1, 2].")
    return [part.strip() for part in parts]


def _ragged(parts: list[TypedValue]) -> str:
    first = parts[0]
    position, other = next((at, part) for at, part in enumerate(parts) if part.shape != first.shape)
    if first.shape and other.shape:
        return (
            f"Row {position + 1} holds {other.shape[0]} and row 1 holds {first.shape[0]}: make the rows equally long."
        )
    return "Numbers and rows are mixed: write [1, 2] for a vector, [[1, 2], [3, 4]] for a matrix."
