"""What the lesson calls its tensors: names are found by identity, never guessed."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

from tapeviz.engine import composites, tap
from tapeviz.engine.places import line_of

MAX_ELEMENTS = 256
MAX_DEPTH = 3
Scope = tuple[str, int]
_OWN, _LOCAL, _ELEMENT, _PASSING = range(4)


class NameBook:
    """The names of one run, by the ids of tensors and variables' handles.

    A name at the top of the lesson goes before one inside a function, that before an element (``w[0]``,
    ``model.w``), and all of them before the target of a loop or a parameter, which only passes by. Among equals the
    first one stays.

    Parameters
    ----------
    namespace : dict
        The lesson's top level, alive.
    tree : ast.Module or None
        The lesson, to know which names are given anew and which are targets of loops.
    filename : str
    """

    def __init__(self, namespace: dict[str, Any], tree: ast.Module | None, filename: str) -> None:
        self.rebindings: list[tuple[str, int, int, int | None]] = []
        self._namespace = namespace
        self._filename = filename
        self._best: dict[int, tuple[int, str]] = {}
        self._last: dict[str, Any] = {}
        self._held: dict[tuple[int, str], int] = {}
        self._codes: dict[int, tuple[CodeType, frozenset[str]]] = {}
        self._renewed, self._passing = _bindings(tree)

    def __getitem__(self, key: int) -> str | None:
        return self._best.get(key, (0, None))[1]

    def give(self, key: int, name: str) -> None:
        """Give a tensor a name that is known from elsewhere."""
        self._best[key] = (_OWN, name)

    def sample(self, frame: FrameType) -> None:
        """Look at the names that may be bound to something else by the next op: cheap, for every op."""
        code = frame.f_code
        if frame.f_globals is self._namespace and code.co_name == "<module>":
            space, last = self._namespace, self._last
            for name in self._renewed:
                value = space.get(name)
                if value is not last.get(name) and tap.is_tensor_or_variable(value):
                    last[name] = value
                    self._bind(0, name, value, _OWN, frame)
            return
        key = id(code)
        held = self._codes.get(key)
        if held is None:
            passing = frozenset(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
            held = self._codes[key] = (code, passing | self._passing.get((code.co_name, code.co_firstlineno), _NOTHING))
        passing = held[1]
        for name, value in frame.f_locals.items():
            if type(value) is tap.EagerTensor or tap.is_plain_variable(value):
                self._bind(key, name, value, _PASSING if name in passing else _LOCAL, frame)

    def scan(self, frame: FrameType | None) -> None:
        """Look at every name: of the top level, and of the lesson's functions that are running."""
        while frame is not None:
            if frame.f_code.co_filename == self._filename and frame.f_code.co_name != "<module>":
                self.sample(frame)
                for name, value in frame.f_locals.items():
                    self._scan_elements(name, value, MAX_DEPTH - 1)
            frame = frame.f_back
        for name, value in list(self._namespace.items()):
            if type(value) is tap.EagerTensor or tap.is_plain_variable(value):
                self._bind(0, name, value, _OWN, None)

    def scan_all(self) -> None:
        """Look at every name and into every container and object of the top level."""
        self.scan(None)
        for name, value in list(self._namespace.items()):
            self._scan_elements(name, value, MAX_DEPTH)

    def forget(self, keys: Iterable[Any]) -> None:
        """Forget what these tensors were called."""
        for key in keys:
            self._best.pop(key, None)

    def _bind(self, scope: int, name: str, value: Any, rank: int, frame: FrameType | None) -> None:
        if name.startswith("_"):
            return
        if type(value) is tap.EagerTensor:
            key = value._id
            variable = self._held.pop((scope, name), None)
            if variable is not None:
                self.rebindings.append((name, variable, key, line_of(frame)))
        elif tap.is_plain_variable(value):
            key = value.handle._id
            self._held[scope, name] = key
        else:
            return
        if rank == _OWN and name in self._passing.get(_TOP, _NOTHING):
            rank = _PASSING
        best = self._best.get(key)
        if best is None or rank < best[0]:
            self._best[key] = (rank, name)

    def _scan_elements(self, name: str, value: Any, depth: int) -> None:
        if depth == 0 or name.startswith("_"):
            return
        for path, element in _elements(name, value):
            if tap.is_tensor_or_variable(element):
                key = tap.handle_of(element)._id
                if key not in self._best or self._best[key][0] > _ELEMENT:
                    self._best[key] = (_ELEMENT, path)
            else:
                self._scan_elements(path, element, depth - 1)


_NOTHING: frozenset[str] = frozenset()
_TOP = ("<module>", 0)
_ATOMS = (int, float, complex, str, bytes, bool, type(None), type, FunctionType, ModuleType)


def _elements(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """List what a container or an object holds, without running any code of the lesson."""
    if isinstance(value, _ATOMS) or tap.is_tensor_or_variable(value):
        return
    if parts := composites.parts_of(value):
        yield from ((f"{name}.{part}", tensor) for part, tensor in parts)
    elif isinstance(value, list | tuple):
        yield from ((f"{name}[{index}]", element) for index, element in enumerate(value[:MAX_ELEMENTS]))
    elif isinstance(value, Mapping):
        yield from (
            (f"{name}[{key!r}]", value[key]) for key in list(value)[:MAX_ELEMENTS] if isinstance(key, str | int)
        )
    elif (keras := sys.modules.get("keras")) is not None and isinstance(value, keras.Layer):
        layers = getattr(value, "layers", ())
        yield from ((f"{name}.layers[{index}]", layer) for index, layer in enumerate(layers))
        yield from ((f"{name}.{weight.name}", weight) for weight in ([] if layers else value.weights))
    elif hasattr(value, "__dict__") and not isinstance(value, tap.GradientTape):
        own = list(vars(value).items())[:MAX_ELEMENTS]
        yield from ((f"{name}.{key}", element) for key, element in own if not key.startswith("_"))


def _bindings(tree: ast.Module | None) -> tuple[tuple[str, ...], dict[Scope, frozenset[str]]]:
    """Find the top-level names that are bound more than once, and the loop targets of every scope."""
    counts: Counter[str] = Counter()
    passing: dict[Scope, set[str]] = {}
    waiting: list[tuple[ast.AST, Scope, bool]] = [] if tree is None else [(tree, _TOP, False)]
    while waiting:
        node, scope, is_looped = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            line = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            scope, is_looped = (node.name, line), False
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            targets = (part.id for part in ast.walk(node.target) if isinstance(part, ast.Name))
            passing.setdefault(scope, set()).update(targets)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and scope == _TOP:
            counts[node.target.id] += 1
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and scope == _TOP:
            counts[node.id] += 2 if is_looped else 1
        is_looped = is_looped or isinstance(node, ast.For | ast.AsyncFor | ast.While)
        waiting.extend((child, scope, is_looped) for child in ast.iter_child_nodes(node))
    renewed = tuple(sorted(name for name, count in counts.items() if count > 1))
    return renewed, {scope: frozenset(names) for scope, names in passing.items()}
