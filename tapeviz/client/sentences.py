"""What a person is told when a run or a worker comes to an unusual end."""

from __future__ import annotations

import signal
from pathlib import Path

from tapeviz.model.recording import EndedBy
from tapeviz.protocol.requests import RunLesson

RESTARTED = "A fresh engine has taken over; the next run can begin."
RACE_KILLED = (
    "The race did not heed being ended, so its process was ended. "
    "The recording stays as it is; run the lesson again to descend on it."
)

_SIGNALS = {
    "SIGSEGV": "A segmentation fault in native code ended the Python process",
    "SIGBUS": "A bus error in native code ended the Python process",
    "SIGABRT": "Native code aborted the Python process (SIGABRT)",
    "SIGFPE": "An arithmetic fault in native code ended the Python process (SIGFPE)",
    "SIGILL": "An instruction that this processor lacks ended the Python process (SIGILL)",
    "SIGKILL": "The operating system killed the Python process (SIGKILL), most often because memory ran out",
}
_WINDOWS_STATUS = {
    0xC0000005: _SIGNALS["SIGSEGV"],
    0xC0000017: "Windows ended the Python process because memory ran out",
    0xC000001D: _SIGNALS["SIGILL"],
    0xC00000FD: "A stack overflow ended the Python process",
    0xC0000409: "Native code aborted the Python process",
}


def stopped(ended_by: EndedBy, request: RunLesson) -> str:
    """Say that a run was stopped and what it recorded is kept."""
    return f"The lesson was stopped{_limit_passed(ended_by, request)}. What it recorded until then is kept."


def killed(ended_by: EndedBy, request: RunLesson) -> str:
    """Say that a run had to be ended by force."""
    passed = _limit_passed(ended_by, request)
    return f"The lesson did not heed being stopped{passed}, so its process was ended. What this run recorded is lost."


def died(exit_code: int, request: RunLesson | None, line: int | None) -> str:
    """Say how a worker ended on its own account.

    Parameters
    ----------
    exit_code : int
        As ``subprocess.Popen.returncode``: negative for a signal on POSIX, an NTSTATUS on Windows.
    request : RunLesson or None
        The lesson that was running.
    line : int or None
        The line of the lesson at which it happened.
    """
    place = f" at line {line} of {Path(request.name).name}" if request and line else ""
    loss = " What this run recorded is lost." if request else ""
    return f"{_death(exit_code, has_run=request is not None)}{place}.{loss}"


def failed(exit_code: int, complaint: str) -> str:
    """Say that no worker can be started, with the last thing that one said."""
    lines = complaint.strip().splitlines()
    reason = lines[-1] if lines else _death(exit_code, has_run=False)
    return f"The engine cannot be started: {reason.rstrip('.')}. Run `tapeviz doctor` to see what is missing."


def _limit_passed(ended_by: EndedBy, request: RunLesson) -> str:
    if ended_by == "timeout":
        return f" at its time limit of {request.timeout:g} s"
    if ended_by == "memory":
        return f" at its memory limit of {request.memory_limit} MiB"
    return ""


def _death(exit_code: int, *, has_run: bool) -> str:
    if exit_code < 0:
        names = {entry.value: entry.name for entry in signal.Signals}
        name = names.get(-exit_code, f"signal {-exit_code}")
        return _SIGNALS.get(name, f"The Python process was ended by {name}")
    if sentence := _WINDOWS_STATUS.get(exit_code):
        return sentence
    if has_run:
        return f"The lesson ended the Python process (os._exit({exit_code}))"
    return f"The Python process ended (exit code {exit_code})"
