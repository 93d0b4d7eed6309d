"""Write docs/rules.md: every rule of differentiation that tapeviz tells, from the data it tells them by."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tapeviz.model.rules import CHAPTERS, RULES, Rule
from tapeviz.model.rules.naming import derivative_latex, formula_text
from tapeviz.model.rules.notation import functions_in
from tapeviz.model.rules.words import WORDS

DOCUMENT = Path(__file__).parent.parent / "docs" / "rules.md"
MOST_INPUTS = 6
HEAD = """# The rules of differentiation

Written by `make rules` from `tapeviz/model/rules`; do not edit it by hand. In each rule u, v and w are the inputs of
the op, z is its output, and a bar stands for a cotangent: the op's VJP takes z̄ and sends ū to u. Where an operand was
broadcast, what the rule gives is summed over the copies. Every formula is evaluated in `tests/rules` and held to
TensorFlow's own VJP and to finite differences, with real numbers; for complex ones TensorFlow conjugates the factors.

There are {rules} rules for {ops} ops.
"""


def document() -> str:
    """Put the whole list together."""
    ops = {op_type for rule in RULES for op_type in rule.op_types}
    lines = [HEAD.format(rules=len(RULES), ops=len(ops))]
    for chapter, rules in CHAPTERS.items():
        lines.append(f"## {chapter}\n")
        lines += [text for rule in rules for text in _told(rule)]
    lines.append("## The words of the formulas\n")
    used = {name for rule in RULES for name in _words(rule)}
    lines += [f"- {_sample(name)}: {word.meaning}" for name, word in WORDS.items() if name in used]
    return "\n".join(lines) + "\n"


def _told(rule: Rule) -> Iterator[str]:
    yield f"### {rule.name}\n"
    ops = ", ".join(f"`{op_type}`" for op_type in rule.op_types)
    conditions = ", ".join(f"`{name}={value}`" for name, value in rule.where)
    forward = rule.forward if not rule.is_elementwise else formula_text(rule, {}, 2)
    yield f"{ops}{f' where {conditions}' if conditions else ''} · drawn as `{rule.symbol}` · {forward}\n"
    places = range(1 if rule.is_variadic and len(rule.pull or rule.locals) == 1 else MOST_INPUTS)
    formulas = [derivative_latex(rule, place, {}) for place in places if rule.local_of(place) or rule.pull_of(place)]
    if formulas:
        yield "```math\n" + " \\qquad ".join(formulas) + "\n```\n"
    yield f"{rule.sentence}\n"


def _words(rule: Rule) -> Iterator[str]:
    for expression in (*rule.pull, *rule.locals):
        if expression:
            yield from functions_in(expression)


def _sample(name: str) -> str:
    return WORDS[name].text.format("x", "y", "w")


def main() -> int:
    """Write the document."""
    DOCUMENT.write_text(document(), encoding="utf-8")
    print(f"{DOCUMENT.name}: {len(RULES)} rules")
    return 0


if __name__ == "__main__":
    sys.exit(main())
