"""The attributes of ops, plain and bounded."""

from __future__ import annotations

import functools
import re
from typing import Any

from tapeviz.engine import op_tap, tap
from tapeviz.engine.events import CUSTOM_GRADIENT
from tapeviz.model.recording import AttributeValue

MAX_TEXT = 200
_HIDDEN = frozenset(("config_proto", "executor_type", "shared_name", "container", "allowed_devices"))
_COUNTER = re.compile(r"(?<=.)_\d+$")

Plain = dict[str, AttributeValue]
Cache = dict[tuple[str, Any], Plain]


def type_name(op_type: str | bytes) -> str:
    """Return an op's type as text; the counters in the names of functions are cut off, for they differ run by run."""
    name = op_type.decode() if isinstance(op_type, bytes) else op_type
    return _COUNTER.sub("", name) if name.startswith("__") else name


def plain_attributes(op_type: str, attributes: Any, cache: Cache) -> Plain:
    """Turn TensorFlow's alternating names and values into a dictionary of plain values; equal ones share it."""
    if attributes is None:
        return {}
    if attributes is CUSTOM_GRADIENT:
        return {"custom_gradient": True}
    try:
        found = cache.get((op_type, attributes))
        if found is None:
            found = cache[op_type, attributes] = _converted(op_type, attributes)
    except TypeError:
        return _converted(op_type, attributes)
    return found


def _converted(op_type: str, attributes: Any) -> Plain:
    types = _type_attributes(op_type)
    pairs = zip(attributes[::2], attributes[1::2], strict=False)
    return {str(key): _plain(value, key in types) for key, value in pairs if key not in _HIDDEN}


def _plain(value: Any, is_type: bool) -> AttributeValue:
    if is_type and not isinstance(value, list | tuple):
        return str(tap.dtype_of(value).name)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if isinstance(value, str):
        return value[:MAX_TEXT]
    if isinstance(value, list | tuple) and all(isinstance(item, int) for item in value):
        return tuple(value[:MAX_TEXT])
    return tap.shape_of(value) if tap.is_shape(value) else str(getattr(value, "name", value))[:MAX_TEXT]


@functools.cache
def _type_attributes(op_type: str) -> frozenset[str]:
    return frozenset(name for name, kind in (op_tap.signature_of(op_type) or {}).items() if kind == "type")
