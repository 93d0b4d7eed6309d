"""The usual shape of a fit, found in the block of a tape: data, a prediction made of some, and others it is held to."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

_WANTED = ("y_true", "labels", "targets", "target")
_PREDICTED = ("y_pred", "logits", "predictions", "input")


@dataclass(frozen=True, slots=True)
class FitShape:
    """A prediction and what it is held to.

    Parameters
    ----------
    x : str
        The name of the data that the prediction is made of.
    wanted, prediction : ast.expr
        What it should be, and what it is; both as they stand in the block.
    before : tuple of ast.stmt
        The statements of the block that the two rest on, in order.
    is_logit : bool
        Whether the prediction is a logit: 0 is where one class becomes the other.
    """

    x: str
    wanted: ast.expr
    prediction: ast.expr
    before: tuple[ast.stmt, ...]
    is_logit: bool = False


def fit_shapes(body: Sequence[ast.stmt], examples: Mapping[str, int]) -> Iterator[FitShape]:
    """List what may be a fit in a block, the likeliest first.

    Looked for are differences (``w * x + b - y``) and calls of two arguments (``mse(y, model(x))``) where the one
    side is made of data alone and the other of other data and something else. The last and outermost ones go first.

    Parameters
    ----------
    body : sequence of statements
    examples : mapping of str to int
        The data that the block knows by name and that stay as they are, with how many examples each has.
    """
    made = _bindings(body)
    examples = {name: count for name, count in examples.items() if name not in made}
    for place in reversed(range(len(body))):
        bound = _bindings(body[: place + 1])
        for node in ast.walk(body[place]):
            for wanted, prediction in _pairs(node):
                shape = _shape(body[:place], bound, wanted, prediction, examples)
                if shape is not None:
                    yield FitShape(*shape, is_logit=_is_logit(node, prediction))


def named_shape(body: Sequence[ast.stmt], x: str, y: str, prediction: str) -> FitShape:
    """Make a fit of what a lesson's settings name.

    Raises
    ------
    ValueError
        With a sentence, where one of them is no Python expression.
    """
    try:
        wanted, predicted = (ast.parse(text, mode="eval").body for text in (y, prediction))
    except (SyntaxError, ValueError, RecursionError) as error:
        raise ValueError(f"In [tool.tapeviz.fit], y = {y!r} or prediction = {prediction!r} is no Python.") from error
    bound = _bindings(body)
    needed = _needed(body, _closure([wanted, predicted], bound))
    return FitShape(x, wanted, predicted, needed, is_logit="logit" in prediction)


def _pairs(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """List (what is wanted, what is predicted) as they may stand in a node, either way round."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        yield node.left, node.right
        yield node.right, node.left
    elif isinstance(node, ast.Call):
        words = {word.arg: word.value for word in node.keywords}
        arguments = [each for each in node.args if not isinstance(each, ast.Starred)]
        arguments += [words[name] for name in (*_WANTED, *_PREDICTED) if name in words]
        for one, other in itertools.combinations(arguments, 2):
            yield one, other
            yield other, one


def _shape(
    before: Sequence[ast.stmt],
    bound: Mapping[str, Sequence[ast.expr]],
    wanted: ast.expr,
    prediction: ast.expr,
    examples: Mapping[str, int],
) -> tuple[str, ast.expr, ast.expr, tuple[ast.stmt, ...]] | None:
    held_to = _closure([wanted], bound)
    data = held_to & examples.keys()
    if not data or not _is_data(held_to, bound.keys(), examples):
        return None
    count = {examples[name] for name in data}
    made_of = _closure([prediction], bound)
    from_x = [name for name in sorted(made_of & examples.keys() - data) if {examples[name]} == count]
    if len(from_x) != 1 or _is_data(made_of, bound.keys(), examples):
        return None
    return from_x[0], wanted, prediction, _needed(before, made_of | held_to)


def _bindings(body: Sequence[ast.stmt]) -> dict[str, list[ast.expr]]:
    """List what each name is bound to in a block."""
    found: dict[str, list[ast.expr]] = {}
    for node in itertools.chain.from_iterable(map(ast.walk, body)):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for name in itertools.chain.from_iterable(map(_names, targets)):
                found.setdefault(name, []).append(node.value)
        elif isinstance(node, ast.For):
            for name in _names(node.target):
                found.setdefault(name, []).append(node.iter)
    return found


def _names(node: ast.AST) -> list[str]:
    return [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]


def _closure(expressions: Sequence[ast.expr], bound: Mapping[str, Sequence[ast.expr]]) -> set[str]:
    """List all names that expressions rest on, through what they are bound to in the block."""
    found: set[str] = set()
    waiting = list(expressions)
    while waiting:
        for name in _names(waiting.pop()):
            if name not in found:
                found.add(name)
                waiting.extend(bound.get(name, ()))
    return found


def _is_data(names: Collection[str], bound: Collection[str], examples: Collection[str]) -> bool:
    """Whether nothing but data is behind names, and what modules do to them (``tf.cast(y, tf.float32)``)."""
    return all(name in examples or name in _MODULES or name in bound for name in names)


_MODULES = frozenset(("tf", "np", "numpy", "tensorflow", "keras"))


def _needed(before: Sequence[ast.stmt], names: Collection[str]) -> tuple[ast.stmt, ...]:
    """Pick the statements that bind one of the names."""
    return tuple(statement for statement in before if _bindings([statement]).keys() & names)


def _is_logit(node: ast.AST, prediction: ast.expr) -> bool:
    words = [part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)]
    words += [word.arg for word in getattr(node, "keywords", ()) if word.arg and isinstance(node, ast.Call)]
    return any("logit" in word for word in [*words, *_names(prediction)])
