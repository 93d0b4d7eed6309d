"""The JSON form, held to the contract field by field."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest

from tapeviz.model.recording import Recording
from tapeviz.model.tensor import TensorValue, value_of_array
from tapeviz.storage.contract_json import recording_json
from tests.storage.recordings import squared, tensor


def as_read(recording: Recording) -> dict[str, Any]:
    """Give what a program reads that knows JSON and nothing of tapeviz; bare NaN and Infinity are refused."""
    document: dict[str, Any] = json.loads(
        msgspec.json.encode(recording_json(recording)), parse_constant=lambda name: pytest.fail(f"bare {name}")
    )
    return document


def with_value(value: TensorValue) -> Recording:
    recording = squared()
    return replace(recording, tensors=(*recording.tensors, tensor(8, value, name="v", role="constant")))


def test_every_field_of_the_contract_is_there_under_its_name() -> None:
    document = as_read(squared())
    assert document["format"] == "tapeviz-recording"
    assert document["version"] == 1
    assert document["source"] == {"name": "lesson.py", "text": "y = x * x  # ∂\n"}
    tape = document["tapes"][0]
    keys = ("id", "persistent", "watch_accessed_variables", "parent", "line", "released")
    assert [tape[key] for key in keys] == [0, False, True, None, 4, True]
    op = document["ops"][1]
    keys_of_op = ("id", "type", "inputs", "outputs", "line", "scope", "recorded_by", "made_by")
    assert [op[key] for key in keys_of_op] == [1, "Mul", [1, 1], [2], 5, "layer/", [0], None]
    assert document["ops"][2]["made_by"] == 0
    assert document["ops"][2]["line"] is None
    x = document["tensors"][0]
    keys_of_tensor = ("id", "name", "role", "trainable", "dtype", "shape", "value", "summary")
    assert [x[key] for key in keys_of_tensor] == [0, "x", "variable", True, "float32", [], 3.0, None]
    assignment = document["assignments"][0]
    assert (assignment["variable"], assignment["line"]) == (0, 9)
    assert np.float32(assignment["value"]) == np.float32(2.4)
    assert document["series"][0]["tape_ids"] == [0]
    assert document["series"][0]["iterations"] == 1
    assert document["output"] == "9.0\n"
    error = document["errors"][0]
    assert [error[key] for key in ("cell", "type", "message", "line", "hint")] == [
        1,
        "NameError",
        "There is no z.",
        8,
        None,
    ]


def test_a_gradient_call_holds_its_sources_and_its_contributions_with_their_numbers() -> None:
    call = as_read(squared())["gradient_calls"][0]
    assert (call["id"], call["tape"], call["method"], call["line"]) == (0, 0, "gradient", 6)
    assert (call["target"], call["unconnected_gradients"], call["checked"]) == ([2], "none", True)
    x, c = call["sources"]
    assert (x["tensor"], x["name"], x["value"], x["why_none"]) == (0, "x", 6.0, None)
    assert (c["tensor"], c["name"], c["value"]) == (3, "c", None)
    assert c["why_none"] == {
        "cause": "not_connected",
        "message": "y never uses c.",
        "cut_at": None,
        "fix": "Use it.",
        "cuts": [{"cause": "not_connected", "op": 0, "tensor": 1, "line": 5}],
    }
    contribution = call["contributions"][1]
    keys = ("op", "input_index", "tensor", "cotangents", "value")
    assert [contribution[key] for key in keys] == [1, 1, 1, [1.0], 3.0]


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.array([[1.5, np.nan], [np.inf, -np.inf]], "<f4"), [[1.5, "NaN"], ["Infinity", "-Infinity"]]),
        (np.array(np.nan, "<f8"), "NaN"),
        (np.array([True, False]), [True, False]),
        (np.array(2**63 - 1), 2**63 - 1),
        (np.array([1 + 2j, complex(np.inf, np.nan)]), [{"re": 1.0, "im": 2.0}, {"re": "Infinity", "im": "NaN"}]),
        (np.zeros((2, 0), "<f4"), [[], []]),
        (np.array(0.1, "<f4"), float(np.float32(0.1))),
    ],
)
def test_numbers_are_json_numbers_and_what_is_none_goes_by_name(array: Any, expected: Any) -> None:
    assert as_read(with_value(value_of_array(array)))["tensors"][8]["value"] == expected


def test_4096_elements_are_inline_and_one_more_is_summarised() -> None:
    largest = as_read(with_value(value_of_array(np.arange(4096, dtype="<f4"))))["tensors"][8]
    assert largest["value"] == list(range(4096))
    assert largest["summary"] is None
    larger = as_read(with_value(value_of_array(np.array([*range(4095), np.nan, np.inf], "<f4"))))["tensors"][8]
    assert larger["value"] is None
    assert larger["summary"] == {
        "min": 0.0,
        "max": 4094.0,
        "mean": pytest.approx(2047.0),
        "std": pytest.approx(np.arange(4095).std()),
        "norm": pytest.approx(np.linalg.norm(np.arange(4095))),
        "nan_count": 1,
        "inf_count": 1,
    }


def test_a_value_that_is_no_number_is_null() -> None:
    words = as_read(with_value(TensorValue(encoding="", shape=(), data=None, text="'hello'")))["tensors"][8]
    assert words["value"] is None
    assert words["summary"] is None
