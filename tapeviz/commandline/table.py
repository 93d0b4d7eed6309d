"""Columns of text that line up, and words that agree with their number."""

from __future__ import annotations

from collections.abc import Collection, Sequence


def aligned(rows: Sequence[Sequence[str]], *, right: Collection[int] = ()) -> list[str]:
    """Lay rows of equally many cells out in columns; those numbered in `right` end at the same place."""
    if not rows:
        return []
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if number in right else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def counted(count: int, noun: str) -> str:
    """Write how many there are: ``1 op``, ``3 ops``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
