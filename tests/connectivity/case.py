"""A lesson that ends with one gradient call, and the reasons that are expected of it."""

from __future__ import annotations

from dataclasses import dataclass

HEAD = "import numpy as np\nimport tensorflow as tf\n"


@dataclass(frozen=True)
class Case:
    """`lesson` follows on the two imports, so that its first line is line 3."""

    name: str
    lesson: str
    causes: tuple[str, ...]
    says: tuple[str, ...] = ()
    mends: tuple[str, ...] = ()
