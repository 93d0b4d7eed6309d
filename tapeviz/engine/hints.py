"""What mends an error, in a sentence: a table of what lecturers and students run into."""

from __future__ import annotations

import builtins
import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """An error with what stood around it: its cleaned message, the line of the lesson, the names that are known."""

    error: BaseException
    message: str
    line: str
    names: tuple[str, ...]


class Rule(NamedTuple):
    """Where the error's type is among `types` (none: any) and its message holds `pattern`, `hint` mends it."""

    types: tuple[str, ...]
    pattern: str
    hint: str | Callable[[re.Match[str], Moment], str | None]


def hint_for(moment: Moment) -> str | None:
    """Return the hint of the first rule that applies and has something to say."""
    kinds = {kind.__name__ for kind in type(moment.error).__mro__}
    for rule in _RULES:
        match = re.search(rule.pattern, moment.message) if not rule.types or kinds & {*rule.types} else None
        if match is not None:
            hint = rule.hint if isinstance(rule.hint, str) else rule.hint(match, moment)
            if hint is not None:
                return hint.format(**match.groupdict()) if isinstance(rule.hint, str) else hint
    return None


_IMPORTS = {
    "tf": "import tensorflow as tf",
    "np": "import numpy as np",
    "keras": "import keras",
    "math": "import math",
    "plt": "import matplotlib.pyplot as plt",
    "tensorflow": "import tensorflow",
    "numpy": "import numpy",
}
_PACKAGES = {"sklearn": "scikit-learn", "cv2": "opencv-python", "PIL": "pillow", "yaml": "pyyaml"}


def _missing_name(match: re.Match[str], moment: Moment) -> str | None:
    name = match["name"]
    if name in _IMPORTS:
        return f"Write '{_IMPORTS[name]}' at the top of the lesson."
    close = difflib.get_close_matches(name, [*moment.names, *dir(builtins)], n=1, cutoff=0.6)
    if close:
        return f"Did you mean '{close[0]}'? Otherwise give '{name}' a value before this line."
    return f"Give '{name}' a value before this line; names are case-sensitive."


def _unset_local(match: re.Match[str], _moment: Moment) -> str:
    return (
        f"A name that is given a value anywhere in a function is the function's own there. Pass '{match['name']}' in "
        "as an argument, or give the result another name."
    )


def _missing_attribute(match: re.Match[str], moment: Moment) -> str | None:
    owner = getattr(moment.error, "obj", None)
    attribute = match["name"]
    close = difflib.get_close_matches(attribute, [name for name in dir(owner) if name[0] != "_"], n=1, cutoff=0.6)
    return f"Did you mean '{close[0]}'?" if owner is not None and close else None


def _matmul(match: re.Match[str], _moment: Moment) -> str:
    first, second = _shape(match["first"]), _shape(match["second"])
    return (
        f"The shapes are {first} and {second}: the columns of the first must be as many as the rows of the second. "
        "Transpose one of them with tf.transpose, or change a shape."
    )


def _broadcast(match: re.Match[str], _moment: Moment) -> str:
    return (
        f"The shapes {_shape(match['first'])} and {_shape(match['second'])} do not broadcast: from the right, two "
        "sizes must be equal, or one of them 1. Reshape one of the tensors."
    )


def _shape(text: str) -> str:
    sizes = [size.strip() for size in text.split(",") if size.strip()]
    return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"


def _dtype_mix(match: re.Match[str], _moment: Moment) -> str:
    first, second = _dtype(match["first"]), _dtype(match["second"])
    wanted = first if "float" in first or "float" not in second else second
    return (
        f"One operand is {first}, the other {second}; TensorFlow does not convert by itself. Use tf.cast(..., "
        f"tf.{wanted}) on one of them, or write the numbers with a decimal point and one dtype."
    )


def _dtype(name: str) -> str:
    return {"float": "float32", "double": "float64", "half": "float16"}.get(name, name)


def _power_sign(_match: re.Match[str], moment: Moment) -> str | None:
    if "^" in moment.line:
        return "In Python ^ is not a power; write x**2."
    return None


def _not_allowed(match: re.Match[str], _moment: Moment) -> str | None:
    if match["dtype"].startswith(("int", "uint", "bool")):
        return f"It is not defined for {match['dtype']}; write the numbers with a decimal point, or use tf.cast."
    return None


def _none_operand(_match: re.Match[str], _moment: Moment) -> str:
    return (
        "A None got in here. A gradient is None where nothing differentiable links target and source; a function "
        "without 'return' returns None."
    )


