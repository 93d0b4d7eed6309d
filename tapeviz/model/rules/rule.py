"""What a rule is: everything that is said of one kind of op, as data."""

from __future__ import annotations

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
        derivatives. ``structural``: the cotangent is moved, summed or multiplied as a whole. ``passing``: it goes
        through untouched. ``blocking``: nothing goes back.
    forward : str
        For elementwise rules an expression of `notation` in u, v, w; otherwise the formula as text.
    locals : tuple of str
        Expressions of the local derivatives, one per input; the last one stands for all further inputs of a variadic
        op. Empty string: no derivative by this input.
    vjp : tuple of str
        For other rules, what goes back to each input, as text with u, v, w, z for the inputs and the output.
    latex : tuple of str
        The same in LaTeX. Elementwise rules derive theirs from `locals`.
    backward : str
        For structural rules, what the op does to the cotangent: ``transposes the cotangent back``.
    sentence : str
        One sentence that a student can keep.
    parameters : tuple of (str, str)
        Letters that stand for attributes of the op: ``(("a", "alpha"),)``.
    """

    op_types: tuple[str, ...]
    name: str
    symbol: str
    sentence: str
    manner: Manner = "elementwise"
    forward: str = ""
    locals: tuple[str, ...] = ()
    vjp: tuple[str, ...] = ()
    latex: tuple[str, ...] = ()
    backward: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    is_variadic: bool = False

    @property
    def is_elementwise(self) -> bool:
        """Whether the rule has local derivatives, one number per element."""
        return self.manner == "elementwise"

    def local_of(self, input_index: int) -> str:
        """Find the expression of the local derivative by one input; empty where there is none."""
        return _pick(self.locals, input_index, self.is_variadic)

    def vjp_of(self, input_index: int) -> str:
        """Say what goes back to one input, as text; empty where there is nothing to say."""
        return _pick(self.vjp, input_index, self.is_variadic)

    def latex_of(self, input_index: int) -> str:
        """Say what goes back to one input, in LaTeX; empty where there is nothing to say."""
        return _pick(self.latex, input_index, self.is_variadic)


def _pick(texts: tuple[str, ...], index: int, is_variadic: bool) -> str:
    if is_variadic and texts:
        return texts[min(index, len(texts) - 1)]
    return texts[index] if index < len(texts) else ""


def letter_of(input_index: int) -> str:
    """Name an input as it is called in a rule: u, v, w, then u4, u5, ..."""
    return LETTERS[input_index] if input_index < len(LETTERS) else f"u{input_index + 1}"
