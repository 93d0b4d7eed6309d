"""One change that mends a lesson."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mend:
    """A change of the script: what a button says (``watch x``), what it does in a sentence, the text afterwards."""

    title: str
    sentence: str
    text: str
