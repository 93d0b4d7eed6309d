"""Which of the words of a formula are names, which are functions, and which are several names written together."""

from __future__ import annotations

import difflib
import keyword
from collections.abc import Collection
from dataclasses import dataclass, replace

from tapeviz.model.expression import ALIASES, CONSTANTS, FUNCTIONS
from tapeviz.model.formula_tokens import Token, UnreadableError, place

FUNCTION_WORDS = {*FUNCTIONS, *ALIASES, "matmul"}
SCRIPT_WORDS = {"tf", "tape", "math", "grad", "grads"}

_CONSTANT_SIGNS = {"π": "pi"}
_LONGEST_PRODUCT = 3
_GREEK = frozenset(
    {"alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "mu", "nu", "xi"}
    | {"omicron", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a formula may name: `parameters` of its own, `variables` of the form, and `functions` defined before it.

    `is_open` lets words that nobody declared become parameters (``y = x^2 + 1`` has no parameter list).
    """

    function: str
    parameters: tuple[str, ...]
    variables: Collection[str] = ()
    functions: Collection[str] = ()
    is_open: bool = False

    def holds(self, word: str) -> bool:
        """Whether the word is a declared name."""
        return word in self.parameters or word in self.variables or word in self.functions


def name_problem(name: str) -> str:
    """Say why a name cannot be given to a function or a variable; empty where it can."""
    if not name.isidentifier():
        return f"`{name}` is no name: use letters, digits and _, beginning with a letter."
    if keyword.iskeyword(name):
        return f"`{name}` is a word of Python: choose another name, such as {name}_."
    if name in FUNCTION_WORDS:
        return f"`{name}` is a built-in function: choose another name."
    if name in SCRIPT_WORDS:
        return f"The script needs the name `{name}` for itself: choose another one."
    return ""


def resolved(found: list[Token], scope: Scope) -> list[Token]:
    """Cut words that are several names written together (``xy``) into those names.

    Raises
    ------
    UnreadableError
        At the first word that is no name, function or constant.
    """
    result: list[Token] = []
    for position, token in enumerate(found):
        if token.kind != "word":
            result.append(token)
            continue
        following = found[position + 1]
        is_called = following.text == "("
        if token.text == "T" and result and result[-1].text == "^" and not scope.holds("T"):
            result[-1] = replace(result[-1], text=".T", end=token.end)
            continue
        pieces = _pieces(token.text, scope, is_called)
        column = token.column
        for piece in pieces if pieces is not None else _unknown(token, scope, is_called):
            text = piece if scope.holds(piece) else _CONSTANT_SIGNS.get(piece, piece)
            result.append(replace(token, text=text, column=column, end=column + len(piece)))
            column += len(piece)
    return result


def _pieces(word: str, scope: Scope, is_called: bool) -> list[str] | None:
    if scope.holds(word) or word in FUNCTION_WORDS or word in CONSTANTS:
        return [word]
    known = {*scope.parameters, *scope.variables, *scope.functions, *CONSTANTS, *_CONSTANT_SIGNS}
    last = FUNCTION_WORDS if is_called else set()
    ways: list[list[str] | None] = [None] * len(word) + [[]]
    for start in reversed(range(len(word))):
        for end in range(len(word), start, -1):
            rest = ways[end]
            piece = word[start:end]
            if rest is not None and (piece in known or (end == len(word) and piece in last)):
                ways[start] = [piece, *rest]
                break
    return ways[0]


def _unknown(token: Token, scope: Scope, is_called: bool) -> list[str]:
    """Let an open scope take new names; otherwise say what is wrong with the word."""
    word = token.text
    if is_called and len(word) > 1:
        near = difflib.get_close_matches(word, [*FUNCTION_WORDS, *scope.functions], n=1, cutoff=0.5)
        mend = f"did you mean {near[0]}?" if near else f"define {word}(…) first, or write * between factors."
        raise UnreadableError(token.column, f"There is no function `{word}` ({place(token.column)}): {mend}")
    if scope.is_open:
        is_product = word.isalpha() and 1 < len(word) <= _LONGEST_PRODUCT and word not in _GREEK
        return list(word) if is_product else [word]
    raise _no_name(token, scope)


def _no_name(token: Token, scope: Scope) -> UnreadableError:
    word, column = token.text, token.column
    stem = word.rstrip("0123456789")
    if stem != word and scope.holds(stem):
        digits = word[len(stem) :]
        return UnreadableError(
            column + len(stem), f"`{word}` {place(column)} is no name: write {stem}^{digits} or {digits}{stem}."
        )
    near = difflib.get_close_matches(word, FUNCTION_WORDS, n=1, cutoff=0.7)
    if near:
        return UnreadableError(column, f"`{word}` {place(column)} is not known: did you mean {near[0]}(…)?")
    if word.isalpha() and any(scope.holds(letter) for letter in word):
        offset, word = next((at, letter) for at, letter in enumerate(word) if not scope.holds(letter))
        column += offset
    parameters = ", ".join([*scope.parameters, word])
    return UnreadableError(
        column,
        f"`{word}` is not a parameter of {scope.function}: "
        f"write {scope.function}({parameters}) = … or give {word} a value.",
    )
