"""What comes back at the next start: window, theme, recent files, and the lesson with what was not saved."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

MOST_RECENT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLesson:
    """A lesson as it stood when the program was left."""

    text: str
    saved_text: str
    name: str
    path: str | None


class Session:
    """Reads and writes the settings file (INI, in the platform's place)."""

    def __init__(self, settings: QSettings | None = None) -> None:
        scope = QSettings.Scope.UserScope
        self._settings = settings or QSettings(QSettings.Format.IniFormat, scope, "tapeviz", "tapeviz")

    def keep_lesson(self, lesson: KeptLesson) -> None:
        """Keep the lesson, so that nothing typed is lost whatever happens next."""
        self._settings.beginGroup("lesson")
        self._settings.setValue("text", lesson.text)
        self._settings.setValue("saved_text", lesson.saved_text)
        self._settings.setValue("name", lesson.name)
        self._settings.setValue("path", lesson.path or "")
        self._settings.endGroup()
        self._settings.sync()

    def kept_lesson(self) -> KeptLesson | None:
        """The lesson of the last session, or None."""
        text = self._text("lesson/text")
        if not text.strip():
            return None
        return KeptLesson(
            text=text,
            saved_text=self._text("lesson/saved_text"),
            name=self._text("lesson/name") or "untitled.py",
            path=self._text("lesson/path") or None,
        )

    def _text(self, key: str) -> str:
        return str(self._settings.value(key, "") or "")

    def add_recent(self, path: str) -> None:
        """Put a file at the head of the recent ones."""
        others = [other for other in self.recent() if other != path]
        self._settings.setValue("recent", [path, *others][:MOST_RECENT])

    def recent(self) -> list[str]:
        """The recent files that are still there, newest first."""
        kept = self._settings.value("recent", [])
        paths = [kept] if isinstance(kept, str) else [str(path) for path in kept] if isinstance(kept, list) else []
        return [path for path in paths if Path(path).is_file()]

    def clear_recent(self) -> None:
        """Forget the recent files."""
        self._settings.remove("recent")

    def keep_window(self, geometry: QByteArray, splitter: QByteArray, theme: str) -> None:
        """Keep how the window stood."""
        self._settings.setValue("window/geometry", geometry)
        self._settings.setValue("window/splitter", splitter)
        self._settings.setValue("window/theme", theme)
        self._settings.sync()

    def window(self) -> tuple[QByteArray | None, QByteArray | None, str]:
        """Geometry, splitter and theme of the last session."""
        geometry, splitter = self._settings.value("window/geometry"), self._settings.value("window/splitter")
        return (
            geometry if isinstance(geometry, QByteArray) else None,
            splitter if isinstance(splitter, QByteArray) else None,
            self._text("window/theme"),
        )
