"""The plots of a descent: the landscape, and beside it the curves."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from tapeviz.model.state import AppState
from tapeviz.ui.descent.curve_chooser import CurveChooser
from tapeviz.ui.descent.curve_view import CurveView
from tapeviz.ui.descent.fit_view import FitView
from tapeviz.ui.descent.legend_strip import LegendStrip
from tapeviz.ui.descent.sub_steps_pane import SubStepsPane
from tapeviz.ui.descent.terrain_view import TerrainView
from tapeviz.ui.store import Executes


class PlotsPane(QWidget):
    """Lays the plots out: `split` holds the landscape and `beside`, in which curves and other plots stand."""

    def __init__(self, store: Executes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.legend = LegendStrip()
        self.terrain = TerrainView(store)
        self.chooser = CurveChooser(store)
        self.curves = CurveView(store)
        self.fit = FitView()
        self.sub_steps = SubStepsPane(store)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.beside = QSplitter(Qt.Orientation.Vertical)
        self.split.addWidget(self.terrain)
        self.split.addWidget(self.beside)
        self.split.setStretchFactor(0, 3)
        self.split.setStretchFactor(1, 2)
        self.beside.addWidget(self.fit)
        self.beside.addWidget(self._curves_with_chooser())
        for splitter in (self.split, self.beside):
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.legend)
        column.addWidget(self.split, 1)
        column.addWidget(self.sub_steps)

    def _curves_with_chooser(self) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.chooser)
        column.addWidget(self.curves, 1)
        return holder

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Pass the state on; a plot that cannot be seen is not told of every iterate."""
        for view in (self.legend, self.terrain, self.chooser, self.curves, self.fit, self.sub_steps):
            view.apply(old, new)
