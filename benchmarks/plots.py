"""What the plots of a race cost in the window: frames while it runs, while the clock is dragged back, and when zoomed.

``python benchmarks/plots.py`` prints the median and the worst frame, in processor time, for 6 trajectories of 10,000
iterates, smooth and as noisy as they come, and of a million iterates each, and says by its exit status whether the
first keep 30 frames a second.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import numpy.typing as npt
from PySide6.QtWidgets import QApplication

from tapeviz.model.descent import DescentSettings, DescentStatus, ObjectiveFacts, Parameter, Trajectory
from tapeviz.model.descent_state import DescentState, DescentView, Racer
from tapeviz.model.landscape import Extent, Landscape, Plane
from tapeviz.model.state import AppState
from tapeviz.model.tensor import TensorValue
from tapeviz.paint.fonts import load_fonts
from tapeviz.ui.descent.plots_pane import PlotsPane
from tapeviz.ui.store import Store

Numbers = npt.NDArray[Any]

RACERS = 6
SLOWEST_FRAME = 1 / 30
SIZE = (1040, 560)
PLANE = Plane(origin=(0.0, 0.0), directions=((1.0, 0.0), (0.0, 1.0)), titles=("x", "y"))
EXTENT = Extent(low=(-2.0, -1.0), high=(2.0, 3.0))


def packed(array: Numbers) -> TensorValue:
    """Pack an array whole."""
    return TensorValue(encoding=array.dtype.str, shape=array.shape, data=array.tobytes())


def rosenbrock(x: Numbers, y: Numbers) -> Numbers:
    """Compute the function of the landscape."""
    return np.asarray((1 - x) ** 2 + 100 * (y - x**2) ** 2)


def trajectory(look: int, count: int, noise: float) -> Trajectory:
    """Go down the ravine, shaken by noise."""
    rng = np.random.default_rng(look)
    x = np.linspace(-1.6 + 0.1 * look, 1.0, count)
    positions = np.stack([x, x**2], axis=1) + noise * rng.normal(size=(count, 2))
    losses = rosenbrock(*positions.T)
    return Trajectory(
        settings=DescentSettings(start=(float(x[0]), float(x[0] ** 2))),
        losses=losses,
        norms=np.abs(positions),
        rates=np.full(count - 1, 0.01),
        kept=np.arange(count),
        positions=positions,
        gradients=positions,
        status=DescentStatus(kind="running"),
    )


def first(whole: Trajectory, count: int) -> Trajectory:
    """Give the trajectory as it stood after so many iterates."""
    arrays = ("losses", "norms", "rates", "kept", "positions", "gradients")
    return replace(whole, **{name: getattr(whole, name)[:count] for name in arrays})


def race(trajectories: Iterable[Trajectory]) -> AppState:
    """Give the state of a race on the landscape."""
    trajectories = tuple(trajectories)
    x, y = np.meshgrid(np.linspace(-2, 2, 256), np.linspace(-1, 3, 256))
    start = packed(np.array(1.0))
    descent = DescentState(
        objective=ObjectiveFacts(
            title="f",
            parameters=tuple(Parameter(name=name, shape=(), dtype="float32", start=start) for name in "xy"),
            value=1.0,
        ),
        racers=tuple(Racer(look=look) for look in range(RACERS)),
        raced=tuple(Racer(look=look) for look in range(RACERS)),
        trajectories=trajectories,
        plane=PLANE,
        extent=EXTENT,
        landscape=Landscape(plane=PLANE, extent=EXTENT, values=packed(rosenbrock(x, y).astype(np.float32))),
        view=DescentView(is_log_level=True, is_log_values=True),
    )
    return AppState(descent=descent)


class Screen:
    """The pane, shown one state after the other."""

    def __init__(self, state: AppState) -> None:
        self.state = state
        self.pane = PlotsPane(Store(state, lambda _request: None))
        self.pane.resize(*SIZE)
        self.pane.show()
        self.pane.apply(None, state)
        QApplication.processEvents()

    def frame(self, **changes: Any) -> float:
        """Show the descent with some changes, and say how many seconds of processor that took."""
        new = replace(self.state, descent=replace(self.state.descent, **changes))
        started = time.process_time()
        self.pane.apply(self.state, new)
        QApplication.processEvents()
        self.state = new
        return time.process_time() - started


def measured(title: str, frames: Callable[[], Iterable[float]]) -> float:
    """Print the median and the worst of some frames, and give the median."""
    times = list(frames())
    middle = statistics.median(times)
    print(f"  {title}: {middle * 1e3:.1f} ms, worst {max(times) * 1e3:.1f} ms")
    return middle


def measure(count: int, noise: float) -> float:
    """Watch one race: live, scrubbed and zoomed; give the median frame while it runs."""
    wholes = [trajectory(look, count, noise) for look in range(RACERS)]
    screen = Screen(race(first(whole, 1) for whole in wholes))
    steps = np.linspace(1, count, 31).astype(int)[1:]

    def live() -> Iterable[float]:
        return [screen.frame(trajectories=tuple(first(whole, int(step)) for whole in wholes)) for step in steps]

    def back() -> Iterable[float]:
        return [screen.frame(clock=int(step) - 2, is_following=False) for step in steps[::-3]]

    def zoomed() -> Iterable[float]:
        return [
            screen.frame(extent=Extent(low=(-2 / scale, -1 / scale), high=(2 / scale, 3 / scale)))
            for scale in (1.1, 1.3, 1.6, 2.0)
        ]

    middle = measured("while it runs", live)
    measured("the clock dragged back", back)
    measured("zoomed", zoomed)
    return middle


def main() -> int:
    """Measure all, and say whether the plots are quick enough."""
    application = QApplication.instance() or QApplication([])
    load_fonts()
    is_quick = True
    for title, noise in (("smooth", 0.0), ("noisy", 0.02), ("very noisy", 0.3)):
        print(f"6 trajectories of 10,000 iterates, {title}")
        is_quick = measure(10_000, noise) <= SLOWEST_FRAME and is_quick
    print("6 trajectories of 1,000,000 iterates, noisy")
    measure(1_000_000, 0.02)
    del application
    return 0 if is_quick else 1


if __name__ == "__main__":
    sys.exit(main())
