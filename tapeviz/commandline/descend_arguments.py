"""The arguments of ``tapeviz descend``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tapeviz.commandline.argument_values import (
    DEFAULT_SIZE,
    THEMES,
    batch_size,
    clipping,
    count,
    deviation,
    hyperparameter,
    iterations,
    learning_rate,
    mebibytes,
    optimizer,
    picture_name,
    scale,
    seconds,
    seed,
    setting,
    size,
    start,
    trajectory_name,
)


def add_descend(commands: Any) -> None:
    """Add the subcommand."""
    descend = commands.add_parser("descend", help="gradient descent on what a lesson differentiates")
    descend.add_argument("lesson", type=Path, metavar="LESSON.py")
    descend.add_argument("-o", "--output", type=trajectory_name, required=True, metavar="OUT.{csv,npz,npy}")
    _add_optimizer(descend)
    _add_plot(descend)
    descend.add_argument("--iterations", type=iterations, metavar="N", help="so many at most; 1000 by default")
    descend.add_argument(
        "--start",
        type=start,
        action="append",
        default=[],
        dest="starts",
        metavar="NAME=VALUE",
        help="where a parameter starts, if not where the lesson has it; may be repeated",
    )
    descend.add_argument("--call", type=count, default=0, metavar="K", help="the gradient call to descend on, from 0")
    descend.add_argument(
        "--set",
        type=setting,
        action="append",
        default=[],
        dest="settings",
        metavar="NAME=VALUE",
        help="give a variable of the lesson another value before it runs; may be repeated",
    )
    descend.add_argument("--seed", type=seed, default=None, metavar="N", help="seed the lesson, mini-batches and noise")
    descend.add_argument("--timeout", type=seconds, metavar="SECONDS", help="stop lesson and descent after this long")
    descend.add_argument("--memory-limit", type=mebibytes, metavar="MIB", help="stop the lesson when it takes more")


def _add_optimizer(descend: Any) -> None:
    descend.add_argument(
        "--optimizer", type=optimizer, metavar="NAME", help="sgd, momentum, adam, newton, ...; sgd by default"
    )
    descend.add_argument("--learning-rate", type=learning_rate, metavar="F")
    descend.add_argument(
        "--hyperparameter",
        type=hyperparameter,
        action="append",
        default=[],
        dest="hyperparameters",
        metavar="NAME=NUMBER",
        help="by Keras' own name, such as beta_1=0.8; may be repeated",
    )
    descend.add_argument(
        "--clip", type=clipping, metavar="KIND=LIMIT", help="clip gradients by value, norm or global_norm"
    )
    descend.add_argument("--batch-size", type=batch_size, metavar="N", help="draw mini-batches of the lesson's data")
    descend.add_argument("--noise", type=deviation, default=0.0, metavar="F", help="add noise to the gradients")


def _add_plot(descend: Any) -> None:
    descend.add_argument("--plot", type=picture_name, metavar="OUT.{png,svg,pdf}", help="draw the trajectory, too")
    descend.add_argument("--size", type=size, default=DEFAULT_SIZE, metavar="WxH", help="of the drawing, in pixels")
    descend.add_argument("--scale", type=scale, default=1.0, metavar="F", help="pixels per pixel of the size")
    descend.add_argument("--theme", choices=THEMES, default="light")
    descend.add_argument("--title", default="", metavar="TEXT", help="what to write above the drawing")
