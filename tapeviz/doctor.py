"""Whether everything tapeviz needs is there, and the command that mends what is not."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from tapeviz.storage.library import find_lesson, shipped_lessons
from tapeviz.storage.resources import resource_path

PYTHON_VERSIONS = ((3, 11), (3, 13))
TENSORFLOW_SERIES = (2, 21)
QT_SERIES = (6, 11)
_TENSORFLOW_FLAVOURS = ("tensorflow", "tensorflow-cpu", "tensorflow-intel", "tensorflow-macos", "tf-nightly")
_INSTALL_TENSORFLOW = "python -m pip install 'tensorflow>=2.21,<2.22'"
_INSTALL_QT = "python -m pip install 'PySide6-Essentials>=6.11,<6.12'"
_LIBRARIES = {
    "contourpy": "contourpy",
    "graphlay": "graphlay",
    "matplotlib": "matplotlib",
    "msgspec": "msgspec",
    "networkx": "networkx",
    "numpy": "numpy",
    "psutil": "psutil",
    "pyflakes": "pyflakes",
    "pygments": "Pygments",
    "superqt": "superqt",
    "sympy": "sympy",
    "tomlkit": "tomlkit",
    "ziamath": "ziamath",
}
_DEBIAN_PACKAGES = (
    "libegl1 libgl1 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 "
    "libxcb-render-util0 libxcb-shape0 libxcb-sync1 libxcb-xfixes0 libxcb-xkb1 libdbus-1-3 libfontconfig1 libglib2.0-0"
)
_INSTALL_LIBRARIES = f"sudo apt-get install -y {_DEBIAN_PACKAGES}"
_REINSTALL = "python -m pip install --force-reinstall --no-deps tapeviz"
_START_QT = "import sys; from PySide6.QtGui import QGuiApplication; QGuiApplication(sys.argv[:1])"
_QT_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at: what it is, what was found, and (if it is a problem) the mend."""

    subject: str
    found: str
    is_problem: bool = False
    mend: str = ""


def findings() -> tuple[Finding, ...]:
    """Look at everything. A child process imports TensorFlow and records a lesson, so this takes some seconds."""
    checks: tuple[Callable[[], Finding], ...] = (
        check_python,
        check_tensorflow,
        check_recording_works,
        check_qt,
        check_display,
        check_libraries,
        check_resources,
    )
    return tuple(check() for check in checks)


def check_python() -> Finding:
    """Whether this Python is one that TensorFlow has wheels for."""
    version = ".".join(map(str, sys.version_info[:3]))
    low, high = PYTHON_VERSIONS
    if low <= sys.version_info[:2] <= high:
        return Finding(subject="Python", found=version)
    return Finding(
        subject="Python",
        found=f"{version}; tapeviz runs on {_dotted(low)} to {_dotted(high)}",
        is_problem=True,
        mend=f"install Python {_dotted(high)} and make a new environment with it",
    )


def check_tensorflow(version_of: Callable[[str], str | None] | None = None) -> Finding:
    """Whether one TensorFlow of the right series is installed, and only one."""
    look_up = version_of or _version
    installed = {flavour: version for flavour in _TENSORFLOW_FLAVOURS if (version := look_up(flavour))}
    found = ", ".join(f"{flavour} {version}" for flavour, version in installed.items())
    # `tensorflow` on Windows is an empty shell around tensorflow-intel.
    if len(installed) > 1 and set(installed) != {"tensorflow", "tensorflow-intel"}:
        return Finding(
            subject="TensorFlow",
            found=f"{found}: they overwrite each other's files",
            is_problem=True,
            mend=f"python -m pip uninstall -y {' '.join(installed)} && {_INSTALL_TENSORFLOW}",
        )
    if not installed:
        return Finding(subject="TensorFlow", found="not installed", is_problem=True, mend=_INSTALL_TENSORFLOW)
    if any(_series(version) != TENSORFLOW_SERIES for version in installed.values()):
        return Finding(
            subject="TensorFlow",
            found=f"{found}; tapeviz reads the tape of {_dotted(TENSORFLOW_SERIES)}",
            is_problem=True,
            mend=_INSTALL_TENSORFLOW,
        )
    return Finding(subject="TensorFlow", found=found)


