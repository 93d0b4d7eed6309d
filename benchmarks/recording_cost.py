"""What recording costs: a lesson run plain and recorded, in turn, in one process.

``python benchmarks/recording_cost.py`` prints the medians and their ratio for a 20-layer network ten times forward and
backward, and for a chain of 2,000 scalar ops; the recording is finished, values included.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time

from tapeviz.engine.runner import Engine

NETWORK = """
import tensorflow as tf
tf.random.set_seed(0)
layers = [(tf.Variable(tf.random.normal((64, 64)) * 0.1), tf.Variable(tf.zeros((64,)))) for _ in range(20)]
inputs = tf.random.normal((32, 64))
for _ in range(10):
    with tf.GradientTape() as tape:
        hidden = inputs
        for weight, bias in layers:
            hidden = tf.nn.relu(hidden @ weight + bias)
        loss = tf.reduce_mean(hidden**2)
    gradients = tape.gradient(loss, [part for layer in layers for part in layer])
"""
CHAIN = """
import tensorflow as tf
x = tf.Variable(1.0)
with tf.GradientTape() as tape:
    y = x * 1.0
    for _ in range(1999):
        y = y * 1.0001
gradient = tape.gradient(y, x)
"""
BOUNDS = {"network of 20 layers": (NETWORK, 2.5, 15), "chain of 2,000 ops": (CHAIN, 4.0, 7)}


def plain(text: str) -> float:
    """Return how many seconds the text takes in plain Python."""
    code = compile(text, "plain.py", "exec")
    started = time.perf_counter()
    exec(code, {"__name__": "__main__"})
    return time.perf_counter() - started


def recorded(engine: Engine, text: str) -> float:
    """Return how many seconds the text takes until its recording is finished."""
    started = time.perf_counter()
    engine.run("lesson.py", text)
    return time.perf_counter() - started


def main() -> int:
    """Measure, print, and say by the exit status whether the bounds hold."""
    engine = Engine()
    worst = 0
    for title, (text, bound, rounds) in BOUNDS.items():
        plain(text)
        recorded(engine, text)
        pairs = []
        for _ in range(rounds):
            gc.collect()
            pairs.append((plain(text), recorded(engine, text)))
        before, after = (statistics.median(times) for times in zip(*pairs, strict=True))
        ratio = after / before
        print(f"{title}: plain {before * 1e3:.1f} ms, recorded {after * 1e3:.1f} ms, ratio {ratio:.2f} (bound {bound})")
        worst += ratio > bound
    return 1 if worst else 0


if __name__ == "__main__":
    sys.exit(main())
