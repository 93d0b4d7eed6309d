"""A script read back into the quick form, where it still has the form's shape; or a sentence that says why not."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from tapeviz.model.expression import Apply, Expression, Name, names_in, replaced
from tapeviz.model.form import QuickForm, VariableRow
from tapeviz.model.formula import Formula, parse_formula
from tapeviz.model.formula_python import InexpressibleError, expression_of
from tapeviz.model.formula_text import formula_text
from tapeviz.model.formula_words import name_problem
from tapeviz.model.lesson import settings_of
from tapeviz.model.script_pieces import (
    CallPiece,
    FunctionPiece,
    OtherShapeError,
    Span,
    Text,
    VariablePiece,
    WatchPiece,
    compound_words,
    dotted,
    names_of,
    variable_pieces,
)
from tapeviz.model.script_write import completed, function_codes, read_functions, watched_names
from tapeviz.model.values import row_code, value_problem

EMPTY_FORM = QuickForm(functions=("",), variables=(), target="", sources=(), persistent=False)
"""What stands in the form of an empty script."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A script of the form's shape, in pieces. `block` is where the first line of the tape's block begins."""

    text: Text
    variables: tuple[VariablePiece, ...]
    watches: tuple[WatchPiece, ...]
    functions: tuple[FunctionPiece, ...]
    calls: tuple[CallPiece, ...]
    tape: str
    is_persistent: bool
    tape_statement: Span
    tape_call: Span
    block: int
    import_line: int


def form_of(text: str, previous: QuickForm | None = None) -> tuple[QuickForm | None, str]:
    """Read the form that a script stands for.

    Parameters
    ----------
    text : str
    previous : QuickForm, optional
        What stood in the form before: its spelling is kept wherever it still means the same.

    Returns
    -------
    form : QuickForm or None
        None where the script is not of the form's shape.
    note : str
        Then a sentence that says why; empty otherwise.
    """
    if not text.strip():
        return EMPTY_FORM, ""
    try:
        shape = shape_of(text)
        form = form_of_shape(shape)
    except SyntaxError as error:
        return None, f"Line {error.lineno or 1} is not yet Python, so the form rests."
    except OtherShapeError as reason:
        return None, f"{reason}, so the form rests; edit the script, or undo."
    return (_with_spelling(form, previous) if previous else form), ""


def variables_of(text: str) -> tuple[VariableRow, ...]:
    """List the variables and constants of any lesson whose values are typed numbers, with the ranges of their sliders.

    A script that Python cannot read has none.
    """
    try:
        pieces = variable_pieces(Text(text))
    except SyntaxError:
        return ()
    return _with_ranges(text, tuple(piece.row for piece in pieces))


def _with_ranges(text: str, rows: tuple[VariableRow, ...]) -> tuple[VariableRow, ...]:
    ranges = settings_of(text).ranges
    return tuple(
        replace(row, low=ranges[row.name][0], high=ranges[row.name][1]) if row.name in ranges else row for row in rows
    )


def shape_of(text: str) -> Shape:
    """Take a script apart.

    Raises
    ------
    SyntaxError
        Where it is no Python.
    OtherShapeError
        Where it is not of the form's shape.
    """
    return _Reader(Text(text)).shape()


