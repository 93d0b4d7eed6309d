"""The quick form: functions and variables as a lecturer types them, and the plain script they stand for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

VariableKind = Literal["Variable", "constant", "watched constant", "frozen"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableRow:
    """One row of the variables table. `value` is kept as it was typed; `low` and `high` bound its slider."""

    name: str
    kind: VariableKind
    value: str
    dtype: str = "float32"
    low: float = -5.0
    high: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickForm:
    """What stands in the form: functions as typed, variables, and what is asked of the tape.

    `target` names the function to differentiate, `sources` the variables to differentiate by (empty: all that the
    tape watches), `persistent` whether the tape stays after its first call.
    """

    functions: tuple[str, ...]
    variables: tuple[VariableRow, ...]
    target: str
    sources: tuple[str, ...]
    persistent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FormulaProblem:
    """Why a formula cannot be read: which one, at which character (from 0), and a sentence that says what mends it."""

    function: int
    column: int
    message: str
