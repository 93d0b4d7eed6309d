"""What is said about a step, an op or a tensor: words and numbers, ready for any view to set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tapeviz.model.jacobian import JacobianMatrix
from tapeviz.model.mending import Mend
from tapeviz.model.tensor import TensorValue

Tone = Literal["plain", "forward", "backward", "accent", "good", "muted", "tangent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    """The sentence under the picture. `heading` is ``Backward 4 of 6``; `text` what a good lecturer would say."""

    heading: str
    text: str
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of arithmetic: words on the left, a number on the right; `is_result` rows stand under a rule."""

    label: str
    number: str
    tone: Tone = "plain"
    is_result: bool = False
    tensor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """One matrix in a row of matrices.

    `sign` is what stands before it (``⊙``, ``=``), `label` what it is called, `shape` that of the whole tensor, `cells`
    the numbers that are shown (two axes) and `part` which of it they are where they are not all. Cotangents share one
    scale of colours; what is no cotangent may have a scale of its own.
    """

    sign: str
    label: str
    shape: tuple[int, ...]
    cells: TensorValue
    part: str = ""
    is_cotangent: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One block of the inspector: a title, a formula in words and in LaTeX, rows, and sentences under them.

    `chain` is the line of arithmetic in LaTeX, for copying. `shapes` are the shapes at work in the formula, `heats` the
    tensors in it as matrices side by side. A section that `is_brief` tells large values by shape and norm.
    """

    title: str
    tone: Tone
    formula: str = ""
    latex: str = ""
    chain: str = ""
    shapes: str = ""
    heats: tuple[Heat, ...] = ()
    rows: tuple[Row, ...] = ()
    notes: tuple[str, ...] = ()
    is_card: bool = False
    is_brief: bool = False
    line: int | None = None
    mends: tuple[Mend, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """Everything the inspector shows of what is selected.

    `kicker` is the small capital line (``MULTIPLY``), `title` the expression in the lesson's names (``3x × y``),
    `subtitle` the facts (``Mul · line 7 · scalar float32``). `matrices` are Jacobians as far as their rows are done.
    """

    kicker: str
    title: str
    subtitle: str
    sections: tuple[Section, ...]
    tensors: tuple[int, ...] = ()
    matrices: tuple[JacobianMatrix, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolicDerivative:
    """The symbolic twin of one source: ``∂f/∂y = 3x + 3y² = 6 + 27 = 33``.

    `left` is ``∂f/∂y``, `expression` ``3x + 3y²``, `substituted` ``6 + 27`` (empty where it adds nothing), `value` the
    number it gives at the point, `latex` the whole for copying.
    """

    left: str
    expression: str
    substituted: str
    value: float
    latex: str
