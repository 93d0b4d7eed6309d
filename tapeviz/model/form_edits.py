"""What one does with the form's variables: add one, take one away, call it something else."""

from __future__ import annotations

import math
from dataclasses import replace

from tapeviz.model.expression import Expression, Name, names_in, replaced
from tapeviz.model.form import QuickForm, VariableRow
from tapeviz.model.formula import Formula
from tapeviz.model.formula_text import formula_text
from tapeviz.model.formula_words import name_problem
from tapeviz.model.script_write import START_VALUE, read_functions

_USUAL_NAMES = "xyzwabcuvstpqkmnrh"


def added_variable(form: QuickForm) -> QuickForm:
    """Add a variable under a name that is still free."""
    taken = {*(row.name for row in form.variables), *read_functions(form).functions}
    names = [*_USUAL_NAMES, *(f"x{number}" for number in range(1, len(taken) + 2))]
    name = next(name for name in names if name not in taken)
    row = VariableRow(name=name, kind="Variable", value=START_VALUE)
    return replace(form, variables=(*form.variables, row))


def removed_variable(form: QuickForm, name: str) -> QuickForm:
    """Take a variable away; its sources go with it."""
    return replace(
        form,
        variables=tuple(row for row in form.variables if row.name != name),
        sources=tuple(source for source in form.sources if source != name),
    )


def users_of(form: QuickForm, name: str) -> tuple[str, ...]:
    """List the functions that use a variable: while there are any, it cannot go."""
    functions = read_functions(form).functions.values()
    return tuple(f.name for f in functions if name in f.parameters or name in names_in(f.body))


def rename_problem(form: QuickForm, old: str, new: str) -> str:
    """Say why a variable cannot be called something else; empty where it can."""
    if new != old and new in {*(row.name for row in form.variables), *read_functions(form).functions}:
        return f"There is a `{new}` already: choose another name."
    return name_problem(new)


def renamed_variable(form: QuickForm, old: str, new: str) -> QuickForm:
    """Call a variable something else, in the formulas too."""
    values: dict[str, Expression] = {old: Name(new)}
    names = tuple(new if row.name == old else row.name for row in form.variables)
    texts: list[str] = []
    before: dict[str, Formula] = {}
    readable = {formula.text: formula for formula in read_functions(form).functions.values()}
    for text in form.functions:
        formula = readable.get(text)
        if formula is not None and (old in formula.parameters or old in names_in(formula.body)):
            parameters = tuple(new if name == old else name for name in formula.parameters)
            body = replaced(formula.body, values)
            said = formula_text(formula.name, parameters, body, variables=names, functions=before)
            formula = Formula(name=formula.name, parameters=parameters, body=body, text=said)
        if formula is not None:
            before[formula.name] = formula
        texts.append(formula.text if formula is not None else text)
    return replace(
        form,
        functions=tuple(texts),
        variables=tuple(replace(row, name=new) if row.name == old else row for row in form.variables),
        sources=tuple(new if source == old else source for source in form.sources),
    )


def slider_range(row: VariableRow, number: float) -> tuple[float, float]:
    """Give the ends of a variable's slider: those of the row, moved out as far as its value needs."""
    low, high = min(row.low, row.high), max(row.low, row.high)
    if number < low:
        low = -_round_above(-number) if number < 0 else number
    if number > high:
        high = _round_above(number) if number > 0 else number
    return (low, high) if high > low else (low, low + 1.0)


def slider_text(value: float, low: float, high: float, dtype: str) -> str:
    """Write where a slider stands, as finely as two hundred steps need."""
    if dtype.startswith("int"):
        return str(round(value))
    decimals = max(0, math.ceil(-math.log10((high - low) / 200)))
    return repr(round(value, decimals) + 0.0)


def _round_above(number: float) -> float:
    scale = 10.0 ** math.floor(math.log10(number))
    return next(step * scale for step in (1.0, 2.0, 5.0, 10.0) if step * scale >= number)
