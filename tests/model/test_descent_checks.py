"""Settings that cannot be computed get one sentence that says what is wrong, before anything runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tapeviz.model.descent import Clipping, DescentSettings, ObjectiveFacts, Parameter, Schedule
from tapeviz.model.descent_checks import settings_problem
from tapeviz.model.tensor import value_of_array

LINE = ObjectiveFacts(
    title="loss",
    parameters=(
        Parameter(name="w", shape=(), dtype="float32", start=value_of_array(np.zeros((), "f4"))),
        Parameter(name="b", shape=(), dtype="float32", start=value_of_array(np.zeros((), "f4"))),
    ),
    value=1.0,
    examples=100,
)


def pieces(*values: float) -> Schedule:
    return Schedule(kind="piecewise", numbers={"boundaries": (5.0, 9.0), "values": values})


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"start": (1.0, 2.0), "batch_size": 100},
        {"optimizer": "adam", "hyperparameters": {"beta_1": 0.5, "amsgrad": 1.0, "weight_decay": 0.1}},
        {"schedule": pieces(0.1, 0.01, 0.001)},
        {"schedule": Schedule(kind="cosine", numbers={"decay_steps": (20.0,)})},
        {"clipping": Clipping(kind="norm", limit=1.0), "noise": 0.5},
        {"optimizer": "line_search", "learning_rate": float("nan"), "hyperparameters": {"longest": 2.0}},
        {"iterations": 1_000_000},
    ],
)
def test_nothing_is_said_of_what_can_be_computed(changes: dict[str, Any]) -> None:
    assert settings_problem(DescentSettings(**changes), LINE) == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"learning_rate": float("nan")}, "A learning rate is a number that is not negative, not nan"),
        ({"learning_rate": -0.1}, "not -0.1"),
        ({"iterations": 10**9}, "up to 1\u2009000\u2009000 can be computed"),
        ({"iterations": -1}, "0 or more"),
        ({"hyperparameters": {"beta_1": 0.9}}, "Gradient descent has no hyperparameter beta_1; it has weight_decay"),
        ({"optimizer": "newton", "hyperparameters": {"rho": 0.9}}, "it has none but the learning rate"),
        ({"optimizer": "momentum", "hyperparameters": {"momentum": 1.5}}, "momentum lies between 0 and 1; 1.5"),
        ({"optimizer": "adam", "hyperparameters": {"amsgrad": 0.5}}, "on or off"),
        ({"hyperparameters": {"ema_overwrite_frequency": 2.5}}, "a whole number, not 2.5"),
        ({"hyperparameters": {"ema_momentum": float("inf")}}, "a finite number"),
        (
            {"schedule": Schedule(kind="cosine", numbers={"boundaries": (1.0,)})},
            "The cosine schedule has no boundaries",
        ),
        ({"schedule": Schedule(kind="cosine", numbers={"alpha": (0.1, 0.2)})}, "alpha is one number, not 2"),
        ({"schedule": Schedule(kind="cosine", numbers={"decay_steps": (0.0,)})}, "decay_steps lies between 1 and"),
        ({"schedule": pieces(0.1)}, "one more value than boundaries"),
        (
            {"schedule": Schedule(kind="piecewise", numbers={"boundaries": (9.0, 5.0), "values": (1.0, 1.0, 1.0)})},
            "ascend",
        ),
        ({"clipping": Clipping(kind="value", limit=0.0)}, "a number above 0, not to 0"),
        ({"optimizer": "newton", "clipping": Clipping(kind="value", limit=1.0)}, "clipping does not go with it"),
        ({"noise": -1.0}, "a standard deviation"),
        ({"start": (1.0,)}, "A start of loss has 2 coordinates"),
        ({"start": (1.0, float("nan"))}, "finite numbers"),
        ({"batch_size": 0}, "one example or more"),
        ({"batch_size": 101}, "more than the 100 examples"),
    ],
)
def test_what_cannot_be_computed_is_said(changes: dict[str, Any], said: str) -> None:
    sentence = settings_problem(DescentSettings(**changes), LINE)
    assert said in sentence
    assert sentence.endswith((".", "try."))
    assert "\n" not in sentence


def test_mini_batches_need_data() -> None:
    bowl = ObjectiveFacts(title="f", parameters=LINE.parameters, value=1.0)
    assert "There is no data in f" in settings_problem(DescentSettings(batch_size=4), bowl)
