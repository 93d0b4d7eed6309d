"""The letters of a rule replaced by what the lesson calls its tensors."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from tapeviz.model.numbers import latex_of_numbers
from tapeviz.model.rules.notation import PRODUCT, Piece, latex_name, piece_of, show, typeset
from tapeviz.model.rules.rule import Rule, letter_of

MACRON = "\u0304"
_LETTER = re.compile(r"(?<![A-Za-z\\])([uvwz])(\u0304?)(?![A-Za-z])")
_SHORT_NAME = re.compile(r"[^\W\d]\d*\Z")


def formula_text(rule: Rule, names: Mapping[str, str], arity: int) -> str:
    """Write what the op computes: ``z = u · y``."""
    if not rule.is_elementwise:
        return _renamed(rule.forward, names)
    expression = rule.forward
    if rule.is_variadic:
        expression = " + ".join(letter_of(index) for index in range(min(arity, 4)))
    more = " + …" if rule.is_variadic and arity > 4 else ""
    return f"{names.get('z', 'z')} = {show(expression, _pieces(names)).text}{more}"


def local_text(rule: Rule, input_index: int, names: Mapping[str, str]) -> str:
    """Write the local derivative alone: ``3y²``."""
    return show(rule.local_of(input_index), _pieces(names)).text


def derivative_text(rule: Rule, input_index: int, names: Mapping[str, str]) -> str:
    """Write what goes back to one input: ``∂z/∂y = u``, or ``v̄ = uᵀ z̄`` for an op that works on the whole."""
    letter = letter_of(input_index)
    name, result = names.get(letter, letter), names.get("z", "z")
    if rule.is_elementwise:
        return f"∂{result}/∂{name} = {local_text(rule, input_index, names)}"
    pull = rule.pull_of(input_index)
    if not pull:
        return ""
    return f"{barred_name(short_name(letter, names))} = {show(pull, _pieces(_in_structures(rule, names))).text}"


def derivative_latex(rule: Rule, input_index: int, names: Mapping[str, str]) -> str:
    r"""Set what goes back to one input in LaTeX: ``\bar{y} = \bar{z} \cdot u``."""
    letter = letter_of(input_index)
    if not rule.is_elementwise:
        return _structural_latex(rule, input_index, names)
    tex = {key: latex_atom(name) for key, name in names.items()}
    left, comes_in = rf"\bar{{{tex.get(letter, letter)}}}", rf"\bar{{{tex.get('z', 'z')}}}"
    local = rule.local_of(input_index)
    if local in {"1", "-1"}:
        return f"{left} = {local.removesuffix('1')}{comes_in}"
    if local == "0":
        return f"{left} = 0"
    factor = typeset(local, tex)
    is_loose = factor.level < PRODUCT
    return rf"{left} = {comes_in} \cdot " + (rf"\left({factor.text}\right)" if is_loose else factor.text)


def _structural_latex(rule: Rule, input_index: int, names: Mapping[str, str]) -> str:
    pull = rule.pull_of(input_index)
    if not pull:
        return ""
    tex = {key: _braced(latex_atom(name)) for key, name in _in_structures(rule, names).items()}
    left = rf"\bar{{{latex_name(short_name(letter_of(input_index), names))}}}"
    return (
        f"{left}_{{{rule.index}}} = {typeset(pull, tex).text}" if rule.index else f"{left} = {typeset(pull, tex).text}"
    )


def _in_structures(rule: Rule, names: Mapping[str, str]) -> dict[str, str]:
    """Name the operands, the results and their cotangents within the formula of a whole; long names stay letters."""
    letters = dict.fromkeys([*names, "u", "v", "w", *rule.results])
    given = {letter for letter, _ in rule.parameters}
    short = {letter: names[letter] if letter in given & set(names) else short_name(letter, names) for letter in letters}
    for letter in rule.results:
        short[unicodedata.normalize("NFKC", letter + MACRON)] = barred_name(short[letter])
    return short


def _pieces(names: Mapping[str, str]) -> dict[str, Piece]:
    return {letter: piece_of(name) for letter, name in names.items()}


def latex_atom(name: str) -> str:
    """Set a name of the lesson, or a number that stands for an operand, in LaTeX."""
    return latex_of_numbers(name) if re.match(r"−?\d", name) else latex_name(name)


def _braced(name: str) -> str:
    """Keep a name with a subscript together: the rule may put another one under it."""
    return f"{{{name}}}" if "_" in name else name


def short_name(letter: str, names: Mapping[str, str]) -> str:
    """Name an operand within a formula on whole tensors: as the lesson does where that is one letter."""
    name = names.get(letter, letter)
    return name if _SHORT_NAME.match(name) else letter


def barred_name(name: str) -> str:
    """Name the cotangent of a tensor: ``x̄``."""
    return unicodedata.normalize("NFC", name[0] + MACRON) + name[1:]


def _renamed(text: str, names: Mapping[str, str]) -> str:
    def put(match: re.Match[str]) -> str:
        name = short_name(match[1], names)
        return barred_name(name) if match[2] else name

    return _LETTER.sub(put, text)
