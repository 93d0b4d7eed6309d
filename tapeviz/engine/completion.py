"""What the text before the cursor could go on with, from the names that live after the last run."""

from __future__ import annotations

import builtins
import inspect
import keyword
import re
from collections.abc import Mapping
from types import MemberDescriptorType, ModuleType
from typing import Any

MAX_NAMES = 300

_DOTTED = re.compile(r"(?:[^\W\d]\w*\.)*(?:[^\W\d]\w*)?$")


def complete(namespace: Mapping[str, Any], prefix: str) -> tuple[str, ...]:
    """Return the dotted names that the text before the cursor could go on with, best first.

    Only modules, classes and what objects hold are looked at: no property of the lesson's is called. Names that begin
    with an underscore come only where one was typed.

    Parameters
    ----------
    namespace : mapping of str to object
        The lesson's top level as the last run left it; empty before the first one.
    prefix : str
        The text before the cursor, or the end of it, such as ``y = tf.keras.lay``.
    """
    match = _DOTTED.search(prefix)
    dotted = match[0] if match else ""
    owner, _, start = dotted.rpartition(".")
    if not dotted:
        return ()
    if not owner:
        known = [*namespace, *keyword.kwlist, *dir(builtins)]
        return tuple(_fitting(known, start))
    found: Any = namespace.get(owner.split(".")[0], vars(builtins).get(owner.split(".")[0], _NOTHING))
    for attribute in owner.split(".")[1:]:
        found = _attribute(found, attribute)
    if found is _NOTHING:
        return ()
    return tuple(f"{owner}.{name}" for name in _fitting(_names(found), start))


_NOTHING = object()


def _fitting(names: list[str], start: str) -> list[str]:
    fitting = dict.fromkeys(name for name in names if isinstance(name, str) and name.startswith(start))
    shown = [name for name in fitting if start.startswith("_") or not name.startswith("_")]
    return shown[:MAX_NAMES]


def _names(owner: Any) -> list[str]:
    """List an object's attributes; a ``__dir__`` of the lesson's own is not asked."""
    try:
        if isinstance(owner, ModuleType | type):
            return sorted(dir(owner))
        held = vars(owner) if hasattr(owner, "__dict__") else {}
        return sorted({*held, *dir(type(owner))})
    except Exception:  # Modules may compute their names, and fail at it: then there is nothing to offer.
        return []


def _attribute(owner: Any, name: str) -> Any:
    """Return an attribute that can be had without running code of the lesson."""
    if owner is _NOTHING:
        return _NOTHING
    try:
        if isinstance(owner, ModuleType):
            return getattr(owner, name)
        found = inspect.getattr_static(owner, name)
        is_computed = isinstance(found, property) or (
            hasattr(type(found), "__get__") and not inspect.isroutine(found) and not isinstance(found, _HELD)
        )
        return _NOTHING if is_computed else found
    except Exception:  # A module that is loaded when it is first looked at may be missing something.
        return _NOTHING


_HELD = (type, MemberDescriptorType)
