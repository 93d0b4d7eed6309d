"""matplotlib's backend while a lesson runs: ``plt.show()`` hands figures over, and neither waits nor warns.

matplotlib imports this module by its name when the first figure is made; nothing else does.
"""

from __future__ import annotations

from typing import Any

from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

from tapeviz.engine import figures


class FigureManager(FigureManagerBase):
    """Stands for the window that a figure would have elsewhere."""

    @classmethod
    def pyplot_show(cls, *, block: bool | None = None) -> None:
        """Show every open figure; as with closed windows, they are gone then, unless nobody was to wait for that."""
        figures.show_open(is_closing=block is not False)

    def show(self) -> None:
        """Show this figure: ``figure.show()``."""
        figures.show(self.canvas.figure)


class FigureCanvas(FigureCanvasAgg):
    """Draws without a window."""

    manager_class: Any = FigureManager
