"""What a rule is: everything that is said of one kind of op, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Manner = Literal["elementwise", "structural", "passing", "blocking"]
LETTERS = ("u", "v", "w")
"""What the inputs of an op are called in its rule; its output is ``z``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The derivative of one kind of op, as a lecturer would put it.

    Parameters
    ----------
    op_types : tuple of str
        TensorFlow's names of the ops that follow this rule.
    name : str
        What it is called (``Multiply``).
    symbol : str
        What is drawn in its node (``×``).
    manner : Manner
        ``elementwise``: each element of the result depends on one element of each input, and `locals` are local
        derivatives. ``structural``: the cotangent is moved, summed or multiplied as a whole, as `pull` says.
        ``passing``: it goes through untouched. ``blocking``: nothing goes back.
    forward : str
        For elementwise rules an expression of `notation` in u, v, w; otherwise the formula as text.
    locals : tuple of str
        Expressions of the local derivatives, one per input; the last one stands for all further inputs of a variadic
        op. Empty string: no derivative by this input.
    pull : tuple of str
        For other rules, what goes back to each input, as expressions of `notation` with its `words`: u, v, w are the
        inputs, z the output and z̄ its cotangent.
    results : tuple of str
        Letters of the outputs, where there are several.
    index : str
        Letter of the element of which `pull` speaks, where it speaks of one: ``i`` makes ū read ūᵢ.
    backward : str
        For structural rules, what the op does to the cotangent: ``transposes the cotangent back``.
    sentence : str
        One sentence that a student can keep.
    parameters : tuple of (str, str)
        Letters that stand for attributes of the op: ``(("a", "alpha"),)``.
    where : tuple of (str, value)
        Attributes that the op must have for the rule to hold: ``(("transpose_b", True),)``.
    """

    op_types: tuple[str, ...]
    name: str
    symbol: str
    sentence: str
    manner: Manner = "elementwise"
    forward: str = ""
    locals: tuple[str, ...] = ()
    pull: tuple[str, ...] = ()
    results: tuple[str, ...] = ("z",)
    index: str = ""
    backward: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    where: tuple[tuple[str, bool | int | str], ...] = ()
    is_variadic: bool = False

    @property
    def is_elementwise(self) -> bool:
        """Whether the rule has local derivatives, one number per element."""
        return self.manner == "elementwise"

    def holds(self, attributes: Mapping[str, object]) -> bool:
        """Whether the rule speaks of an op with these attributes; one that was not recorded has no say."""
        return all(attributes.get(name, value) == value for name, value in self.where)

    def local_of(self, input_index: int) -> str:
        """Find the expression of the local derivative by one input; empty where there is none."""
        return _pick(self.locals, input_index, self.is_variadic)

    def pull_of(self, input_index: int) -> str:
        """Find the expression of what goes back to one input; empty where nothing does."""
        return _pick(self.pull, input_index, self.is_variadic)


def _pick(texts: tuple[str, ...], index: int, is_variadic: bool) -> str:
    if is_variadic and texts:
        return texts[min(index, len(texts) - 1)]
    return texts[index] if index < len(texts) else ""


def letter_of(input_index: int) -> str:
    """Name an input as it is called in a rule: u, v, w, then u4, u5, ..."""
    return LETTERS[input_index] if input_index < len(LETTERS) else f"u{input_index + 1}"
