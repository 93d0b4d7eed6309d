"""Mends of numbers that leave TensorFlow: the same in TensorFlow's own functions."""

from __future__ import annotations

import ast

from tapeviz.model.connectivity.mends import SAME_NAMES, TENSORFLOW_NAMES
from tapeviz.model.connectivity.syntax import called_name
from tapeviz.model.mending.mend import Mend
from tapeviz.model.mending.sheet import PLAIN, Edit, Sheet

METHODS = {
    "mean": "tf.reduce_mean",
    "sum": "tf.reduce_sum",
    "max": "tf.reduce_max",
    "min": "tf.reduce_min",
    "std": "tf.math.reduce_std",
    "var": "tf.math.reduce_variance",
}
"""Methods of NumPy's arrays that TensorFlow has as functions."""


def stay_in_tensorflow(sheet: Sheet, lines: set[int]) -> list[Mend]:
    """Write what these lines do with NumPy, ``.numpy()`` and ``float`` in TensorFlow's functions."""
    edits: list[Edit] = []
    writer = _Writer(sheet)
    for statement in _statements(sheet, lines):
        new = writer.text(statement)
        if new != sheet.source(statement):
            edits.append(sheet.replacement(statement, new))
    if not edits or not writer.changes:
        return []
    changes = list(dict.fromkeys(writer.changes))
    text = sheet.edited(edits)
    return [Mend(title="stay in TensorFlow", sentence=f"Stay in TensorFlow: {', '.join(changes)}.", text=text)]


def _statements(sheet: Sheet, lines: set[int]) -> list[ast.stmt]:
    """Return the plain statements on these lines, and those of the functions that they call."""
    functions = {node.name: node for node in ast.walk(sheet.tree) if isinstance(node, ast.FunctionDef)}
    plain = [
        node
        for node in ast.walk(sheet.tree)
        if isinstance(node, ast.stmt)
        and not hasattr(node, "body")
        and not isinstance(node, ast.Import | ast.ImportFrom)
    ]
    found = [s for s in plain if any(s.lineno <= line <= (s.end_lineno or s.lineno) for line in lines)]
    called = {called_name(node) for s in found for node in ast.walk(s) if isinstance(node, ast.Call)}
    inner = {id(node) for name in called if name in functions for node in ast.walk(functions[name])}
    return [s for s in plain if s in found or id(s) in inner]


