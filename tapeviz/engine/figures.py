"""The matplotlib figures that a lesson shows, as pictures. Nothing here imports matplotlib: the lesson does."""

from __future__ import annotations

import io
import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tapeviz.model.checks import MAX_FIGURE_BYTES, MAX_FIGURE_PIXELS, MAX_FIGURES
from tapeviz.model.recording import OutputFigure

BACKEND = "module://tapeviz.engine.matplotlib_backend"

MAX_TITLE = 200
_FINENESS = 2
"""Pixels of the picture per pixel of the figure, so that it is crisp on a projector."""

_LEFT_OUT = (
    f"(tapeviz keeps the first {MAX_FIGURES} figures of a run; this one and those after it are not among them. "
    "Show fewer, for example one in ten iterations.)"
)

TakesFigure = Callable[[OutputFigure], None]


class _Collector:
    """Who takes the figures of a run, how many it took, and how each figure looked when it was last shown."""

    def __init__(self, take: TakesFigure) -> None:
        self._take = take
        self._count = 0
        self._last: weakref.WeakKeyDictionary[Any, OutputFigure] = weakref.WeakKeyDictionary()

    def show(self, figure: Any) -> None:
        if self._count > MAX_FIGURES:
            return
        picture = picture_of(figure)
        if self._last.get(figure) == picture:
            return
        self._last[figure] = picture
        self._count += 1
        if self._count <= MAX_FIGURES:
            self._take(picture)
        else:
            print(_LEFT_OUT)


_collectors: list[_Collector] = []
"""The one of the run that goes on, if one does: matplotlib asks its backend for no more than a module."""


@contextmanager
def collected(take: TakesFigure) -> Iterator[None]:
    """Hand every figure that is shown inside to `take`, without a position; matplotlib begins as in a fresh process."""
    _begin_afresh()
    _collectors.append(_Collector(take))
    try:
        yield
    finally:
        _collectors.pop()


def show_open(*, is_closing: bool = True) -> None:
    """Show the figures that are open, in the order in which they were made."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is None:
        return
    try:
        for number in pyplot.get_fignums():
            show(pyplot.figure(number))
    finally:
        if is_closing:
            pyplot.close("all")


def show(figure: Any) -> None:
    """Hand one figure over, unless it was shown just so before."""
    if _collectors:
        _collectors[-1].show(figure)


def picture_of(figure: Any) -> OutputFigure:
    """Draw a figure, with all that stands at its borders."""
    fineness = min(_FINENESS * figure.dpi, MAX_FIGURE_PIXELS / max(figure.get_size_inches()))
    png = _drawn(figure, fineness)
    # What stands outside of the frame is drawn too and may make the picture larger than the figure says it is.
    while len(png) > MAX_FIGURE_BYTES or max(_size(png)) > MAX_FIGURE_PIXELS:
        fineness *= 0.7
        png = _drawn(figure, fineness)
    width, height = _size(png)
    return OutputFigure(position=0, png=png, width=width, height=height, title=_title(figure))


def _drawn(figure: Any, fineness: float) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=fineness, bbox_inches="tight", metadata={"Software": None})
    return buffer.getvalue()


def _size(png: bytes) -> tuple[int, int]:
    """Read width and height off the head of a PNG, in pixels."""
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


def _title(figure: Any) -> str:
    """Say what a figure shows, in its own words."""
    titles = [figure.get_suptitle(), *(axes.get_title() for axes in figure.axes)]
    if not any(titles):
        titles = [_axes_title(axes) for axes in figure.axes]
    return "; ".join(title.strip() for title in titles if title.strip())[:MAX_TITLE]


def _axes_title(axes: Any) -> str:
    return " against ".join(label for label in (axes.get_ylabel(), axes.get_xlabel()) if label)


def _begin_afresh() -> None:
    """Take back what the lesson before set, and close what it left open.

    The backend is not set in the environment: what the lesson starts there has no tapeviz to import it from.
    """
    import matplotlib

    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close("all")
    matplotlib.rc_file_defaults()
    matplotlib.use(BACKEND)
