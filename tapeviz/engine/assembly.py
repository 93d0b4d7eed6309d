"""From the raw notes of a run to the immutable recording: ids, values, contributions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from tapeviz.engine import tap
from tapeviz.engine.attributes import Cache, plain_attributes, type_name
from tapeviz.engine.calls import Backward, OpFinder, follow
from tapeviz.engine.checking import Check
from tapeviz.engine.events import CUSTOM_GRADIENT, RawCall, RawOp
from tapeviz.engine.folded import Folded
from tapeviz.engine.forward import RawAccumulator
from tapeviz.engine.holding import holders
from tapeviz.engine.loops import Loops
from tapeviz.engine.ordering import Order
from tapeviz.engine.places import Places
from tapeviz.engine.recorder import Recorder
from tapeviz.engine.rows import RawRow, RawRows
from tapeviz.engine.saving_tap import kept_places
from tapeviz.engine.scopes import LiveRun
from tapeviz.engine.values import Array, CondensedTensor, MadeTensor, array_of, value_of, written_out
from tapeviz.model.accumulators import Accumulator, Jvp, JvpAnswer, Primal
from tapeviz.model.facts import Departure, Rebinding, RunFacts, TapeReset
from tapeviz.model.recording import (
    Assignment,
    Contribution,
    GradientCall,
    Invocation,
    JacobianRow,
    Op,
    Role,
    Source,
    Tape,
    Tensor,
)


class Passage(NamedTuple):
    """How one gradient call came through an op: what came in per output, what went out per input."""

    call: int
    cotangents: tuple[Any, ...]
    values: list[Any]


class Assembly:
    """Builds the parts of a recording; `arrays` keeps the whole of every value that is summarised in it."""

    def __init__(self, recorder: Recorder, places: Places, loops: Loops | None = None) -> None:
        loops = Loops(recorder) if loops is None else loops
        self.arrays: dict[int, Array] = {}
        self._recorder = recorder
        self._places = places
        self._ids: dict[int, int] = {}
        self._objects: list[Any] = []
        self._producers: list[int | None] = []
        self._attributes: Cache = {}
        self._written: dict[int, tuple[Any, MadeTensor]] = {}
        self._order = Order(recorder)
        self._tape_ids = {id(tape): index for index, tape in enumerate(recorder.tapes)}
        self._calls = [call for call in recorder.calls if call.is_finished]
        self._call_ids = {id(call): index for index, call in enumerate(self._calls)}
        self._held = holders(recorder)
        finder = OpFinder(recorder.ops, self._held)
        self.invocations: list[Invocation] = []
        self._invocation_ids: dict[int, int] = {}
        self.ops = tuple([self._op(index) for index in self._order.indices])
        self._backwards: list[Backward] = []
        self.calls = tuple(self._call(call, finder) for call in self._calls)
        self.tapes = tuple(self._tape(index) for index in range(len(recorder.tapes)))
        self._accumulator_ids = {id(raw): index for index, raw in enumerate(recorder.forward.accumulators)}
        recorder.forward.settle()
        self.accumulators = tuple(self._accumulator(raw) for raw in recorder.forward.accumulators)
        self.assignments = tuple(self._assignments())
        self.folded = Folded(recorder, loops, self._order, self._value_id, self._ids)
        self.tensors = self._tensors(loops.watched)

    def moment(self, at: int) -> int:
        """Return the id of the first op that ran from raw index `at` on."""
        return self._order.moment(at)

    def op_id(self, index: int) -> int:
        """Return the id of the op with this raw index."""
        return self._order.id_of(index)

    def tensor_id(self, tensor: Any) -> int | None:
        """Return the id of a tensor, None where it is none or was not met."""
        return self._ids.get(tensor._id) if hasattr(tensor, "_id") else None

    def passages(self, index: int) -> list[Passage]:
        """List how gradient calls came through the op with this raw index."""
        found = []
        for call, backward in enumerate(self._backwards):
            shares = [share for share in backward.shares if share.op == index]
            if shares:
                values: list[Any] = [None] * len(self._recorder.ops[index].inputs)
                for share in shares:
                    values[share.input_index] = share.value
                found.append(Passage(call, shares[0].cotangents, values))
        return found

    def facts(self) -> RunFacts:
        """Gather what the engine noticed beside the ops."""
        recorder, ids, moment = self._recorder, self._ids, self._order.moment
        return RunFacts(
            stopped_ops=frozenset(
                self._order.id_of(index) for index in self._order.indices if recorder.ops[index].is_stopped
            ),
            resets=tuple(
                TapeReset(tape=self._tape_ids[id(tape)], at=moment(at), line=line) for tape, at, line in recorder.resets
            ),
            departures=tuple(
                Departure(tensor=ids[key], at=moment(at), line=line)
                for key, at, line in recorder.departures
                if key in ids
            ),
            rebindings=tuple(
                Rebinding(
                    name=name, variable=ids[variable], tensor=ids[tensor], line=self._line_of(ids[tensor]) or line
                )
                for name, variable, tensor, line in recorder.names.rebindings
                if variable in ids and tensor in ids
            ),
        )

    def live(self, number: int) -> LiveRun:
        """Gather the objects behind the recording that are of use after the run."""
        kept = self._recorder.scopes.scopes.values()
        sources = {source.tensor for call in self.calls for source in call.sources}
        return LiveRun(
            number=number,
            filename=self._recorder.filename,
            scopes={self._tape_ids[id(tape)]: scope for tape, scope in kept if id(tape) in self._tape_ids},
            handles={tensor.id: self._objects[tensor.id] for tensor in self.tensors if tensor.role == "variable"},
            sources={tensor: self._objects[tensor] for tensor in sources if self.tensors[tensor].role != "variable"},
        )

    def _line_of(self, tensor: int) -> int | None:
        producer = self._producers[tensor]
        return self.ops[producer].line if producer is not None else None

    def _id(self, tensor: Any, producer: int | None = None) -> int:
        key = tensor._id
        found = self._ids.get(key)
        if found is None:
            found = self._ids[key] = len(self._objects)
            self._objects.append(tensor)
            self._producers.append(producer)
        return found

    def _value_id(self, value: Any) -> int | None:
        if value is None:
            return None
        if isinstance(value, tap.IndexedSlices):
            held = self._written.get(id(value))
            if held is None:
                held = self._written[id(value)] = (value, written_out(value))
            value = held[1]
        return self._id(value) if hasattr(value, "_id") else None

    def _op(self, index: int) -> Op:
        raw = self._recorder.ops[index]
        op_id = self._order.id_of(index)
        inputs = tuple([self._id(tensor) for tensor in raw.inputs])
        outputs = tuple([self._id(tensor, op_id) for tensor in raw.outputs])
        kind = type_name(raw.type)
        return Op(
            id=op_id,
            type=kind,
            inputs=inputs,
            outputs=outputs,
            attributes=plain_attributes(kind, raw.attributes, self._attributes),
            place=self._places.range_of(raw.code, raw.instruction) if raw.code is not None else None,
            scope=raw.scope,
            recorded_by=tuple([self._tape_ids[id(tape)] for tape in self._held[index]]),
            made_by=self._call_ids.get(id(raw.call)) if raw.call is not None else None,
            thread=raw.thread,
            invocation=self._invocation(raw.invocation),
            saved=_saved(raw, kind, inputs, outputs) if self._held[index] else (),
            is_stopped=raw.is_stopped,
        )

    def _invocation(self, index: int | None) -> int | None:
        """Number the invocations that an op of the recording ran in, the outer ones first."""
        if index is None or index in self._invocation_ids:
            return None if index is None else self._invocation_ids[index]
        raw = self._recorder.invocations.invocations[index]
        parent = self._invocation(raw.parent)
        found = self._invocation_ids[index] = len(self.invocations)
        place = self._places.range_of(raw.code, raw.instruction) if raw.code is not None else None
        self.invocations.append(Invocation(id=found, kind=raw.kind, title=raw.title, parent=parent, place=place))
        return found

    def _call(self, call: RawCall, finder: OpFinder) -> GradientCall:
        names = self._recorder.names
        backward: Backward = call.backward or (
            follow(call, finder, self._recorder.title)
            if call.method == "gradient"
            else Backward(seeds=[None] * len(call.targets or ()))
        )
        self._backwards.append(backward)
        rows: RawRows | None = call.rows
        if rows is not None:
            backward.check = rows.check
        kept = tuple(self._row(row, finder, backward.check) for row in rows.rows) if rows is not None else ()
        return GradientCall(
            id=self._call_ids[id(call)],
            tape=self._tape_ids[id(call.tape)],
            method=call.method,  # type: ignore[arg-type]
            line=call.line,
            target=tuple(self._id(target) for target in call.targets or ()),
            seed=tuple(self._value_id(seed) for seed in backward.seeds),
            unconnected_gradients="zero" if call.unconnected_gradients == "zero" else "none",
            sources=tuple(
                Source(tensor=self._id(source), name=names[source._id], path=path, value=self._value_id(result))
                for source, path, result in zip(call.sources, call.paths, call.results, strict=True)
            ),
            contributions=self._contributions(backward),
            started_at=self._order.moment(call.started_at),
            ended_at=self._order.moment(call.ended_at),
            checked=(call.method == "gradient" or bool(kept) or (rows is not None and rows.is_empty))
            and backward.check.defect is None,
            largest_error=backward.check.largest_error,
            defect=backward.check.defect,
            rows=kept,
            note=rows.note if rows is not None else "",
        )

    def _row(self, row: RawRow, finder: OpFinder, check: Check) -> JacobianRow:
        backward: Backward = row.call.backward or follow(row.call, finder, self._recorder.title)
        check.take(backward.check)
        return JacobianRow(
            index=row.index,
            seed=tuple(self._value_id(seed) for seed in backward.seeds),
            contributions=self._contributions(backward),
            results=tuple(self._value_id(result) for result in row.call.results),
        )

    def _contributions(self, backward: Backward) -> tuple[Contribution, ...]:
        return tuple(
            [
                Contribution(
                    op=self._order.id_of(share.op),
                    output_cotangents=tuple([self._value_id(cotangent) for cotangent in share.cotangents]),
                    input_index=share.input_index,
                    tensor=self._id(share.tensor),
                    value=self._value_id(share.value),
                )
                for share in backward.shares
            ]
        )

    def _tape(self, index: int) -> Tape:
        raw = self._recorder.tapes[index]
        return Tape(
            id=index,
            persistent=raw.persistent,
            watch_accessed_variables=raw.watch_accessed_variables,
            parent=self._tape_ids[id(raw.parent)] if raw.parent is not None else None,
            line=raw.line,
            entered_at=self._order.moment(raw.entered_at),
            exited_at=self._order.moment(raw.exited_at) if raw.exited_at is not None else None,
            released_at=self._order.moment(raw.released_at) if raw.released_at is not None else None,
            watched=tuple(self._id(tensor) for tensor in raw.watched.values()),
            resets=tuple(self._order.moment(reset) for reset in raw.resets),
        )

    def _accumulator(self, raw: RawAccumulator) -> Accumulator:
        names, moment = self._recorder.names, self._order.moment
        jvps = tuple(self._jvps(raw))
        defect = raw.defect()
        return Accumulator(
            id=self._accumulator_ids[id(raw)],
            parent=self._accumulator_ids[id(raw.parent)] if raw.parent is not None else None,
            line=raw.line,
            primals=tuple(
                Primal(tensor=self._id(primal), name=names[primal._id], tangent=self._id(tangent))
                for primal, tangent in raw.primals
            ),
            jvps=jvps,
            answers=tuple(
                JvpAnswer(
                    tensor=self._id(answer.tensor),
                    name=names[answer.tensor._id],
                    value=self._value_id(answer.value),
                    line=answer.line,
                )
                for answer in raw.answers
            ),
            entered_at=moment(raw.entered_at),
            exited_at=moment(raw.exited_at) if raw.exited_at is not None else None,
            checked=defect is None and bool(jvps or raw.answers),
            defect=defect,
        )

    def _jvps(self, raw: RawAccumulator) -> Iterator[Jvp]:
        """List the ops whose outputs the accumulator holds a tangent for."""
        end = len(self._recorder.ops) if raw.exited_at is None else raw.exited_at
        for index in self._order.indices:
            op = self._recorder.ops[index]
            if raw.entered_at <= index < end and any(output._id in raw.tangents for output in op.outputs):
                yield Jvp(
                    op=self._order.id_of(index),
                    input_tangents=tuple(self._value_id(raw.tangents.get(tensor._id)) for tensor in op.inputs),
                    output_tangents=tuple(self._value_id(raw.tangents.get(tensor._id)) for tensor in op.outputs),
                )

    def _assignments(self) -> list[Assignment]:
        made = []
        for raw in self._recorder.variables.assignments:
            op = self.ops[self._order.id_of(raw.op)]
            variable = self._id(self._recorder.variables.seen[raw.handle].handle)
            made.append(Assignment(variable=variable, op=op.id, line=op.line, value=value_of(raw.value)))
        return made

    def _tensors(self, watched_later: set[int]) -> tuple[Tensor, ...]:
        watched = {key for tape in self._recorder.tapes for key in tape.watched} | watched_later
        return tuple([self._tensor(index, tensor, watched) for index, tensor in enumerate(self._objects)])

    def _tensor(self, index: int, tensor: Any, watched: set[int]) -> Tensor:
        key = tensor._id
        name = self._recorder.names[key]
        variable = self._recorder.variables.seen.get(key)
        if variable is not None:
            held = value_of(variable.value) if variable.value is not None else None
            return Tensor(
                id=index,
                name=name or variable.title or None,
                role="variable",
                trainable=variable.trainable,
                dtype=variable.dtype if isinstance(variable.dtype, str) else variable.dtype.name,
                shape=held.shape if held is not None else variable.shape,
                value=held,
                producer=None,
            )
        producer = self._producers[index]
        role: Role = "watched" if key in watched else "constant" if producer is None else "intermediate"
        value = value_of(tensor)
        if value.summary is not None and type(tensor) is not CondensedTensor:
            self.arrays[index] = array_of(tensor)
        return Tensor(
            id=index,
            name=name,
            role=role,
            trainable=None,
            dtype=tensor.dtype.name,
            shape=value.shape,
            value=value,
            producer=producer,
        )


def _saved(raw: RawOp, kind: str, inputs: tuple[int, ...], outputs: tuple[int, ...]) -> tuple[int, ...]:
    """Return what a tape keeps of an op for its VJP; nothing is known of one with a Python gradient of its own."""
    if raw.attributes is None or raw.attributes is CUSTOM_GRADIENT or kind.startswith("__"):
        return ()
    of_inputs, of_outputs = kept_places(kind, len(inputs), len(outputs))
    return tuple(dict.fromkeys([inputs[place] for place in of_inputs] + [outputs[place] for place in of_outputs]))
