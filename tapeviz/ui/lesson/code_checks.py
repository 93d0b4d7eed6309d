"""What can be said against a script before it runs."""

from __future__ import annotations

from dataclasses import dataclass

from pyflakes import checker, messages

from tapeviz.model.script_pieces import python_tree


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeMark:
    """A wavy line under a piece of the script: lines from 1, columns from 0, the end exclusive."""

    line: int
    column: int
    end_column: int
    message: str


def check_code(text: str) -> tuple[CodeMark, ...]:
    """Look for names that are not defined, imports that are not used, and what is no Python."""
    lines = text.split("\n")
    try:
        tree = python_tree(text)
    except SyntaxError as error:
        line = min(error.lineno or 1, len(lines))
        column = max((error.offset or 1) - 1, 0)
        return (_mark(lines, line, column, f"Line {line} is not yet Python: {error.msg}."),)
    found = sorted(checker.Checker(tree, filename="lesson").messages, key=lambda message: (message.lineno, message.col))
    return tuple(_mark(lines, item.lineno, item.col, _sentence(item)) for item in found)


def _mark(lines: list[str], line: int, column: int, message: str) -> CodeMark:
    code = lines[line - 1]
    column = min(column, max(len(code.rstrip()) - 1, 0))
    end = column
    while end < len(code) and (code[end].isalnum() or code[end] in "_."):
        end += 1
    return CodeMark(line=line, column=column, end_column=max(end, column + 1), message=message)


def _sentence(item: messages.Message) -> str:
    text = str(item.message % item.message_args)
    return f"{text[:1].upper()}{text[1:]}."