class _Reader:
    """Walks over the statements of a script once and sorts them."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._variables = {piece.statement.start: piece for piece in variable_pieces(text)}
        self._names: dict[str, int] = {}
        self._watches: list[WatchPiece] = []
        self._functions: list[FunctionPiece] = []
        self._calls: list[CallPiece] = []
        self._with: ast.With | None = None
        self._tape = ""
        self._import_line = 0

    def shape(self) -> Shape:
        """Read everything there is."""
        last_line = 0
        for statement in self._text.tree.body:
            if statement.lineno <= last_line:
                raise OtherShapeError(f"Line {statement.lineno} holds two statements")
            last_line = statement.end_lineno or statement.lineno
            self._statement(statement)
        if self._with is None:
            raise OtherShapeError("The script opens no tf.GradientTape")
        if not self._functions:
            raise OtherShapeError(f"The tape on line {self._with.lineno} records no function")
        call = self._with.items[0].context_expr
        assert isinstance(call, ast.Call)
        return Shape(
            text=self._text,
            variables=tuple(self._variables.values()),
            watches=tuple(self._watches),
            functions=tuple(self._functions),
            calls=tuple(self._calls),
            tape=self._tape,
            is_persistent=_persistence(call),
            tape_statement=self._text.span(self._with),
            tape_call=self._text.span(call),
            block=self._block(self._with, call),
            import_line=self._import_line,
        )

    def _block(self, statement: ast.With, call: ast.Call) -> int:
        """Find where the first line of the tape's block begins, comments included."""
        at = self._text.line_end(self._text.span(call).end)
        first = self._text.line_start(self._text.span(statement.body[0]).start)
        while at + 1 < first:
            line = self._text.text[self._text.line_start(at) : at]
            if line.split("#", 1)[0].rstrip().endswith(":"):
                break
            at = self._text.line_end(at + 1)
        return at + 1

    def _statement(self, statement: ast.stmt) -> None:
        start = self._text.span(statement).start
        match statement:
            case ast.Import(names=names):
                if any(alias.name == "tensorflow" and alias.asname == "tf" for alias in names):
                    self._import_line = start
            case ast.With(items=[ast.withitem(context_expr=ast.Call() as call)]) if _opens_tape(call):
                self._enter(statement)
            case ast.Assign(targets=[ast.Name(id=name)]) if start in self._variables and self._with is None:
                self._name(name, statement.lineno)
            case _ if words := compound_words(statement):
                raise OtherShapeError(f"The script has {words} on line {statement.lineno}")
            case _:
                self._variables.pop(start, None)
                self._other(statement)

    def _name(self, name: str, line: int) -> None:
        if name in self._names:
            raise OtherShapeError(f"`{name}` is given a value on line {self._names[name]} and again on line {line}")
        self._names[name] = line

    def _enter(self, statement: ast.With) -> None:
        if self._with is not None:
            raise OtherShapeError(f"The script opens a second tape on line {statement.lineno}")
        self._with = statement
        target = statement.items[0].optional_vars
        if not isinstance(target, ast.Name):
            raise OtherShapeError(f"The tape on line {statement.lineno} has no name")
        self._tape = target.id
        last_line = statement.lineno
        for inner in statement.body:
            if inner.lineno <= last_line:
                raise OtherShapeError(f"Line {inner.lineno} holds two statements")
            last_line = inner.end_lineno or inner.lineno
            self._recorded(inner)

    def _recorded(self, statement: ast.stmt) -> None:
        """Sort one statement of the tape's block."""
        span = self._text.span(statement)
        match statement:
            case ast.Expr(value=ast.Call(func=function, args=[argument])) if dotted(function) == f"{self._tape}.watch":
                names = names_of(argument)
                if names is None:
                    raise OtherShapeError(f"Line {statement.lineno} watches something without a name")
                self._watches.append(WatchPiece(names=names, statement=span, argument=self._text.span(argument)))
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self._function(name, value, span)
            case ast.Expr() if not _uses_tape(statement, self._tape):
                pass
            case _:
                words = compound_words(statement) or f"`{ast.unparse(statement)}`"
                raise OtherShapeError(f"The tape's block has {words} on line {statement.lineno}")

    def _function(self, name: str, value: ast.expr, span: Span) -> None:
        line = value.lineno
        self._name(name, line)
        if problem := name_problem(name):
            raise OtherShapeError(f"Line {line}: {problem.rstrip('.')}")
        try:
            body = expression_of(value, self._text.source)
        except InexpressibleError as error:
            raise OtherShapeError(f"Line {error.line} uses {error.what}, which the form cannot write") from error
        known = {*(piece.row.name for piece in self._variables.values()), *(piece.name for piece in self._functions)}
        for used in names_in(body):
            if used not in known:
                raise OtherShapeError(f"Line {line} uses `{used}`, which is no variable of the form")
        self._functions.append(
            FunctionPiece(name=name, body=body, statement=span, value=self._text.span(value), line=line)
        )

    def _other(self, statement: ast.stmt) -> None:
        """Sort a simple statement outside the tape's block: it may ask for gradients, and must not name things anew."""
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del) and node.id in self._names:
                raise OtherShapeError(f"`{node.id}` is changed on line {node.lineno}")
            if isinstance(node, ast.Call) and self._tape and dotted(node.func).startswith(f"{self._tape}."):
                self._call(statement, node)

    def _call(self, statement: ast.stmt, call: ast.Call) -> None:
        line = call.lineno
        method = dotted(call.func).rpartition(".")[2]
        if method != "gradient" or call.keywords or len(call.args) != 2:
            raise OtherShapeError(f"Line {line} asks for `{ast.unparse(call)}`, which the form cannot write")
        target, sources = call.args
        names = names_of(sources)
        functions = {piece.name for piece in self._functions}
        known = functions | {piece.row.name for piece in self._variables.values()}
        if not isinstance(target, ast.Name) or target.id not in functions or not names or not known.issuperset(names):
            raise OtherShapeError(f"Line {line} differentiates something that is not in the form")
        results, result = self._results(statement, call)
        self._calls.append(
            CallPiece(
                target=target.id,
                sources=names,
                keys=_keys(self._text, sources),
                opening=self._text.source(sources)[0] if not isinstance(sources, ast.Name) else "",
                results=results,
                result=result,
                statement=self._text.span(statement),
                target_span=self._text.span(target),
                sources_span=self._text.span(sources),
                line=line,
            )
        )

    def _results(self, statement: ast.stmt, call: ast.Call) -> tuple[tuple[str, ...], Span | None]:
        if not isinstance(statement, ast.Assign) or statement.value is not call or len(statement.targets) > 1:
            return (), None
        taker = statement.targets[0]
        names = names_of(taker)
        return (names, self._text.span(taker)) if names and not isinstance(taker, ast.List) else ((), None)


