"""A traced graph run once more, op by op, under a tape and a recorder of its own: what an op consists of.

Nothing of the lesson is touched: a rerun has copies of its inputs, and variables of its own that begin with what the
lesson's held; whatever would do something a second time is not run.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any, NamedTuple

import tensorflow as tf

from tapeviz.engine import graphs, op_tap, tap
from tapeviz.engine.events import Place
from tapeviz.engine.invocations import InvocationBook
from tapeviz.engine.names import NameBook
from tapeviz.engine.recorder import Recorder
from tapeviz.model.recording import InsideKind

MAX_OPS = 20_000
"""So many ops in all are run again of one run."""

TRACED: CodeType = compile("", "<traced>", "exec")
"""Stands for the code of an op of which only the line is known; the line then stands for the instruction."""


class NotRerunError(Exception):
    """The op cannot be run again; the message is a sentence that says why."""


class OwnVariable(NamedTuple):
    """A variable of a rerun, and what the lesson calls the one that it stands for."""

    variable: Any
    name: str


@dataclass(slots=True, kw_only=True)
class Surroundings:
    """What all the reruns of one op share.

    `filename` is what the lesson's code objects call their file. `names` are what its code calls symbolic tensors, by
    their ``id``. `variables` stand in for the lesson's, by the ids of their own handles; `handles` are these, by the
    ids of the lesson's. `left` counts the ops that may still be run.
    """

    filename: str
    names: Mapping[int, str]
    left: int
    variables: dict[int, OwnVariable] = field(default_factory=dict)
    handles: dict[int, Any] = field(default_factory=dict)

    def name_of(self, symbolic: Any) -> str:
        """Return what the lesson calls a symbolic tensor; empty where it has no name for it."""
        return self.names.get(id(symbolic), "")

    def pay(self) -> None:
        """Count one op."""
        if self.left <= 0:
            raise NotRerunError("It does not open: the functions of this run hold more ops than are kept.")
        self.left -= 1


@dataclass(slots=True, eq=False)
class Part:
    """An op of a rerun that opens in turn: `op` is its raw index, `calls` the gradient calls that came through it."""

    op: int
    kind: InsideKind
    title: str
    rerun: Rerun
    note: str = ""
    calls: list[int] = field(default_factory=list)


class _Standing(InvocationBook):
    """Says of every op that it stands where the node that is run was traced."""

    line: int | None = None

    def standing(self, caller: FrameType) -> tuple[FrameType | None, Place]:
        """Give the line in place of a frame."""
        del caller
        return None, (None if self.line is None else TRACED, self.line or 0, None)


class Rerun(ABC):
    """Ops that are run again.

    Parameters
    ----------
    inputs : sequence of EagerTensor or None
        What goes in; None for what is not needed.
    names : sequence of str
        What the code calls each of them; empty where it has no name.
    around : Surroundings
    watched : collection of int, optional
        The places of the inputs that are differentiated by; without it all that can be.
    """

    def __init__(
        self, inputs: Sequence[Any], names: Sequence[str], around: Surroundings, watched: frozenset[int] | None = None
    ) -> None:
        self.around = around
        self.recorder = Recorder("<traced>", NameBook({}, None, "<traced>"), lambda _: None)
        self.place = _Standing("<traced>")
        self.recorder.invocations = self.place
        self.parts: list[Part] = []
        self.inputs: list[Any] = []
        self.outputs: list[Any] = []
        self.tape = tf.GradientTape(persistent=True, watch_accessed_variables=False)
        self._sources: dict[int, Any] = {}
        with tap.unseen():
            for place, (given, name) in enumerate(zip(inputs, names, strict=True)):
                self._take(place, given, name, is_watched=watched is None or place in watched)

    def _take(self, place: int, given: Any, name: str, *, is_watched: bool) -> None:
        """Copy an input, so that each is a tensor of its own."""
        own = given if _is_handle(given) else tf.identity(given)
        self.inputs.append(own)
        if own is None:
            return
        variable = self.around.variables.get(own._id)
        if variable is not None:
            self.recorder.names.give(own._id, variable.name)
            if is_watched and variable.variable.trainable and variable.variable.dtype in tap.TRAINABLE_DTYPES:
                self._sources[place] = variable.variable
            return
        if name:
            self.recorder.names.give(own._id, name)
        if is_watched and own.dtype in tap.TRAINABLE_DTYPES and not _is_handle(own):
            self._sources[place] = own

    def forward(self) -> list[Any]:
        """Run the ops; return the outputs, copied; a variable's handle stays what it is.

        Raises
        ------
        NotRerunError
        """
        with tap.tapped(self.recorder):
            for own in self.around.variables.values():
                self._note_variable(own.variable)
            with self.tape:
                for source in {id(source): source for source in self._sources.values()}.values():
                    self.tape.watch(source)
                self.outputs = self.play()
        with tap.unseen():
            return [output if _is_handle(output) else tf.identity(output) for output in self.outputs]

    @abstractmethod
    def play(self) -> list[Any]:
        """Run the ops under tape and recorder; return the outputs."""

    def backward(self, cotangents: Sequence[Any]) -> list[Any]:
        """Run the gradient from the outputs to the inputs; return one per input, None where there is none."""
        nothing = [None] * len(self.inputs)
        pairs = [
            (output, cotangent)
            for output, cotangent in zip(self.outputs, cotangents, strict=True)
            if cotangent is not None and output is not None and output.dtype in tap.TRAINABLE_DTYPES
        ]
        if not pairs or not self._sources:
            return nothing
        with tap.unseen():
            seeds = [tf.identity(tf.convert_to_tensor(cotangent)) for _, cotangent in pairs]
        self.place.line = None
        with tap.tapped(self.recorder):
            targets = [output for output, _ in pairs]
            found = self.tape.gradient(targets, list(self._sources.values()), output_gradients=seeds)
        by_place = dict(zip(self._sources, found, strict=True))
        return [by_place.get(place) for place in range(len(self.inputs))]

    def _note_variable(self, variable: Any) -> None:
        held = tap.held_value(variable)
        self.recorder.variables.note(variable)
        self.recorder.variables.note_read(variable.handle, held)

    def take_part(
        self,
        op_type: str,
        kind: InsideKind,
        title: str,
        part: Rerun,
        places: Sequence[int],
        inputs: Sequence[Any],
        silent: Container[int] = (),
    ) -> list[Any]:
        """Run a part as one op of this rerun; it opens in turn.

        Parameters
        ----------
        op_type : str
            What the op is called in the recording.
        part : Rerun
            What it consists of.
        places : sequence of int
            Which of the op's `inputs` are those of the part.
        inputs : sequence of EagerTensor
            What the op is given.
        silent : collection of int
            The places of outputs that are not told of.
        """
        self._hand_names_on(part, places, inputs)
        with tap.aside(self.tape):
            outputs = part.forward()
        told = [place for place, each in enumerate(outputs) if not _is_handle(each) and place not in silent]
        made = [outputs[place] for place in told]
        drawn = [place for place, given in enumerate(inputs) if self._is_telling(given)]
        self.recorder.on_op(op_type, tuple(inputs[place] for place in drawn), None, made)
        noted = Part(op=len(self.recorder.ops) - 1, kind=kind, title=title, rerun=part)
        self.parts.append(noted)

        def backward(*cotangents: Any) -> list[Any]:
            before = len(part.recorder.calls)
            came = dict(zip(told, cotangents, strict=True))
            found = part.backward([came.get(place) for place in range(len(outputs))])
            if len(part.recorder.calls) > before:
                noted.calls.append(len(self.recorder.calls) - 1)
            results: list[Any] = [None] * len(inputs)
            for place, result in zip(places, found, strict=False):  # a turn of a loop leaves inputs empty
                results[place] = result
            return [results[place] for place in drawn]

        if made:
            op_tap.record_whole(op_type, made, [inputs[place] for place in drawn], backward)
        return outputs

    def _is_telling(self, given: Any) -> bool:
        """Whether an input is one that the lesson knows of: not a count or a bound that TensorFlow keeps for itself."""
        if given is None:
            return False
        if given.dtype in tap.TRAINABLE_DTYPES or self.recorder.names[given._id]:
            return True
        return any(output._id == given._id for raw in self.recorder.ops for output in raw.outputs)

    def name_outputs(self, names: Sequence[str | None]) -> None:
        """Give outputs that have no name of their own the ones that they have outside."""
        for output, name in zip(self.outputs, names, strict=False):
            if name and output is not None and self.recorder.names[output._id] is None:
                self.recorder.names.give(output._id, name)

    def _hand_names_on(self, part: Rerun, places: Sequence[int], inputs: Sequence[Any]) -> None:
        """What goes into a part without a name of its own there is called what it is called here."""
        for place, own in zip(places, part.inputs, strict=False):
            name = self.recorder.names[inputs[place]._id] if inputs[place] is not None else None
            if name and own is not None and part.recorder.names[own._id] is None:
                part.recorder.names.give(own._id, name)


class GraphRerun(Rerun):
    """A traced graph that is run again.

    Parameters
    ----------
    graph : FuncGraph
    inputs : sequence of EagerTensor or None
        One per input of the graph.
    needed : sequence of symbolic tensors or None
        What is wanted of the graph; None in the place of an output that nobody needs.
    """

    def __init__(
        self,
        graph: Any,
        inputs: Sequence[Any],
        needed: Sequence[Any],
        around: Surroundings,
        watched: frozenset[int] | None = None,
    ) -> None:
        super().__init__(inputs, [around.name_of(tensor) for tensor in graph.inputs], around, watched)
        self.known: dict[int, Any] = {}
        self._graph = graph
        self._needed = list(needed)
        self._used: set[int] = set()

    def play(self) -> list[Any]:
        """Run the nodes that the outputs depend on."""
        return self.inline(self._graph, self.inputs, self._needed)

    def needed_of(self, node: Any, outputs: Sequence[Any]) -> list[Any]:
        """Return of a part's `outputs` those that are used here of `node`; None in the place of others."""
        pairs = zip(node.outputs, outputs, strict=False)
        return [inner if id(outer) in self._used else None for outer, inner in pairs]

    def keep(self, node: Any, outputs: Sequence[Any]) -> None:
        """Remember what a node gave, and what the code calls it."""
        for symbolic, output in zip(node.outputs, outputs, strict=False):
            if output is None:
                continue
            self.known[id(symbolic)] = output
            name = self.around.name_of(symbolic)
            if name:
                self.recorder.names.give(output._id, name)

    def inline(self, graph: Any, inputs: Sequence[Any], needed: Sequence[Any]) -> list[Any]:
        """Run the nodes of another graph as if they stood in this one; return what is needed of it."""
        self.known.update((id(inner), given) for inner, given in zip(graph.inputs, inputs, strict=True))
        wanted = [tensor for tensor in needed if tensor is not None]
        nodes = graphs.needed_nodes(wanted, graph.get_operations(), self.known)
        self._used |= {id(tensor) for node in nodes for tensor in graphs.used_inputs(node)} | set(map(id, wanted))
        for node in nodes:
            self._run(node)
        return [None if tensor is None else self.known[id(tensor)] for tensor in needed]

    def value_of(self, symbolic: Any) -> Any:
        """Return what a tensor of the graph holds, also where the outputs did not need it.

        Raises
        ------
        NotRerunError
        """
        if type(symbolic) is tap.EagerTensor:
            return self.around.handles.get(symbolic._id, symbolic)
        for node in graphs.needed_nodes([symbolic], (), self.known):
            if node.type in graphs.COMPOSITES:
                raise NotRerunError("It does not open: a gradient of the code's own needs a loop or a branch anew.")
            with tap.unseen():
                self._run(node)
        return self.known[id(symbolic)]

    def _run(self, node: Any) -> None:
        if node.type == "Const":
            with tap.unseen():
                self.keep(node, [graphs.constant_of(node)])
            return
        self.around.pay()
        if graphs.has_effect(node.type):
            raise NotRerunError(_effect(node.type))
        self.place.line = graphs.line_of(node, self.around.filename)
        inputs = [self.known.get(id(tensor)) for tensor in node.inputs]
        gradient = graphs.own_gradient(node)
        if node.type in graphs.COMPOSITES or gradient is not None:
            from tapeviz.engine import rerun_parts  # a part is a rerun again

            before = len(self.parts)
            self.keep(node, rerun_parts.run(self, node, inputs, gradient))
            if len(self.parts) == before + 1:
                self.parts[-1].rerun.name_outputs([self.around.name_of(output) for output in node.outputs])
        else:
            self.keep(node, graphs.run_node(node, inputs))


def _is_handle(tensor: Any) -> bool:
    """Whether a tensor stands for a variable, or is none at all."""
    return tensor is None or tensor.dtype == tap.RESOURCE


def _effect(op_type: str) -> str:
    if "Random" in op_type or "Multinomial" in op_type or "Truncated" in op_type:
        return f"It does not open: it draws random numbers ({op_type}), and drawing again would give others."
    if "PyFunc" in op_type:
        return "It does not open: it calls Python code, which must not run a second time."
    return f"It does not open: running {op_type} a second time could have an effect or give another result."
