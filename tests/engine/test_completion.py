from __future__ import annotations

from typing import Any

import pytest
import tensorflow as tf

from tapeviz.engine.completion import complete


class Watchful:
    """An object that tells when code of its own is run."""

    held = 3.0

    def __init__(self) -> None:
        self.own = "text"

    @property
    def computed(self) -> float:
        raise AssertionError("a property was called")

    def __dir__(self) -> list[str]:
        raise AssertionError("__dir__ was called")

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"__getattr__ was called for {name}")


@pytest.fixture(scope="module")
def namespace() -> dict[str, Any]:
    return {"tf": tf, "weight": tf.Variable(1.0), "thing": Watchful(), "_hidden": 1}


@pytest.mark.parametrize(
    ("prefix", "names"),
    [
        ("y = tf.keras.lay", ("tf.keras.layers",)),
        ("weight.assign_", ("weight.assign_add", "weight.assign_sub")),
        ("tf.GradientTape.gr", ("tf.GradientTape.gradient",)),
        ("f(we", ("weight",)),
        ("whi", ("while",)),
        ("prin", ("print",)),
        ("thing.", ("thing.computed", "thing.held", "thing.own")),
        ("thing.own.upp", ("thing.own.upper",)),
        ("thing.computed.", ()),
        ("nosuch.", ()),
        ("tf.nosuch.deeper.", ()),
        ("3.", ()),
        ("(", ()),
        ("_hid", ("_hidden",)),
    ],
)
def test_names_come_from_what_lives(prefix: str, names: tuple[str, ...], namespace: dict[str, Any]) -> None:
    assert complete(namespace, prefix) == names
