"""The two typefaces, shipped with the program so that pictures are the same on every machine."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtGui import QFont, QFontDatabase

from tapeviz.storage.resources import resource_path

SANS = "Inter"
MONO = "JetBrains Mono"


@lru_cache(maxsize=1)
def load_fonts() -> tuple[str, ...]:
    """Register the shipped fonts with Qt, once; needs a QGuiApplication.

    Returns
    -------
    tuple of str
        The families that were registered.

    Raises
    ------
    FileNotFoundError
        Where a font file is missing or damaged: the installation is incomplete.
    """
    families: dict[str, None] = {}
    for path in sorted(resource_path("fonts").glob("*.[ot]tf")):
        number = QFontDatabase.addApplicationFont(str(path))
        if number < 0:
            raise FileNotFoundError(f"The font {path.name} cannot be read; install tapeviz again.")
        families.update(dict.fromkeys(QFontDatabase.applicationFontFamilies(number)))
    if SANS not in families or MONO not in families:
        raise FileNotFoundError(f"The fonts {SANS} and {MONO} are missing; install tapeviz again.")
    return tuple(families)


@lru_cache(maxsize=64)
def font(family: str, size: float, weight: int = 400) -> QFont:
    """Give a font of `size` pixels; `weight` from 400 (regular) to 700 (bold)."""
    # A sign that one typeface lacks comes from the other, never from a font that some other machine may not have.
    made = QFont([family, SANS if family == MONO else MONO])
    made.setPixelSize(max(1, round(size)))
    made.setWeight(QFont.Weight(weight))
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made
