"""Putting a message together."""

from __future__ import annotations


def sentences(*parts: str | None) -> str:
    """Join what there is of a message and its mend to sentences on one line."""
    lines = (" ".join(part.split()) for part in parts if part)
    return " ".join(line if line.endswith((".", "!", "?")) else f"{line}." for line in lines if line)
