"""The names that a tape's block can see: what they stand for while it runs once more, and that all is put back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from types import FunctionType
from typing import Any

import numpy as np

from tapeviz.engine import tap
from tapeviz.engine.scopes import Scope

MAX_DEPTH = 3
"""So deep into lists, dictionaries and the lesson's own objects a tensor is looked for."""


MAX_ELEMENTS = 1000
"""What is longer is a list of plain numbers or of words: it is copied as it is."""


class BlockNames:
    """The names of a block, of the functions of the lesson that it may call, and of the lesson's objects in both.

    Parameters
    ----------
    names : frozenset of str
        Those in the block.
    scope : Scope
        What they stood for when it began.
    namespace : dict
        The lesson's top level, which the lesson's functions read.
    """

    def __init__(self, names: frozenset[str], scope: Scope, namespace: dict[str, Any]) -> None:
        self._namespace = namespace
        self._tops = dict(scope.names) if scope.is_top else {}
        self._own = {
            name: value for known in (namespace, scope.names) for name, value in known.items() if name in names
        }
        if "print" in names:
            self._own.setdefault("print", _silent)

    @property
    def own(self) -> frozenset[str]:
        """The names in the block that stood for something."""
        return frozenset(self._own)

    def data(self) -> dict[str, Any]:
        """List arrays and eager tensors of numbers that the names lead to, by the way there (``batch[0]``)."""
        known = {name: self._namespace[name] for name in _names_in_functions(self._namespace)} | self._own
        return {way: value for name, value in known.items() for way, value in _arrays(name, value, MAX_DEPTH)}

    @contextlib.contextmanager
    def standing(self, others: Mapping[int, Any]) -> Iterator[dict[str, Any]]:
        """Let other values stand in the place of some, by `key_of`; give what the names in the block stand for.

        Lists and dictionaries are copies meanwhile, and nothing is printed: what the block does to them is undone.
        """
        space = self._namespace
        before = dict(space)
        objects = [(thing, dict(vars(thing))) for thing in self._objects()]
        present = {**space, **self._tops, "print": _silent}
        space.update({name: _replaced(value, others, MAX_DEPTH) for name, value in present.items()})
        for thing, attributes in objects:
            vars(thing).update({name: _replaced(value, others, MAX_DEPTH) for name, value in attributes.items()})
        try:
            yield {name: _replaced(value, others, MAX_DEPTH) for name, value in self._own.items()}
        finally:
            for thing, attributes in objects:
                _put_back(vars(thing), attributes)
            _put_back(space, before)

    def _objects(self) -> list[Any]:
        """List the objects of the lesson's own classes."""
        found: dict[int, Any] = {}
        waiting = [(value, MAX_DEPTH) for value in (*self._namespace.values(), *self._own.values())]
        while waiting:
            value, depth = waiting.pop()
            if id(value) not in found and _is_of_lesson(value):
                found[id(value)] = value
                waiting += [(held, depth - 1) for held in vars(value).values() if depth]
        return list(found.values())


def key_of(value: Any) -> int:
    """Return what a tensor or an array is known by."""
    return int(value._id) if type(value) is tap.EagerTensor else id(value)


def _put_back(names: dict[str, Any], before: Mapping[str, Any]) -> None:
    for name in names.keys() - before.keys():
        del names[name]
    names.update(before)


def _silent(*_args: Any, **_options: Any) -> None:
    """Print nothing: what the block printed when the lesson ran is in its output."""


def _is_of_lesson(value: Any) -> bool:
    """Whether an object is of a class of the lesson; what libraries keep in theirs is theirs."""
    return type(value).__module__ == "__main__" and hasattr(value, "__dict__")


def _replaced(value: Any, others: Mapping[int, Any], depth: int) -> Any:
    """Put other values in their places, also in lists and dictionaries; those are copied."""
    if type(value) is tap.EagerTensor or isinstance(value, np.ndarray):
        return others.get(key_of(value), value)
    if type(value) in (list, dict) and len(value) > MAX_ELEMENTS:
        return value.copy()
    if depth and type(value) in (list, tuple) and len(value) <= MAX_ELEMENTS:
        return type(value)([_replaced(element, others, depth - 1) for element in value])
    if depth and type(value) is dict:
        return {key: _replaced(element, others, depth - 1) for key, element in value.items()}
    return value


def _arrays(way: str, value: Any, depth: int) -> Iterator[tuple[str, Any]]:
    is_array = isinstance(value, np.ndarray) and value.dtype.kind in "biuf"
    if is_array or (type(value) is tap.EagerTensor and value.dtype in tap.COMMON_DTYPES):
        yield way, value
    elif depth and type(value) in (list, tuple) and len(value) <= MAX_ELEMENTS:
        for place, element in enumerate(value):
            yield from _arrays(f"{way}[{place}]", element, depth - 1)
    elif depth and type(value) is dict and len(value) <= MAX_ELEMENTS:
        for key, element in value.items():
            yield from _arrays(f"{way}[{key!r}]", element, depth - 1)
    elif depth and _is_of_lesson(value):
        for name, element in vars(value).items():
            if not name.startswith("_"):
                yield from _arrays(f"{way}.{name}", element, depth - 1)


def _names_in_functions(namespace: Mapping[str, Any]) -> set[str]:
    functions = [tap.unwrapped(value) for value in namespace.values()]
    codes = [each.__code__ for each in functions if isinstance(each, FunctionType) and each.__globals__ is namespace]
    return {name for code in codes for name in code.co_names if name in namespace}
