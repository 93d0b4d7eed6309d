"""The learning rate on a slider that goes by powers of ten, also while the race runs."""

from __future__ import annotations

import math

from PySide6.QtCore import QSignalBlocker, QTimer, Signal
from PySide6.QtWidgets import QWidget

from tapeviz.ui.lesson.variable_card import DRAG_INTERVAL, CalmSlider

SMALLEST, LARGEST = -5.0, 1.0
"""Powers of ten between which the slider goes; a rate beyond them can be typed."""


class RateSlider(CalmSlider):
    """A slider of rates. `rate_changed` comes thirty times a second at most while it is dragged."""

    rate_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRange(SMALLEST, LARGEST)
        self.setSingleStep(0.05)
        self.setPageStep(0.5)
        self.setMinimumWidth(30)
        self._rate = 0.0
        self._pending: float | None = None
        self._throttle = QTimer(self, interval=DRAG_INTERVAL, singleShot=True)
        self._throttle.timeout.connect(self._pass_on)
        self.valueChanged.connect(self._slid)
        self.sliderReleased.connect(self._pass_on)

    def show_rate(self, rate: float) -> None:
        """Stand at a rate."""
        if rate == self._rate or self.isSliderDown():
            return
        self._rate = rate
        with QSignalBlocker(self):
            self.setValue(max(SMALLEST, min(LARGEST, math.log10(rate))) if rate > 0 else SMALLEST)

    def _slid(self, power: float) -> None:
        self._pending = float(f"{10**power:.3g}")
        if not self._throttle.isActive():
            self._pass_on()

    def _pass_on(self) -> None:
        if self._pending is None:
            return
        self._rate, self._pending = self._pending, None
        self._throttle.start()
        self.rate_changed.emit(self._rate)
