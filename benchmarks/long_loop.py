"""What a long training loop costs: time, memory, bytes, and how fast its iterations can be gone through.

``python benchmarks/long_loop.py [ITERATIONS]`` runs a loop over a graph of some 30 ops (10,000 times unless told
otherwise) plain and recorded, each in a process of its own, decodes the recording in a third one, as the window does,
and goes through iterations at random there.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

SCRUBS = 300
LESSON = """
import tensorflow as tf
tf.random.set_seed(0)
inputs = tf.random.normal((8, 2))
wanted = tf.sin(inputs[:, :1]) + inputs[:, 1:]
parameters = [
    tf.Variable(tf.random.normal((2, 6)) * 0.5), tf.Variable(tf.zeros(6)),
    tf.Variable(tf.random.normal((6, 6)) * 0.5), tf.Variable(tf.zeros(6)),
    tf.Variable(tf.random.normal((6, 1)) * 0.5), tf.Variable(tf.zeros(1)),
]
w1, b1, w2, b2, w3, b3 = parameters
rate = tf.constant(0.05)
for iteration in range({iterations}):
    with tf.GradientTape() as tape:
        first = tf.tanh(inputs @ w1 + b1)
        second = tf.sigmoid(first @ w2 + b2) * first
        answer = second @ w3 + b3
        error = tf.reduce_mean((answer - wanted) ** 2)
        size = tf.reduce_sum(w1 ** 2) + tf.reduce_sum(w2 ** 2) + tf.reduce_sum(w3 ** 2)
        loss = error + 1e-4 * tf.sqrt(size + 1.0)
    for parameter, gradient in zip(parameters, tape.gradient(loss, parameters)):
        parameter.assign_sub(rate * gradient)
"""
"""30 ops forward, with the reads of the variables; some 80 more backward, and 18 for the update."""

BOUNDS = {"ratio": 3.0, "worker": 200.0, "window": 150.0, "scrubs": 60.0}


def resident() -> float:
    """Return the memory of this process in MiB."""
    return float(psutil.Process().memory_info().rss) / 2**20


def plain(iterations: int) -> None:
    """Run the loop in plain TensorFlow and print the seconds."""
    code = compile(LESSON.format(iterations=iterations), "plain.py", "exec")
    exec(compile(LESSON.format(iterations=30), "plain.py", "exec"), {"__name__": "__main__"})
    started = time.perf_counter()
    exec(code, {"__name__": "__main__"})
    print(time.perf_counter() - started)


def recorded(iterations: int, path: Path) -> None:
    """Record the loop, keep the encoded answer in `path`; print seconds, MiB grown, ops, calls and laps."""
    from tapeviz.engine.runner import Engine
    from tapeviz.protocol.codec import encode_response
    from tapeviz.protocol.responses import LessonRecorded

    engine = Engine()
    engine.run("lesson.py", LESSON.format(iterations=30))
    before = resident()
    started = time.perf_counter()
    recording = engine.run("lesson.py", LESSON.format(iterations=iterations)).recording
    seconds = time.perf_counter() - started
    path.write_bytes(encode_response(LessonRecorded(generation=1, recording=recording)))
    (series,) = recording.series
    print(seconds, resident() - before, len(recording.ops), series.iterations, series.folded)
    print(*recording.notes, file=sys.stderr)


def gone_through(path: Path) -> None:
    """Decode a recording as the window does; print seconds, MiB grown, and iterations shown per second."""
    from tapeviz.model.folding import build_graph
    from tapeviz.model.frame import build_frame
    from tapeviz.model.graph import Subject
    from tapeviz.model.recording import Recording
    from tapeviz.model.scrubbing import iteration_of, recording_at, scalar_over_iterations
    from tapeviz.model.timeline import build_timeline
    from tapeviz.protocol.codec import decode_response
    from tapeviz.protocol.responses import LessonRecorded

    def shown(recording: Recording, iteration: int) -> None:
        numbers = recording_at(recording, subject, iteration)
        timeline = build_timeline(numbers, graph)
        build_frame(numbers, graph, timeline, timeline.last)

    before = resident()
    started = time.perf_counter()
    answer = decode_response(path.read_bytes())
    seconds = time.perf_counter() - started
    assert isinstance(answer, LessonRecorded)
    recording, subject = answer.recording, Subject(call=0)
    graph = build_graph(recording, subject, is_folded=True)
    found = iteration_of(recording, subject)
    assert found is not None
    shown(recording, found[0].iterations - 1)
    picker = random.Random(0)
    iterations = [picker.randrange(found[0].iterations) for _ in range(SCRUBS)]
    whole = [run.tape for run in found[0].runs if run.first is None]
    for iteration in (found[0].number_of(tape) for tape in whole):
        shown(recording, iteration or 0)
    started = time.perf_counter()
    for iteration in iterations:
        shown(recording, iteration)
    rate = SCRUBS / (time.perf_counter() - started)
    started = time.perf_counter()
    scalar_over_iterations(recording, subject, recording.gradient_calls[0].target[0])
    line = time.perf_counter() - started
    print(seconds, resident() - before, rate, line)


def alone(*arguments: object) -> list[float]:
    """Run one part in a process of its own and return the numbers that it prints."""
    ran = subprocess.run(
        [sys.executable, __file__, *map(str, arguments)], stdout=subprocess.PIPE, text=True, check=True
    )
    return [float(number) for number in ran.stdout.split()]


def main(iterations: int) -> int:
    """Measure, print, and say by the exit status whether the bounds hold."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recording.bin"
        (before,) = alone("plain", iterations)
        seconds, worker, ops, kept, folded = alone("recorded", iterations, path)
        size = path.stat().st_size / 2**20
        decoding, window, rate, line = alone("gone_through", path)
    ratio = seconds / before
    print(f"{iterations:,} iterations: plain {before:.1f} s, recorded {seconds:.1f} s, ratio {ratio:.2f}")
    print(f"recorded {kept:,.0f} iterations, {folded:,.0f} of them folded; {ops:,.0f} ops are whole")
    print(f"worker grew by {worker:.0f} MiB; the answer has {size:.1f} MiB")
    print(f"window: decoded in {decoding:.2f} s, grew by {window:.0f} MiB; {rate:.0f} iterations shown a second")
    print(f"one number over all iterations: {line * 1e3:.1f} ms")
    found = {"ratio": ratio, "worker": worker, "window": window, "scrubs": rate}
    broken = [name for name, bound in BOUNDS.items() if (found[name] < bound) == (name == "scrubs")]
    print(f"out of bounds: {', '.join(broken)}" if broken else "all within bounds")
    return 1 if broken or kept != iterations else 0


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["plain", count]:
            plain(int(count))
        case ["recorded", count, file]:
            recorded(int(count), Path(file))
        case ["gone_through", file]:
            gone_through(Path(file))
        case arguments:
            sys.exit(main(int(arguments[0]) if arguments else 10_000))
