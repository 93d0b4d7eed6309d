"""The keys of a Python editor: indenting, going on with the same indent, and comments."""

from __future__ import annotations

from PySide6.QtGui import QTextBlock, QTextCursor

INDENT = "    "
_OPENING = "([{"


def break_line(cursor: QTextCursor) -> None:
    """Begin a new line with the indent that Python expects there."""
    before = cursor.block().text()[: cursor.positionInBlock()]
    indent = before[: len(before) - len(before.lstrip())]
    stripped = before.split("#", 1)[0].rstrip()
    if stripped.endswith((":", *_OPENING)):
        indent += INDENT
    elif stripped.lstrip().startswith(("return", "pass", "break", "continue", "raise")):
        indent = indent.removesuffix(INDENT)
    cursor.insertText(f"\n{indent}")


def indent_lines(cursor: QTextCursor) -> None:
    """Indent the selected lines; without a selection go to the next tab stop."""
    if not cursor.hasSelection():
        cursor.insertText(" " * (len(INDENT) - cursor.positionInBlock() % len(INDENT)))
        return
    cursor.beginEditBlock()
    for block in _blocks(cursor):
        if block.text().strip():
            QTextCursor(block).insertText(INDENT)
    cursor.endEditBlock()


def dedent_lines(cursor: QTextCursor) -> None:
    """Take one indent away from the selected lines, or from the line of the cursor."""
    cursor.beginEditBlock()
    for block in _blocks(cursor):
        text = block.text()
        _delete(block, 0, min(len(INDENT), len(text) - len(text.lstrip(" "))))
    cursor.endEditBlock()


def delete_back(cursor: QTextCursor) -> bool:
    """Delete back to the tab stop where only spaces stand before the cursor; say whether that was so."""
    before = cursor.block().text()[: cursor.positionInBlock()]
    if cursor.hasSelection() or not before or before.strip():
        return False
    width = len(before) % len(INDENT) or len(INDENT)
    cursor.movePosition(QTextCursor.MoveOperation.Left, QTextCursor.MoveMode.KeepAnchor, width)
    cursor.removeSelectedText()
    return True


def toggle_comments(cursor: QTextCursor) -> None:
    """Turn the selected lines into comments, or back where all of them are."""
    blocks = [block for block in _blocks(cursor) if block.text().strip()]
    is_commented = all(block.text().lstrip().startswith("#") for block in blocks)
    column = min((len(block.text()) - len(block.text().lstrip()) for block in blocks), default=0)
    cursor.beginEditBlock()
    for block in blocks:
        text = block.text()
        if is_commented:
            at = text.index("#")
            _delete(block, at, 2 if text[at + 1 : at + 2] == " " else 1)
        else:
            inserter = QTextCursor(block)
            inserter.setPosition(block.position() + column)
            inserter.insertText("# ")
    cursor.endEditBlock()


def _blocks(cursor: QTextCursor) -> list[QTextBlock]:
    document = cursor.document()
    first = document.findBlock(cursor.selectionStart())
    last = document.findBlock(cursor.selectionEnd())
    is_at_start = cursor.hasSelection() and cursor.selectionEnd() == last.position() and last != first
    numbers = range(first.blockNumber(), last.blockNumber() + (0 if is_at_start else 1))
    return [document.findBlockByNumber(number) for number in numbers]


def _delete(block: QTextBlock, column: int, length: int) -> None:
    remover = QTextCursor(block)
    remover.setPosition(block.position() + column)
    remover.setPosition(block.position() + column + length, QTextCursor.MoveMode.KeepAnchor)
    remover.removeSelectedText()