def _keys(text: Text, sources: ast.expr) -> tuple[str, ...]:
    keys = sources.keys if isinstance(sources, ast.Dict) else []
    return tuple(text.source(key) for key in keys if key is not None)


def _opens_tape(call: ast.Call) -> bool:
    return dotted(call.func) in {"tf.GradientTape", "GradientTape"}


def _persistence(call: ast.Call) -> bool:
    for keyword in call.keywords:
        if keyword.arg != "persistent" or not isinstance(keyword.value, ast.Constant):
            raise OtherShapeError(f"Line {call.lineno} opens the tape with `{ast.unparse(keyword)}`")
        return bool(keyword.value.value)
    if call.args:
        raise OtherShapeError(f"Line {call.lineno} opens the tape in a way that the form does not know")
    return False


def _uses_tape(statement: ast.stmt, tape: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == tape for node in ast.walk(statement))


def form_of_shape(shape: Shape) -> QuickForm:
    """Say in the form's words what a script of its shape does."""
    watched = {name for piece in shape.watches for name in piece.names}
    for piece in shape.variables:
        if piece.row.kind == "frozen" and piece.row.name in watched:
            raise OtherShapeError(f"`{piece.row.name}` (line {piece.line}) is frozen and watched")
    rows = _with_ranges(shape.text.text, tuple(piece.row for piece in shape.variables))
    call = shape.calls[0] if shape.calls else None
    form = QuickForm(
        functions=_formulas(shape, tuple(row.name for row in rows)),
        variables=rows,
        target=call.target if call else shape.functions[-1].name,
        sources=call.sources if call else (),
        persistent=shape.is_persistent,
    )
    return replace(form, sources=() if form.sources == watched_names(form) else form.sources)


def _formulas(shape: Shape, names: tuple[str, ...]) -> tuple[str, ...]:
    functions: dict[str, Formula] = {}
    for piece in shape.functions:
        values: dict[str, Expression] = {
            name: Apply(name, tuple(Name(parameter) for parameter in formula.parameters))
            for name, formula in functions.items()
        }
        body = replaced(piece.body, values)
        used = set(names_in(body))
        parameters = tuple(name for name in names if name in used)
        text = formula_text(piece.name, parameters, body, variables=names, functions=functions)
        formula = parse_formula(text, variables=names, functions=functions)
        if not isinstance(formula, Formula):
            raise OtherShapeError(f"Line {piece.line} says what the form cannot write")
        functions[piece.name] = formula
    return tuple(formula.text for formula in functions.values())


def _with_spelling(form: QuickForm, previous: QuickForm) -> QuickForm:
    """Keep what was typed where it means what the script says."""
    typed = {row.name: row for row in previous.variables if not value_problem(row)}
    rows = tuple(
        replace(row, value=typed[row.name].value)
        if row.name in typed and row_code(replace(row, value=typed[row.name].value)) == row_code(row)
        else row
        for row in form.variables
    )
    form = replace(form, variables=rows)
    typed_texts = {name: formula.text for name, formula in read_functions(previous).functions.items()}
    plain_texts = {formula.text: name for name, formula in read_functions(form).functions.items()}
    # Together first: g(x, y) = f(x, y)^2 can only be read beside the f(x, y) that it was typed for.
    for names in (set(typed_texts), *({name} for name in plain_texts.values())):
        texts = tuple(
            typed_texts.get(name, text) if (name := plain_texts.get(text, "")) in names else text
            for text in form.functions
        )
        respelled = replace(form, functions=texts)
        if function_codes(respelled) == function_codes(form) and completed(respelled) == respelled:
            form = respelled
    return form
