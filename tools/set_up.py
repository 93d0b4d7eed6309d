"""Make ``.venv`` with everything that is pinned, from nothing but Python, and see to Qt's system libraries.

usage: python3 tools/set_up.py [--tests]

With --tests the virtual screen that the tests need is seen to as well. As root on Debian or Ubuntu, missing system
packages are installed; an ordinary user is told the command. Only the standard library is used here: this runs before
anything else is there.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "ready"
LOCK = ROOT / "requirements.lock"
OLDEST, NEWEST = (3, 11), (3, 13)

LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
}
TEST_PROGRAMS = {"Xvfb": "xvfb", "xvfb-run": "xvfb", "xauth": "xauth"}


def main() -> int:
    """Set everything up; do nothing where it is up to date."""
    python = find_python()
    if python is None:
        return fail("tapeviz needs Python 3.11, 3.12 or 3.13, and none was found on the PATH; install one of them.")
    if not see_to_packages(missing_packages(TEST_PROGRAMS if "--tests" in sys.argv else {})):
        return 1
    if STAMP.is_file() and STAMP.read_text() == fingerprint(python):
        return 0
    if VENV.exists():
        shutil.rmtree(VENV)
    run(python, "-m", "venv", str(VENV))
    inside = str(VENV / "bin" / "python")
    run(inside, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "-r", str(LOCK))
    run(inside, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    STAMP.write_text(fingerprint(python))
    return 0


def find_python() -> str | None:
    """The first suitable interpreter: this one, or one that the PATH names by its version."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return sys.executable
    names = [f"python3.{minor}" for minor in range(OLDEST[1], NEWEST[1] + 1)]
    return next((found for name in names if (found := shutil.which(name))), None)


def fingerprint(python: str) -> str:
    """What the environment was made from."""
    digest = hashlib.sha256(LOCK.read_bytes() + (ROOT / "pyproject.toml").read_bytes())
    return f"{python} {digest.hexdigest()}"


def missing_packages(programs: dict[str, str]) -> list[str]:
    """The Debian packages that are not here but needed; none are known on other systems."""
    if sys.platform != "linux":
        return []
    missing = {package for library, package in LIBRARIES.items() if not can_load(library)}
    missing |= {package for program, package in programs.items() if shutil.which(program) is None}
    if importlib.util.find_spec("ensurepip") is None:
        missing.add("python3-venv")
    return sorted(missing)


def can_load(library: str) -> bool:
    """Whether the loader finds a shared library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def see_to_packages(missing: list[str]) -> bool:
    """Install what is missing where that is allowed, or name the command; only Python itself is indispensable."""
    if not missing:
        return True
    command = f"apt-get install -y --no-install-recommends {' '.join(missing)}"
    if shutil.which("apt-get") and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=False, env=environment)
        return subprocess.run([*command.split(), "-qq"], check=False, env=environment).returncode == 0
    print(
        f"These system packages are missing: {', '.join(missing)}. Install them with:\n    sudo {command}",
        file=sys.stderr,
    )
    return False


def run(*command: str) -> None:
    """Run a command; a failure ends the set-up with its own words."""
    outcome = subprocess.run(command, check=False)
    if outcome.returncode:
        raise SystemExit(fail(f"Setting up failed at: {' '.join(command)}"))


def fail(sentence: str) -> int:
    """Say what is wrong."""
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
