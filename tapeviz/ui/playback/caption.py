"""The sentence under the picture."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from tapeviz.model.descent_words import descent_caption
from tapeviz.model.explain import caption
from tapeviz.model.explanation import Caption
from tapeviz.model.path_state import shown_path
from tapeviz.model.path_words import path_caption
from tapeviz.model.state import AppState
from tapeviz.paint.theme import tone_colour
from tapeviz.ui.theme import Dress, dress_of


class CaptionBar(QWidget):
    """Says what happens in this step, with the numbers in it, and announces it to screen readers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._heading = QLabel()
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._heading.setAccessibleName(self.tr("Step"))
        self._text.setAccessibleName(self.tr("What happens in this step"))
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 8, 24, 2)
        row.setSpacing(18)
        row.addWidget(self._heading, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._text, 1, Qt.AlignmentFlag.AlignVCenter)
        self._shown: tuple[Caption, Dress] | None = None

    @property
    def text(self) -> str:
        """The sentence that is shown."""
        return self._text.text()

    @property
    def heading(self) -> str:
        """Which step it is."""
        return self._heading.text()

    def apply(self, old: AppState | None, new: AppState) -> None:
        """Show the caption of the playhead."""
        is_same = old is not None and old.shown is new.shown and old.playhead == new.playhead
        is_same = is_same and old is not None and old.selection == new.selection and old.descent is new.descent
        if is_same and old is not None and old.graph is new.graph and old.view is new.view and self._shown:
            return
        is_running = new.view.tab == "descent" and new.descent.is_running
        self._show(_caption_of(new), dress_of(new.view), is_announced=not is_running)

    def _show(self, words: Caption, dress: Dress, *, is_announced: bool) -> None:
        if self._shown == (words, dress):
            return
        self._shown = (words, dress)
        theme = dress.theme
        colour = tone_colour(words.tone, theme)
        pixels = dress.px(self._pixels(words.text, dress))
        _restyle(self._heading, f"font-size: {dress.px(15)}px; font-weight: 700; color: {colour};")
        _restyle(self._text, f"font-size: {pixels}px; color: {theme.ink};")
        self._text.setMinimumHeight(dress.px(48))
        self._heading.setText(words.heading)
        self._text.setText(words.text)
        if is_announced:
            # Of a race that runs only where it stops is said: thirty sentences a second are heard by nobody.
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._text, f"{words.heading}. {words.text}"))

    def _pixels(self, text: str, dress: Dress) -> int:
        """The caption's 19 px, a little less where a long sentence would take more than two lines."""
        per_line = max(self._text.width(), 400) / (19 * 0.52 * dress.scale)
        return 19 if len(text) <= 1.85 * per_line else 16


def _restyle(label: QLabel, sheet: str) -> None:
    """Set a style sheet only where it differs: Qt lays the whole row out anew for it."""
    if label.styleSheet() != sheet:
        label.setStyleSheet(sheet)


def _caption_of(state: AppState) -> Caption:
    if state.view.tab == "descent":
        return descent_caption(state)
    if state.shown is None or state.graph is None or state.timeline is None:
        return Caption(heading="", text="", tone="muted")
    path = shown_path(state)
    if path is not None:
        return path_caption(state.graph, *path)
    return caption(state.shown, state.graph, state.timeline, state.playhead)
