"""Formulas as a lecturer types them, ``f(x, y) = x^2 + 3xy + y^3``, read into a tree or refused in a sentence."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tapeviz.model.expression import (
    ALIASES,
    CONSTANTS,
    FUNCTIONS,
    Apply,
    Binary,
    Call,
    Constant,
    Expression,
    Item,
    Name,
    Negative,
    Number,
    Operator,
    names_in,
)
from tapeviz.model.form import FormulaProblem
from tapeviz.model.formula_tokens import Token, UnreadableError, place, tokens
from tapeviz.model.formula_words import FUNCTION_WORDS, Scope, name_problem, resolved

_OPERATORS: dict[str, tuple[int, Operator]] = {
    "+": (10, "+"),
    "-": (10, "-"),
    "*": (20, "*"),
    "/": (20, "/"),
    "@": (20, "@"),
    "^": (30, "**"),
}
_PRODUCT = 20
_SIGN = 25
_POWER = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """A formula that could be read: ``f(x) = x^2`` has name ``f``, parameters ``("x",)`` and a body."""

    name: str
    parameters: tuple[str, ...]
    body: Expression
    text: str


def parse_formula(
    text: str,
    *,
    index: int = 0,
    variables: Collection[str] = (),
    functions: Mapping[str, Formula] | None = None,
) -> Formula | FormulaProblem:
    """Read one formula of the form.

    Parameters
    ----------
    text : str
        ``f(x, y) = …``; or ``y = …``, whose parameters are the names it uses.
    index : int
        Which formula of the form it is; a problem carries it.
    variables : collection of str
        Names that have a value in the form and need not be parameters.
    functions : mapping
        The functions defined before, by name; they may be called.
    """
    known = functions or {}
    try:
        return _formula(text, variables, known)
    except UnreadableError as problem:
        return FormulaProblem(function=index, column=problem.column, message=problem.message)


def parse_expression(text: str) -> Expression:
    """Read an expression of numbers, constants and built-in functions, such as ``pi/2``.

    Raises
    ------
    UnreadableError
        With the column and a sentence.
    """
    scope = Scope(function="it", parameters=())
    return _Parser(resolved(tokens(text), scope), scope, {}).whole()


def _formula(text: str, variables: Collection[str], functions: Mapping[str, Formula]) -> Formula:
    if not text.strip():
        raise UnreadableError(0, "Type a function, for example f(x, y) = x^2 + 3xy + y^3.")
    found = tokens(text)
    equals = [position for position, token in enumerate(found) if token.text == "="]
    if not equals:
        raise UnreadableError(0, f"Say what this defines: write f(x) = {text.strip()}.")
    if len(equals) > 1:
        column = found[equals[1]].column
        raise UnreadableError(column, f"There is a second `=` {place(column)}: a formula has one.")
    name, parameters = _head(found[: equals[0]], found[equals[0]])
    for taken in (name, *(parameters or ())):
        if taken in functions or (taken == name and name in variables):
            column = next(token.column for token in found if token.text == taken)
            raise UnreadableError(column, f"`{taken}` stands for something else already: choose another name.")
    body = found[equals[0] + 1 :]
    if body[0].kind == "end":
        raise UnreadableError(len(text), f"Nothing stands after `=`: write what {name} is, for example x^2.")
    scope = Scope(
        function=name,
        parameters=parameters or (),
        variables=variables,
        functions=functions,
        is_open=parameters is None,
    )
    if any(token.text == name for token in body) and not scope.holds(name):
        column = next(token.column for token in body if token.text == name)
        raise UnreadableError(column, f"{name} cannot use itself ({place(column)}): write out what it stands for.")
    tree = _Parser(resolved(body, scope), scope, functions).whole()
    if parameters is None:
        parameters = tuple(used for used in names_in(tree) if used not in functions)
    return Formula(name=name, parameters=parameters, body=tree, text=text)


def _head(found: list[Token], equals: Token) -> tuple[str, tuple[str, ...] | None]:
    """Read ``f(x, y)`` into its name and parameters; the parameters of a bare ``y`` are None."""
    if not found or found[0].kind != "word":
        column = found[0].column if found else equals.column
        raise UnreadableError(column, "Before `=` stands the function's name: write f(x) = ….")
    name = found[0].text
    if problem := name_problem(name):
        raise UnreadableError(found[0].column, problem)
    if len(found) == 1:
        return name, None
    if found[1].text != "(":
        raise UnreadableError(found[1].column, f"Before `=` stands one name: write {name}(x) = ….")
    if found[-1].text != ")":
        column = found[1].column
        raise UnreadableError(column, f"`(` {place(column)} is never closed: add `)` before `=`.")
    parameters = _parameters(name, found[2:-1], found[-1])
    return name, parameters


def _parameters(name: str, found: list[Token], close: Token) -> tuple[str, ...]:
    parameters: list[str] = []
    for position, token in enumerate([*found, close]):
        is_name_due = position % 2 == 0
        if not is_name_due:
            if token.text not in {",", ")"} or (token is close) != (token.text == ")"):
                raise UnreadableError(token.column, f"Put a comma before `{token.text}` {place(token.column)}.")
            continue
        if token.kind != "word":
            raise UnreadableError(token.column, f"A parameter is missing {place(token.column)}: write {name}(x) = ….")
        if problem := name_problem(token.text):
            raise UnreadableError(token.column, problem)
        if token.text in {*parameters, name}:
            raise UnreadableError(token.column, f"`{token.text}` stands twice before `=`: give it another name.")
        parameters.append(token.text)
    return tuple(parameters)


class _Parser:
    """Reads resolved tokens from left to right, tighter operators first (Pratt's method)."""

    def __init__(self, found: list[Token], scope: Scope, functions: Mapping[str, Formula]) -> None:
        self._tokens = found
        self._scope = scope
        self._functions = functions
        self._at = 0
        self._open_bars = 0

    def whole(self) -> Expression:
        """Read everything there is."""
        tree = self._expression(0)
        token = self._token
        if token.kind == "end":
            return tree
        if token.text == ")":
            raise UnreadableError(token.column, f"`)` {place(token.column)} closes nothing: take it away, or add `(`.")
        if token.text == ",":
            raise UnreadableError(
                token.column, f"`,` {place(token.column)} stands in no function: decimals have a point, as in 0.5."
            )
        raise UnreadableError(token.column, f"`{token.text}` {place(token.column)} does not belong here: take it away.")

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._token
        self._at += 1
        return token

    def _expression(self, tightness: int) -> Expression:
        left = self._first()
        while True:
            token = self._token
            if token.text in {".T", "["}:
                left = self._postfix(left)
            elif token.kind == "sign" and token.text in _OPERATORS:
                strength, operator = _OPERATORS[token.text]
                if strength <= tightness:
                    return left
                self._take()
                # A power groups from the right: x^2^3 is x^(2^3).
                right = self._expression(strength - 1 if operator == "**" else strength)
                left = _exponential(left, right) if operator == "**" else Binary(operator, left, right)
            elif tightness < _PRODUCT and self._begins_factor(token):
                left = Binary("*", left, self._expression(_PRODUCT))
            else:
                return left

    def _begins_factor(self, token: Token) -> bool:
        if token.kind == "number":
            raise UnreadableError(token.column, f"Put `*` or `^` before `{token.text}` {place(token.column)}.")
        return token.kind == "word" or token.text in {"(", "√"} or (token.text == "|" and not self._open_bars)

    def _first(self) -> Expression:
        token = self._take()
        if token.kind == "number":
            return Number(token.text)
        if token.kind == "word":
            return self._word(token)
        match token.text:
            case "-":
                return Negative(self._expression(_SIGN))
            case "+":
                return self._expression(_SIGN)
            case "(":
                return self._closed(token, ")")
            case "|":
                return self._magnitude(token)
            case "√":
                return Call("sqrt", (self._expression(_POWER),))
        self._at -= 1
        raise self._missing_operand(token)

    def _missing_operand(self, token: Token) -> UnreadableError:
        before = self._tokens[self._at - 1] if self._at else None
        if before is not None and before.kind == "sign" and before.text not in {")", "]"}:
            column = before.column
            return UnreadableError(
                column, f"`{before.text}` {place(column)} has nothing after it: add a number or a name."
            )
        return UnreadableError(
            token.column, f"`{token.text}` {place(token.column)} has nothing before it: add a number or a name."
        )

    def _closed(self, opening: Token, closing: str) -> Expression:
        bars, self._open_bars = self._open_bars, 0
        tree = self._expression(0)
        self._open_bars = bars
        self._close(opening, closing)
        return tree

    def _close(self, opening: Token, closing: str) -> None:
        if self._token.text != closing:
            if self._token.kind == "end":
                raise UnreadableError(
                    opening.column, f"`{opening.text}` {place(opening.column)} is never closed: add `{closing}`."
                )
            raise UnreadableError(
                self._token.column, f"`{self._token.text}` {place(self._token.column)}: `{closing}` is due here."
            )
        self._take()

    def _magnitude(self, opening: Token) -> Expression:
        self._open_bars += 1
        tree = self._expression(0)
        self._open_bars -= 1
        self._close(opening, "|")
        return Call("abs", (tree,))

    def _word(self, token: Token) -> Expression:
        word = token.text
        if word in FUNCTION_WORDS:
            return self._call(token)
        if word in self._functions:
            return self._apply(token)
        return Constant(word) if word in CONSTANTS and not self._scope.holds(word) else Name(word)

    def _postfix(self, operand: Expression) -> Expression:
        token = self._take()
        if token.text == ".T":
            return Call("transpose", (operand,))
        indices: list[int] = []
        while True:
            negative = self._token.text == "-"
            if negative:
                self._take()
            if not self._token.text.isdigit():
                raise UnreadableError(self._token.column, "An index is a whole number, counted from 0: write x[0].")
            index = int(self._take().text)
            indices.append(-index if negative else index)
            if self._token.text != ",":
                break
            self._take()
        self._close(token, "]")
        return Item(operand, tuple(indices))

    def _call(self, token: Token) -> Expression:
        """Read a built-in function with its arguments: ``sin(x)``, ``sin 2x``, ``sin^2 x``."""
        exponent: Expression | None = None
        if self._token.text == "^":
            power = self._take()
            exponent = self._first()
            if exponent == Negative(Number("1")):
                raise UnreadableError(
                    power.column, f"`{token.text}^-1` can mean two things: write a{token.text}(x) or 1/…."
                )
        if self._token.text == "(":
            arguments = self._arguments()
        elif self._begins_bare_argument():
            arguments = (self._bare_argument(),)
        else:
            raise UnreadableError(
                token.column, f"{token.text} {place(token.column)} has no argument: write {token.text}(x)."
            )
        tree = _built_in(token, arguments)
        return tree if exponent is None else Binary("**", tree, exponent)

    def _begins_bare_argument(self) -> bool:
        return self._token.kind in {"number", "word"} or self._token.text in {"-", "√"}

    def _bare_argument(self) -> Expression:
        """Read what a function without parentheses takes: the product that follows, up to the next function."""
        if self._token.text == "-":
            self._take()
            return Negative(self._bare_argument())
        tree = self._expression(_PRODUCT)
        while self._token.kind == "word" and self._token.text not in FUNCTION_WORDS:
            tree = Binary("*", tree, self._expression(_PRODUCT))
        return tree

    def _arguments(self) -> tuple[Expression, ...]:
        opening = self._take()
        if self._token.text == ")":
            raise UnreadableError(opening.column, f"The parentheses {place(opening.column)} are empty: put a name in.")
        bars, self._open_bars = self._open_bars, 0
        arguments = [self._expression(0)]
        while self._token.text == ",":
            self._take()
            arguments.append(self._expression(0))
        self._open_bars = bars
        self._close(opening, ")")
        return tuple(arguments)

    def _apply(self, token: Token) -> Expression:
        """Read another function of the form: its value (``f``), or it with arguments (``f(x, 2)``)."""
        formula = self._functions[token.text]
        if self._token.text != "(":
            return Apply(formula.name, tuple(Name(parameter) for parameter in formula.parameters))
        arguments = self._arguments()
        due = len(formula.parameters)
        if len(arguments) != due:
            raise UnreadableError(
                token.column,
                f"{formula.name} takes {_counted(due)}, not {len(arguments)}: "
                f"write {formula.name}({', '.join(formula.parameters)}).",
            )
        return Apply(formula.name, arguments)


def _built_in(token: Token, arguments: tuple[Expression, ...]) -> Expression:
    if token.text == "matmul":
        least, most, name = 2, 2, "matmul"
    else:
        name = ALIASES.get(token.text, token.text)
        least, most = FUNCTIONS[name].least, FUNCTIONS[name].most
    if not least <= len(arguments) <= most:
        due = _counted(least) if least == most else f"{least} to {most} arguments"
        raise UnreadableError(token.column, f"{token.text} takes {due}, not {len(arguments)} ({place(token.column)}).")
    return Binary("@", *arguments) if name == "matmul" else Call(name, arguments)


def _counted(count: int) -> str:
    return "one argument" if count == 1 else f"{count} arguments"


def _exponential(base: Expression, exponent: Expression) -> Expression:
    """Raise to a power; ``e`` to an expression with names in it is ``exp``."""
    return Call("exp", (exponent,)) if base == Constant("e") and names_in(exponent) else Binary("**", base, exponent)