def _no_module(match: re.Match[str], _moment: Moment) -> str:
    name = match["name"].split(".")[0]
    return f"Install it with 'pip install {_PACKAGES.get(name, name)}', or leave the import out."


def _no_gradient(match: re.Match[str], _moment: Moment) -> str:
    op = match["op"]
    is_backward = re.search(r"Grad[A-Z]?$|Grad(V\d+)$|Backprop\w*$", op) is not None
    if is_backward:
        return (
            f"TensorFlow has no gradient for {op}, which belongs to a backward pass: the first derivative is there, "
            "the second is not. Replace the op that it is the gradient of, or give it one with tf.custom_gradient."
        )
    return (
        f"TensorFlow has no gradient for the op {op}. Replace it by ops that have one, or give it one with "
        "tf.custom_gradient."
    )


_NUMBER_TYPES = r"'(?P<type>float|int|numpy\.\w+|numpy\.ndarray|list|str)' object has no attribute '(dtype|_id)'"
_SIZES = r"\[(?P<first>[\d,?]*)\]"
_OTHER_SIZES = r"\[(?P<second>[\d,?]*)\]"

_RULES: tuple[Rule, ...] = (
    Rule(
        ("RuntimeError",),
        "non-persistent GradientTape can only be used to compute one set",
        "A tape is released by its first gradient call: make it with tf.GradientTape(persistent=True) to call it "
        "again, or ask for all gradients in one call. A tape that was never entered with 'with' says the same.",
    ),
    Rule(
        ("TypeError",),
        "Argument `target` should be .* received None",
        "The target is None: does the function that computes it have a 'return'?",
    ),
    Rule(("LookupError",), r"gradient registry has no entry for: (?P<op>\w+)", _no_gradient),
    Rule(
        ("AttributeError",),
        "'KerasTensor' object has no attribute",
        "A KerasTensor stands for a layer's output while a model is built and has no value. Build one model whose "
        "outputs are that layer's and the last, call it inside the 'with' block, and differentiate by what it returns.",
    ),
    Rule(
        ("TypeError",),
        r"argument `type_value`: '(?P<name>\w+)' to a TensorFlow DType",
        "'{name}' is a text, and a source is a variable or a watched tensor: give the thing itself, not its name.",
    ),
    Rule(
        ("AttributeError",),
        _NUMBER_TYPES,
        "A {type} is no tensor, so the tape cannot know where it came from. Keep to TensorFlow from the source to the "
        "target: no .numpy(), float() or NumPy functions between them.",
    ),
    Rule(
        ("AttributeError",),
        "'NoneType' object has no attribute '_tape'",
        "This tape has recorded nothing yet: use it in a 'with' block.",
    ),
    Rule(
        ("TypeError",),
        "argument `type_value`: None to a TensorFlow DType",
        "A source is None: give the variables or watched tensors to differentiate by.",
    ),
    Rule(
        ("ValueError",),
        "Passed in object .* not tf.Tensor or tf.Variable",
        "A tape watches tensors: wrap the value in tf.constant(...) or tf.Variable(...).",
    ),
    Rule(
        ("ValueError",),
        "Tape is still recording",
        "Leave the first 'with' block of this tape before you enter it again.",
    ),
    Rule(
        ("InvalidArgumentError", "AssertionError"),
        r"Condition .* did not hold",
        "This is a check that the lesson makes itself: give values for which it holds, or take the check out.",
    ),
    Rule(("InvalidArgumentError",), rf"size-incompatible: In\[0\]: {_SIZES}, In\[1\]: {_OTHER_SIZES}", _matmul),
    Rule(
        ("InvalidArgumentError",),
        r"ndims must be >= 2",
        "A matrix product needs two matrices: give a vector a second axis with v[:, tf.newaxis], or use tf.tensordot "
        "or tf.linalg.matvec.",
    ),
    Rule(("InvalidArgumentError",), rf"Incompatible shapes: {_SIZES} vs\. {_OTHER_SIZES}", _broadcast),
    Rule(
        ("InvalidArgumentError",),
        r"expected to be an? (?P<first>\w+) tensor but is an? (?P<second>\w+) tensor",
        _dtype_mix,
    ),
    Rule(
        ("ValueError", "TypeError"),
        r"conversion requested dtype (?P<first>\w+) for Tensor with dtype (?P<second>\w+)",
        _dtype_mix,
    ),
    Rule(
        ("TypeError",),
        r"Cannot convert (?P<value>.+) to EagerTensor of dtype (?P<dtype>u?int\d+)",
        "The tensor beside it holds whole numbers ({dtype}): write them with a decimal point, or use tf.cast(..., "
        "tf.float32).",
    ),
    Rule(
        ("InvalidArgumentError", "TypeError"),
        "BitwiseXor|is not in the list of allowed|unsupported operand",
        _power_sign,
    ),
    Rule(("InvalidArgumentError",), r"of (?P<dtype>\w+) is not in the list of allowed values", _not_allowed),
    Rule(("ValueError", "TypeError"), r"value \(None\)|unsupported operand .*'NoneType'", _none_operand),
    Rule(
        ("ValueError",),
        "No gradients provided for any variable",
        "Every gradient is None: is the loss computed from the variables, inside the 'with' block?",
    ),
    Rule(
        ("AttributeError",),
        "'EagerTensor' object has no attribute 'assign",
        "Only a tf.Variable can be assigned to. An expression such as x = x + 1 makes a plain tensor of it; write "
        "x.assign_add(1.0).",
    ),
    Rule(
        ("TypeError",),
        "'EagerTensor' object does not support item assignment",
        "A tensor never changes. Use a tf.Variable and v[0].assign(...), or tf.tensor_scatter_nd_update.",
    ),
    Rule(
        ("TypeError",),
        "'ResourceVariable' object does not support item assignment",
        "Write v[0].assign(...) to change one element of a variable.",
    ),
    Rule(
        ("ValueError",),
        r"variable shape \((?P<first>[^)]*)\), and the assigned value shape \((?P<second>[^)]*)\)",
        "A variable keeps its shape ({first}); the new value has shape ({second}).",
    ),
    Rule(
        ("InvalidArgumentError",),
        r"Input to reshape is a tensor with (?P<count>\d+) values, but the requested shape has (?P<wanted>\d+)",
        "A reshape keeps the number of elements: {count} are there, {wanted} are asked for; -1 lets TensorFlow work "
        "one size out.",
    ),
    Rule(
        ("InvalidArgumentError", "IndexError"),
        "out of bounds|out of range|is not in \\[",
        "Indices count from 0 and end one before the size.",
    ),
    Rule(
        ("InvalidArgumentError",),
        "Invalid reduction dimension|Expected dimension in the range",
        "The axis counts from 0 (or from -1 at the end) and must be less than the number of axes.",
    ),
    Rule(
        ("ValueError",),
        "truth value of an array with more than one element",
        "Ask for one answer: tf.reduce_any(...) or tf.reduce_all(...), or use tf.where for element by element.",
    ),
    Rule(("UnboundLocalError",), r"local variable '(?P<name>\w+)'", _unset_local),
    Rule(("NameError",), r"name '(?P<name>\w+)' is not defined", _missing_name),
    Rule(("ModuleNotFoundError",), r"No module named '(?P<name>[\w.]+)'", _no_module),
    Rule(("ImportError",), "cannot import name", "Look at how the name is spelled, and whether this version has it."),
    Rule(("AttributeError",), r"has no attribute '(?P<name>\w+)'", _missing_attribute),
    Rule(
        ("ZeroDivisionError",), "", "The divisor is 0 in plain Python; in TensorFlow x / 0. gives inf or nan instead."
    ),
    Rule(
        ("ResourceExhaustedError", "MemoryError"),
        "",
        "The tensors do not fit into memory: make them or the batch smaller.",
    ),
    Rule(("FileNotFoundError",), "", "Look at the path; it is taken from the folder in which the program was started."),
    Rule(("RecursionError",), "", "A function calls itself without an end: give it a case in which it does not."),
    Rule(("KeyError",), "^There is no key", "Look at which keys the dictionary has, and how they are spelled."),
    Rule(("SyntaxError",), "was never closed", "Close the bracket."),
    Rule(("SyntaxError",), r"expected ':'", "A line that begins a block ends in a colon."),
    Rule(("IndentationError",), "", "Lines of one block begin in the same column; use four spaces."),
    Rule(("SyntaxError",), "Maybe you meant '=='", "'=' gives a value, '==' compares."),
    Rule(("SyntaxError",), "unterminated string", "Close the string with the same sign with which it began."),
    Rule(("SyntaxError",), "invalid decimal literal", "Write 3*x for 3x: Python wants the sign of multiplication."),
    Rule(("SyntaxError",), "", "Look at what stands just before the mark: a sign or a bracket may be missing."),
)
