"""What a large graph costs on the canvas: a Keras model of about 700 drawn ops, folded to fit and unfolded as a whole.

``python benchmarks/large_graphs.py`` prints how long it takes to derive and to lay out each picture, to paint it at
several zooms, and to step, and says by its exit status whether the folded picture is as cheap as it has to be.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtGui import QGuiApplication, QImage, QPainter

from tapeviz.engine.runner import Engine
from tapeviz.layout.service import arrange
from tapeviz.model.folding import build_graph
from tapeviz.model.frame import Frame, Frames
from tapeviz.model.graph import OpGraph
from tapeviz.model.group_folding import fold_groups, folded_groups
from tapeviz.model.groups import with_groups
from tapeviz.model.recording import Recording
from tapeviz.model.subjects import default_subject
from tapeviz.model.timeline import build_timeline
from tapeviz.paint.fonts import load_fonts
from tapeviz.paint.graph_painter import GraphPainter
from tapeviz.paint.measure import measure
from tapeviz.paint.theme import theme_of

MODEL = """
import tensorflow as tf
tf.keras.utils.set_random_seed(0)
dense, sequence = tf.keras.layers.Dense, tf.keras.Sequential
model = sequence([sequence([dense(8, activation="tanh") for _ in range(8)]) for _ in range(30)])
x = tf.ones((2, 8))
model.build((2, 8))
with tf.GradientTape() as tape:
    loss = tf.reduce_mean(model(x) ** 2)
gradients = tape.gradient(loss, model.trainable_variables)
"""
WINDOW = (1366, 768)
ZOOMS = (0.06, 0.3, 1.0)
LEAST_RATIO = 8.0
"""By so much the folded picture has to be cheaper to lay out than the unfolded one."""


def timed(title: str, work: Callable[[], object], rounds: int = 1) -> float:
    """Print and return the median of how many seconds some work takes."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    middle = statistics.median(times)
    print(f"  {title}: {middle * 1e3:.1f} ms")
    return middle


def look_at(recording: Recording, graph: OpGraph) -> float:
    """Measure one picture; returns how long its layout took."""
    timeline = build_timeline(recording, graph)
    timed("timeline", lambda: build_timeline(recording, graph))
    timed("frames", lambda: Frames(recording, graph, timeline))
    frames = Frames(recording, graph, timeline)
    sizes = measure(graph, frames.at(timeline.last))
    made = arrange(graph, sizes, "right")
    spent = timed("layout", lambda: arrange(graph, sizes, "right"))
    painter = GraphPainter(graph, made.layout, made.labels, theme_of("light"))
    frame = frames.at(timeline.last // 2)
    for zoom in ZOOMS:
        timed(f"painting at zoom {zoom}", partial(paint, painter, frame, zoom), rounds=5)
    timed("a step", lambda: (frames.at(timeline.last // 2), frames.at(timeline.last // 2 + 1)), rounds=9)
    return spent


def paint(painter: GraphPainter, frame: Frame, zoom: float) -> None:
    """Paint what a window shows of the upper left of the picture."""
    image = QImage(*WINDOW, QImage.Format.Format_ARGB32_Premultiplied)
    canvas = QPainter(image)
    canvas.scale(zoom, zoom)
    exposed = canvas.transform().inverted()[0].mapRect(image.rect().toRectF())
    painter.paint_still(canvas, frame, exposed, zoom)
    canvas.end()


def main() -> int:
    """Measure, print, and say by the exit status whether folding pays."""
    application = QGuiApplication(sys.argv[:1])
    load_fonts()
    recording = Engine().run("lesson.py", MODEL).recording
    subject = default_subject(recording)
    whole = with_groups(recording, build_graph(recording, subject, is_folded=True), "parts")
    timed("graph and groups", lambda: with_groups(recording, build_graph(recording, subject, is_folded=True), "parts"))
    layouts = []
    for title, folded in (("folded to fit", folded_groups(whole, {})), ("unfolded", frozenset[str]())):
        graph = fold_groups(recording, whole, folded)
        print(f"{title}: {len(graph.nodes)} nodes, {len(graph.edges)} edges, {len(graph.groups)} groups in view")
        layouts.append(look_at(recording, graph))
    ratio = layouts[1] / layouts[0]
    print(f"layout of the unfolded against the folded picture: {ratio:.1f} (at least {LEAST_RATIO})")
    application.quit()
    return 0 if ratio >= LEAST_RATIO else 1


if __name__ == "__main__":
    sys.exit(main())