def check_recording_works() -> Finding:
    """Whether the first lesson can be recorded by a worker process and its gradient comes out checked."""
    from tapeviz.client import run_once
    from tapeviz.protocol.requests import RunLesson

    lesson = find_lesson("1")
    if lesson is None:
        return Finding(subject="Recording", found="the first lesson is missing", is_problem=True, mend=_REINSTALL)
    recording = run_once(RunLesson(generation=1, name=lesson.path.name, text=lesson.text))
    if recording.errors:
        return Finding(
            subject="Recording", found=recording.errors[0].message, is_problem=True, mend=_INSTALL_TENSORFLOW
        )
    if not recording.gradient_calls or not all(call.checked for call in recording.gradient_calls):
        found = "the first lesson ran, but what the tape did could not be followed"
        return Finding(subject="Recording", found=found, is_problem=True, mend=_INSTALL_TENSORFLOW)
    return Finding(subject="Recording", found=f"the first lesson: {len(recording.ops)} ops, its gradient checked")


def check_qt(version_of: Callable[[str], str | None] | None = None) -> Finding:
    """Whether the Qt that is installed is one that does not crash."""
    look_up = version_of or _version
    version = look_up("PySide6-Essentials") or look_up("PySide6")
    if version is None:
        return Finding(subject="Qt", found="PySide6 is not installed", is_problem=True, mend=_INSTALL_QT)
    if _series(version) >= (6, 12) and sys.version_info < (3, 12):
        found = f"PySide6 {version} crashes on Python 3.10 and 3.11 after some thousands of calls"
        return Finding(subject="Qt", found=found, is_problem=True, mend=_INSTALL_QT)
    if _series(version) != QT_SERIES:
        found = f"PySide6 {version}; tapeviz is made for {_dotted(QT_SERIES)}"
        return Finding(subject="Qt", found=found, is_problem=True, mend=_INSTALL_QT)
    return Finding(subject="Qt", found=f"PySide6 {version}")


def check_display() -> Finding:
    """Whether Qt can open a window here; tried in a child process, because Qt aborts where it cannot."""
    if problem := window_problem():
        return Finding(subject="Display", found=problem, is_problem=not problem.startswith("there is no display"))
    try:
        child = subprocess.run(
            [sys.executable, "-c", _START_QT], capture_output=True, text=True, timeout=_QT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return Finding(subject="Display", found="Qt does not start: it waits for something", is_problem=True)
    if child.returncode:
        said = " ".join(child.stderr.split())[-300:]
        return Finding(subject="Display", found=f"Qt does not start: {said}", is_problem=True, mend=_INSTALL_LIBRARIES)
    return Finding(subject="Display", found=f"Qt starts ({os.environ.get('QT_QPA_PLATFORM') or 'its own choice'})")


def check_libraries() -> Finding:
    """Whether the other libraries can be imported."""
    missing = [package for module, package in _LIBRARIES.items() if find_spec(module) is None]
    if missing:
        mend = f"python -m pip install {' '.join(missing)}"
        return Finding(subject="Libraries", found=f"missing: {', '.join(missing)}", is_problem=True, mend=mend)
    return Finding(subject="Libraries", found=f"all {len(_LIBRARIES)} are there")


def check_resources() -> Finding:
    """Whether lessons, fonts, icons and themes lie where they belong."""
    empty = [name for name in ("lessons", "fonts", "icons", "themes") if not any(resource_path(name).glob("*"))]
    if empty:
        return Finding(subject="Resources", found=f"missing: {', '.join(empty)}", is_problem=True, mend=_REINSTALL)
    return Finding(subject="Resources", found=f"{len(shipped_lessons())} lessons, fonts, icons, themes")


def window_problem() -> str | None:
    """Say in a sentence why no window can be opened here, or None; quick enough to ask at every start."""
    if find_spec("PySide6") is None:
        return f"the window needs PySide6; install it with: {_INSTALL_QT}"
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    if sys.platform != "linux" or (platform and not platform.startswith("xcb")):
        return None
    if not (platform or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return "there is no display to open a window on; `tapeviz record` and `tapeviz render` need none."
    if missing := _missing_library():
        return f"Qt misses the system library {missing}; on Debian and Ubuntu: {_INSTALL_LIBRARIES}"
    return None


def _missing_library() -> str | None:
    """Load Qt's plugin for X11 as Qt would, and name the first system library that it misses."""
    plugin = _qt_folder() / "Qt" / "plugins" / "platforms" / "libqxcb.so"
    if not plugin.exists():
        return None
    try:
        ctypes.CDLL(str(plugin))
    except OSError as error:
        return str(error).split(":")[0]
    return None


def _qt_folder() -> Path:
    spec = find_spec("PySide6")
    if spec is None or spec.origin is None:
        return Path()
    return Path(spec.origin).parent


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _series(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())


def _dotted(series: tuple[int, ...]) -> str:
    return ".".join(map(str, series))
