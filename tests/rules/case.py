"""One op called with numbers, and what TensorFlow's own VJP makes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.framework import op_def_registry

from tapeviz.model.rules import Rule, rule_of

Array = np.ndarray
AXIS_NAMES = frozenset({"reduction_indices", "dim", "split_dim", "tensor_axis"})
"""What op definitions call an input that ``tf.raw_ops`` calls ``axis``."""


@dataclass
class Case:
    """A call of one raw op: its arguments by TensorFlow's names, and how near the numbers must be."""

    op_type: str
    arguments: dict[str, Any]
    tolerance: float = 1e-6
    is_smooth: bool = True
    """Whether finite differences of the forward op can be compared."""
    is_symmetric: bool = False
    """Whether the op reads one triangle only, so that a step must be symmetric."""
    unset: tuple[int, ...] = ()
    """The outputs that TensorFlow was told not to compute: in their place stands whatever the memory held."""
    called: Any = field(default=None)
    """What calls it, where no raw op does."""

    def __post_init__(self) -> None:
        rule = rule_of(self.op_type, self.attributes)
        assert rule is not None, self.op_type
        self.rule: Rule = rule

    def __str__(self) -> str:
        options = [f"{key}={value}" for key, value in self.arguments.items() if isinstance(value, bool | str)]
        return "-".join([self.op_type, *options])

    @cached_property
    def definition(self) -> Any:
        return op_def_registry.get(self.op_type)

    @cached_property
    def attributes(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for attribute in self.definition.attr:
            kind = attribute.default_value.WhichOneof("value")
            if kind in {"b", "i", "f"}:
                found[attribute.name] = getattr(attribute.default_value, kind)
        given = {key: value for key, value in self.arguments.items() if isinstance(value, bool | int | float | str)}
        counts = {arg.number_attr: len(value) for arg, value in self._given() if arg.number_attr}
        return {**found, **given, **counts}

    def _given(self) -> list[tuple[Any, Any]]:
        """Pair each input of the op's definition with its argument."""
        return [(arg, self.arguments[_called(arg.name)]) for arg in self.definition.input_arg]

    @cached_property
    def inputs(self) -> list[Array]:
        flat: list[Array] = []
        for _, value in self._given():
            flat += [np.asarray(part) for part in value] if isinstance(value, list) else [np.asarray(value)]
        return flat

    @cached_property
    def moving(self) -> list[int]:
        """The inputs that can be differentiated by."""
        return [place for place, value in enumerate(self.inputs) if value.dtype.kind in "fc"]

    def run(self, inputs: list[Any]) -> list[tf.Tensor]:
        """Run the op alone on other inputs; only its real and complex outputs count."""
        arguments, rest = dict(self.arguments), list(inputs)
        for arg, value in self._given():
            arguments[_called(arg.name)] = [rest.pop(0) for _ in value] if isinstance(value, list) else rest.pop(0)
        result = self.called(**arguments) if self.called else getattr(tf.raw_ops, self.op_type)(**arguments)
        return list(tf.nest.flatten(result))

    def forward(self, inputs: list[Array]) -> list[Array]:
        """Run the op alone, in numbers; only the outputs that have a cotangent."""
        outputs = self.run([tf.constant(value) for value in inputs])
        return [outputs[place].numpy() for place in self.live]

    @cached_property
    def outputs(self) -> list[Array]:
        return [output.numpy() for output in self.run([tf.constant(value) for value in self.inputs])]

    @property
    def has_parts(self) -> bool:
        return any(arg.number_attr or arg.type_list_attr for arg in self.definition.output_arg)

    @cached_property
    def live(self) -> list[int]:
        """The outputs that the rule speaks of: all of a list, the named ones of several."""
        count = len(self.outputs) if self.has_parts else len(self.rule.results)
        set_places = (place for place in range(count) if place not in self.unset)
        return [place for place in set_places if self.outputs[place].dtype.kind in "fc"]

    @cached_property
    def cotangents(self) -> list[Array]:
        random = np.random.default_rng(5)
        found = []
        for place in self.live:
            output = self.outputs[place]
            cotangent = random.normal(size=output.shape)
            if output.dtype.kind == "c":
                cotangent = cotangent + 1j * random.normal(size=output.shape)
            found.append(cotangent.astype(output.dtype))
        return found

    @cached_property
    def pulled(self) -> list[Array | None]:
        """What TensorFlow's VJP sends to each input."""
        tensors = [tf.constant(value) for value in self.inputs]
        with tf.GradientTape() as tape:
            for place in self.moving:
                tape.watch(tensors[place])
            outputs = self.run(tensors)
            targets = [outputs[place] for place in self.live]
        found = tape.gradient(
            targets,
            [tensors[place] for place in self.moving],
            output_gradients=[tf.constant(value) for value in self.cotangents],
        )
        by_place = dict(zip(self.moving, found, strict=True))
        values = [by_place.get(place) for place in range(len(self.inputs))]
        return [None if value is None else tf.convert_to_tensor(value).numpy() for value in values]


def _called(name: str) -> str:
    return "axis" if name in AXIS_NAMES else name
