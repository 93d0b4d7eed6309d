"""A key that stands for the very same objects: comparing a recording by value costs more than what is cached of it."""

from __future__ import annotations

from typing import Any


class Same:
    """Some objects, equal only to themselves; they are kept alive, so that no id can come again."""

    __slots__ = ("objects",)

    def __init__(self, *objects: Any) -> None:
        self.objects = objects

    def __hash__(self) -> int:
        return hash(tuple(map(id, self.objects)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Same) or len(other.objects) != len(self.objects):
            return False
        return all(mine is its for mine, its in zip(self.objects, other.objects, strict=True))
