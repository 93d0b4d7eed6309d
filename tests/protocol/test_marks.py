"""Marks are found in what a lesson prints, however the stream is cut."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tapeviz.protocol.marks import Mark, MarkReader, pack_mark

TOKEN = "5eed"
BEGINS = Mark(moment="begins", generation=12)
ENDS = Mark(moment="ends", generation=12)


def merged(items: list[bytes | Mark]) -> list[bytes | Mark]:
    result: list[bytes | Mark] = []
    for item in items:
        if result and isinstance(item, bytes) and isinstance(result[-1], bytes):
            result[-1] += item
        else:
            result.append(item)
    return result


@given(st.binary(max_size=40), st.binary(min_size=1, max_size=40), st.lists(st.integers(0, 120), max_size=6))
def test_the_cuts_of_the_stream_do_not_matter(before: bytes, within: bytes, cuts: list[int]) -> None:
    stream = before + pack_mark(BEGINS, TOKEN) + within + pack_mark(ENDS, TOKEN)
    places = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    reader = MarkReader(TOKEN)
    items: list[bytes | Mark] = []
    for start, end in itertools.pairwise(places):
        items += reader.feed(stream[start:end])
    assert merged(items) == ([before] if before else []) + [BEGINS, within, ENDS]


def test_another_token_is_only_print() -> None:
    printed = pack_mark(BEGINS, "0ther") + b"\n"
    assert MarkReader(TOKEN).feed(printed) == [printed]


def test_text_is_not_held_back_for_a_mark_that_does_not_come() -> None:
    reader = MarkReader(TOKEN)
    assert reader.feed(b"hello\n") == [b"hello\n"]
    assert merged(reader.feed(b"zero \0") + reader.feed(b"5ee") + reader.feed(b"n")) == [b"zero \0005een"]


def test_an_unknown_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="no moment 'sleeps'"):
        MarkReader(TOKEN).feed(b"\0005eed:sleeps:1\0")
