"""tapeviz makes TensorFlow's ``tf.GradientTape`` visible."""

import importlib
from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Fetch ``tapeviz.record``, ``tapeviz.descend`` and their like from `tapeviz.api` when they are first asked for."""
    if name in ("Descent", "Recording", "descend", "load", "record", "show"):
        return getattr(importlib.import_module("tapeviz.api"), name)
    raise AttributeError(f"module 'tapeviz' has no attribute {name!r}")
