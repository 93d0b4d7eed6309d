"""The quick form written out as a script that runs under plain Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tapeviz.model.form import FormulaProblem, QuickForm, VariableRow
from tapeviz.model.formula import Formula, parse_formula
from tapeviz.model.formula_code import needs_math, tensorflow_code
from tapeviz.model.values import read_value, row_code, value_problem

START_VALUE = "1"
"""What a parameter is given that nobody has given a value yet."""

WATCHED_KINDS = frozenset({"Variable", "watched constant"})
_FLOATING = frozenset({"float16", "float32", "float64"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadForm:
    """A form whose formulas were read: those that could be, by name and in order, and what is wrong with the others."""

    functions: dict[str, Formula]
    problems: tuple[FormulaProblem, ...]


def read_functions(form: QuickForm) -> ReadForm:
    """Read the formulas of a form, each of which may use those before it."""
    names = [row.name for row in form.variables]
    functions: dict[str, Formula] = {}
    problems: list[FormulaProblem] = []
    for index, text in enumerate(form.functions):
        result = parse_formula(text, index=index, variables=names, functions=functions)
        if isinstance(result, Formula):
            functions[result.name] = result
        else:
            problems.append(result)
    return ReadForm(functions=functions, problems=tuple(problems))


def problems_of(form: QuickForm) -> tuple[FormulaProblem, ...]:
    """List what is wrong with the formulas of a form; none where all can be read."""
    return read_functions(form).problems


def value_problems(form: QuickForm) -> dict[str, str]:
    """Say, for each row whose name or value cannot be used, what is wrong with it."""
    found: dict[str, str] = {}
    seen: set[str] = set()
    for row in form.variables:
        problem = f"There are two variables `{row.name}`: give one another name." if row.name in seen else ""
        seen.add(row.name)
        if problem := problem or value_problem(row):
            found[row.name] = problem
    return found


def completed(form: QuickForm, previous: QuickForm | None = None) -> QuickForm:
    """Give every parameter a row, and mend target and sources that are no more.

    A row goes with the parameter of `previous` that it was for; one that no function took stays.
    """
    functions = read_functions(form).functions
    wanted = _parameters(functions)
    gone = set(_parameters(read_functions(previous).functions)) - set(wanted) if previous else set()
    rows = [row for row in form.variables if row.name not in gone]
    names = {row.name for row in rows}
    rows += [VariableRow(name=name, kind="Variable", value=START_VALUE) for name in wanted if name not in names]
    target = form.target if form.target in functions else next(reversed(functions), "")
    form = replace(form, variables=tuple(rows), target=target)
    known = {*(row.name for row in rows), *functions}
    sources = tuple(name for name in form.sources if name in known)
    return replace(form, sources=() if sources == watched_names(form) else sources)


def _parameters(functions: Mapping[str, Formula]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for formula in functions.values() for name in formula.parameters))


def watched_names(form: QuickForm) -> tuple[str, ...]:
    """List the variables that the tape watches; all of them where it watches none."""
    watched = tuple(row.name for row in form.variables if row.kind in WATCHED_KINDS and row.dtype in _FLOATING)
    return watched or tuple(row.name for row in form.variables)


def source_names(form: QuickForm) -> tuple[str, ...]:
    """List what the form differentiates by."""
    return form.sources or watched_names(form)


def called_targets(form: QuickForm) -> tuple[str, ...]:
    """List the functions that are differentiated: the target, and with a persistent tape the others after it."""
    if not form.persistent:
        return (form.target,)
    names = read_functions(form).functions
    return (form.target, *(name for name in names if name != form.target))


def function_codes(form: QuickForm) -> dict[str, str]:
    """Write the code of every function that can be read, by name."""
    functions = read_functions(form).functions
    ranks = _ranks(form)
    codes: dict[str, str] = {}
    before: dict[str, Formula] = {}
    for name, formula in functions.items():
        codes[name] = tensorflow_code(formula, ranks=ranks, functions=before)
        before[name] = formula
    return codes


def _ranks(form: QuickForm) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in form.variables:
        if not value_problem(row):
            found[row.name] = len(read_value(row.value, row.dtype).shape)
    return found


def variable_line(row: VariableRow) -> str:
    """Write the line that makes a variable: ``x = tf.Variable(2.0)``."""
    return f"{row.name} = {row_code(row)}"


def tape_code(is_persistent: bool) -> str:
    """Write the call that opens the tape."""
    return "tf.GradientTape(persistent=True)" if is_persistent else "tf.GradientTape()"


def sources_code(names: tuple[str, ...]) -> str:
    """Write the sources of a call: one name bare, several in a list."""
    return names[0] if len(names) == 1 else f"[{', '.join(names)}]"


def result_name(target: str, targets: tuple[str, ...], sources: tuple[str, ...]) -> str:
    """Name what a call returns: ``grads``, or ``f_grads`` where there are several calls."""
    name = "grad" if len(sources) == 1 else "grads"
    return name if len(targets) == 1 else f"{target}_{name}"


def call_line(target: str, targets: tuple[str, ...], sources: tuple[str, ...], tape: str = "tape") -> str:
    """Write the line that asks a tape for gradients."""
    return f"{result_name(target, targets, sources)} = {tape}.gradient({target}, {sources_code(sources)})"


def check_form(form: QuickForm) -> None:
    """Make sure that a script can be written.

    Raises
    ------
    ValueError
        With the first sentence about a formula or a value that cannot be read.
    """
    for problem in problems_of(form):
        raise ValueError(problem.message)
    for sentence in value_problems(form).values():
        raise ValueError(sentence)
    if not form.functions:
        raise ValueError("The form has no function: type one, for example f(x) = x^2.")


def script_of(form: QuickForm) -> str:
    """Write the script that a form stands for.

    Raises
    ------
    ValueError
        With a sentence, where a formula or a value cannot be read.
    """
    check_form(form)
    form = completed(form)
    check_form(form)
    targets, sources = called_targets(form), source_names(form)
    body = [f"    tape.watch({row.name})" for row in form.variables if row.kind == "watched constant"]
    body += [f"    {name} = {code}" for name, code in function_codes(form).items()]
    variables = [variable_line(row) for row in form.variables]
    blocks = [
        ["import tensorflow as tf"],
        variables,
        [f"with {tape_code(form.persistent)} as tape:", *body],
        [call_line(target, targets, sources) for target in targets] if sources else [],
    ]
    if any(needs_math(line) for line in [*variables, *body]):
        blocks.insert(0, ["import math"])
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"
