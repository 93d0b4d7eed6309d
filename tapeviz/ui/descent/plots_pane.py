"""The plots of a descent: the landscape, and beside it the curves."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from tapeviz.model.state import AppState
from tapeviz.ui.descent.curve_chooser import CurveChooser
from tapeviz.ui.descent.curve_view import CurveView
from tapeviz.ui.descent.fit_view import FitView
from tapeviz.ui.descent.legend_strip import LegendStrip
from tapeviz.ui.descent.sub_steps_pane import SubStepsPane
from tapeviz.ui.descent.surface_view import SurfaceView
from tapeviz.ui.descent.terrain_view import TerrainView
from tapeviz.ui.store import Executes


class PlotsPane(QWidget):
    """Lays the plots out: `split` holds the landscape, `beside` with curves and other plots, and the sub-steps."""

    def __init__(self, store: Executes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.legend = LegendStrip()
        self.terrain = TerrainView(store)
        self.surface = SurfaceView(store)
        self._landscape = QStackedWidget()
        self._landscape.addWidget(self.terrain)
        self._landscape.addWidget(self.surface)
        self.chooser = CurveChooser(store)
        self.curves = CurveView(store)
        self.fit = FitView()
        self.sub_steps = SubStepsPane(store)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.beside = QSplitter(Qt.Orientation.Vertical)
        self.split.addWidget(self._landscape)
        self.split.addWidget(self.beside)
        self.split.addWidget(self.sub_steps)
        for place, share in enumerate((3, 2, 2)):
            self.split.setStretchFactor(place, share)
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

    def _curves_with_chooser(self) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.chooser)
        column.addWidget(self.curves, 1)
        return holder

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Pass the state on; the sub-steps of an iteration take the place of the curves."""
        for view in (self.legend, self.terrain, self.surface, self.chooser, self.curves, self.fit, self.sub_steps):
            view.apply(old, new)
        self._landscape.setCurrentWidget(self.surface if self.surface.is_shown else self.terrain)
        has_sub_steps = not self.sub_steps.isHidden()
        if self.beside.isHidden() != has_sub_steps:
            self.beside.setHidden(has_sub_steps)
            width = self.split.width()
            if has_sub_steps:
                self.split.setSizes([round(0.56 * width), 0, round(0.44 * width)])
            else:
                self.split.setSizes([round(0.6 * width), round(0.4 * width), 0])
