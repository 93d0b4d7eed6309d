"""What is said in formulas, as LaTeX that can be copied into a paper: rules, lines of arithmetic, symbolic twins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tapeviz.model.explanation import Inspection, Section
from tapeviz.model.numbers import format_factor, latex_of_numbers
from tapeviz.model.rules.notation import latex_name


def latex_number(number: Any) -> str:
    r"""Write a number as it is written elsewhere, in LaTeX: ``-1.2 \cdot 10^{-5}``."""
    return latex_of_numbers(format_factor(number))


def latex_target(name: str) -> str:
    """Set the name of a target; a sum of several stays in its brackets."""
    if not name.startswith("("):
        return latex_name(name)
    parts = [r"\ldots" if part == "…" else latex_name(part) for part in name.strip("()").split(" + ")]
    return rf"\left({' + '.join(parts)}\right)"


def partial(target: str, by: str) -> str:
    """Set a derivative: ∂f/∂x. Both names are LaTeX already."""
    return rf"\frac{{\partial {target}}}{{\partial {by}}}"


def chain_line(target: str, result: str, operand: str, numbers: tuple[Any, Any, Any]) -> str:
    """Set one application of the chain rule with its numbers: what came in, the local derivative, what was sent.

    Parameters
    ----------
    target, result, operand : str
        Names of the target, of the op's result and of the operand, in LaTeX.
    numbers : tuple of float
        Upstream, local derivative, share.
    """
    came, local, sent = (latex_number(number) for number in numbers)
    local = rf"\left({local}\right)" if local.startswith("-") else local
    left = rf"{partial(target, result)} \cdot {partial(result, operand)}"
    return rf"{left} = {came} \cdot {local} = {sent}"


def sum_line(target: str, operand: str, shares: Sequence[Any], total: Any) -> str:
    """Set the sum of what came back to an operand from several places."""
    terms = [latex_number(share) for share in shares]
    spelled = terms[0] + "".join(f" - {term[1:]}" if term.startswith("-") else f" + {term}" for term in terms[1:])
    return f"{partial(target, operand)} = {spelled} = {latex_number(total)}"


def lines_of(section: Section) -> tuple[str, ...]:
    """List the formulas of one block, as they can be copied."""
    return tuple(line for line in (section.latex, section.chain) if line)


def document_of(inspection: Inspection) -> str:
    """Put all formulas of an inspection below one another; empty where there are none."""
    return aligned([line for section in inspection.sections for line in lines_of(section)])


def aligned(lines: Sequence[str]) -> str:
    """Set several formulas below one another, aligned at their first equals sign; a single one as it is."""
    distinct = list(dict.fromkeys(lines))
    if len(distinct) < 2:
        return "".join(distinct)
    rows = " \\\\\n".join(line.replace(" = ", " &= ", 1) for line in distinct)
    return f"\\begin{{aligned}}\n{rows}\n\\end{{aligned}}"