class _Writer:
    """Writes nodes anew; `changes` says in words what was changed."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self.changes: list[str] = []

    def text(self, node: ast.AST) -> str:
        """Return a node as it is to be written."""
        if isinstance(node, ast.Call):
            written = self._call(node)
            if written is not None:
                return written
        if isinstance(node, ast.Attribute) and node.attr == "T" and _takes_out(node.value):
            self.changes.append("tf.transpose(...) instead of .T")
            return f"tf.transpose({self.text(node.value)})"
        return self._as_it_was(node)

    def _as_it_was(self, node: ast.AST) -> str:
        """Keep what was typed, but for the parts that are written anew."""
        assert isinstance(node, ast.expr | ast.stmt | ast.keyword)
        begin, end = self._sheet.span(node)
        text, at = "", begin
        for child in sorted(_parts(node), key=lambda part: self._sheet.span(part)[0]):
            start, stop = self._sheet.span(child)
            if start < at or stop > end:
                continue
            text += self._sheet.text[at:start] + self.text(child)
            at = stop
        return text + self._sheet.text[at:end]

    def _call(self, call: ast.Call) -> str | None:
        function, name = call.func, called_name(call)
        if isinstance(function, ast.Name):
            if name == "float" and len(call.args) == 1:
                self.changes.append("without float(...)")
                return self._operand(call.args[0])
            return None
        if not isinstance(function, ast.Attribute):
            return None
        root = ast.unparse(function).split(".")[0]
        if root in {"np", "numpy"}:
            return self._numpy(call, ast.unparse(function))
        if root in {"tf", "tensorflow"}:
            return self._tensorflow(call, name)
        if name == "numpy" and not call.args:
            self.changes.append("without .numpy()")
            return self._operand(function.value)
        if name in {"predict", "predict_on_batch"} and call.args:
            self.changes.append("the model itself instead of .predict")
            return f"{self._sheet.source(function.value)}({self.text(call.args[0])})"
        return self._method(call, function) if _takes_out(function.value) else None

    def _numpy(self, call: ast.Call, spelled: str) -> str | None:
        last = spelled.split(".")[-1]
        twin = TENSORFLOW_NAMES.get(last) or (f"tf.{last}" if last in SAME_NAMES else None)
        if twin is None:
            return None
        self.changes.append(f"{twin} instead of {spelled}")
        arguments = [self.text(part) for part in (*call.args, *call.keywords)]
        if last == "concatenate" and len(arguments) == 1:
            arguments.append("axis=0")
        if last == "dot" and len(arguments) == 2:
            arguments.append("axes=1")
        return f"{twin}({', '.join(arguments)})"

    def _tensorflow(self, call: ast.Call, name: str) -> str | None:
        if name == "constant" and call.args and not isinstance(call.args[0], ast.Constant):
            self.changes.append("tf.convert_to_tensor instead of tf.constant")
            return f"tf.convert_to_tensor({', '.join(self.text(part) for part in (*call.args, *call.keywords))})"
        if name == "numpy_function" and len(call.args) > 1 and isinstance(call.args[1], ast.List):
            spelled = ast.unparse(call.args[0])
            last = spelled.split(".")[-1]
            twin = TENSORFLOW_NAMES.get(last) or (f"tf.{last}" if last in SAME_NAMES else None)
            if twin is not None:
                self.changes.append(f"{twin} instead of tf.numpy_function")
                return f"{twin}({', '.join(self.text(part) for part in call.args[1].elts)})"
        return None

    def _method(self, call: ast.Call, function: ast.Attribute) -> str | None:
        value, arguments = self.text(function.value), [self.text(part) for part in (*call.args, *call.keywords)]
        if function.attr == "reshape":
            shape = arguments[0] if len(arguments) == 1 and isinstance(call.args[0], ast.Tuple | ast.List) else ""
            self.changes.append("tf.reshape(...) instead of .reshape(...)")
            return f"tf.reshape({value}, {shape or '[' + ', '.join(arguments) + ']'})"
        if function.attr in {"flatten", "ravel"}:
            self.changes.append(f"tf.reshape(...) instead of .{function.attr}()")
            return f"tf.reshape({value}, [-1])"
        if function.attr == "astype" and len(arguments) == 1:
            self.changes.append("tf.cast(...) instead of .astype(...)")
            return f"tf.cast({value}, {arguments[0]})"
        if function.attr in METHODS:
            self.changes.append(f"{METHODS[function.attr]}(...) instead of .{function.attr}(...)")
            return f"{METHODS[function.attr]}({', '.join([value, *arguments])})"
        return None

    def _operand(self, node: ast.expr) -> str:
        return self.text(node) if isinstance(node, PLAIN) else f"({self.text(node)})"


def _takes_out(node: ast.AST) -> bool:
    """Whether the value of an expression is a NumPy array: ``.numpy()`` stands at its root, or in an argument of it."""
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        if isinstance(node, ast.Call) and called_name(node) == "numpy" and not node.args:
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return any(map(_takes_out, node.args))
        node = node.func if isinstance(node, ast.Call) else node.value
    return False


def _parts(node: ast.AST) -> list[ast.expr | ast.keyword]:
    """Return the nearest parts of a node that have a place in the text."""
    found: list[ast.expr | ast.keyword] = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr | ast.keyword):
            found.append(child)
        elif isinstance(child, ast.comprehension | ast.withitem | ast.arguments):
            found.extend(_parts(child))
    return found
