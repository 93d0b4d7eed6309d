"""The ``tapeviz`` command: the window, or one of the subcommands that need none.

Exit status: 0 done; 1 the lesson failed; 2 wrong arguments or an unreadable file; 3 stopped by a limit. What went
wrong is one sentence on standard error.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tapeviz.commandline.arguments import parser
from tapeviz.commandline.status import DONE, LESSON_FAILED, WRONG_USE, CommandError, say
from tapeviz.storage.problems import UnreadableFile, UnwritableFile
from tapeviz.worker import serve_if_worker


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line asks.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments after the program's name; by default those of this process.

    Returns
    -------
    int
        The exit status.
    """
    multiprocessing.freeze_support()
    serve_if_worker()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        return _run(list(sys.argv[1:] if argv is None else argv))
    except CommandError as error:
        say(str(error))
        return error.status
    except (UnreadableFile, UnwritableFile) as error:
        say(str(error))
        return WRONG_USE
    except KeyboardInterrupt:
        say("interrupted.")
        return LESSON_FAILED
    except BrokenPipeError:
        # The reader of our output has gone (`tapeviz inspect … | head`); Python must not complain about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else DONE
    except Exception as fault:
        if os.environ.get("TAPEVIZ_DEBUG"):
            raise
        what = f"{type(fault).__name__}: {fault}".splitlines()[0]
        say(f"a fault of tapeviz's own stopped it ({what}); set TAPEVIZ_DEBUG=1 to see where, and report it.")
        return LESSON_FAILED


def _run(words: list[str]) -> int:
    top, names = parser()
    if not words or not (words[0] in names or words[0].startswith("-")):
        return _open_window(words)
    arguments = top.parse_args(words)
    status = _dispatch(arguments)
    sys.stdout.flush()
    return status


def _dispatch(arguments: argparse.Namespace) -> int:
    # Imported where they are needed: each brings in libraries that the others do without.
    match arguments.command:
        case "record":
            from tapeviz.commandline.record import record

            return record(arguments)
        case "inspect":
            from tapeviz.commandline.inspect import inspect

            return inspect(arguments)
        case "render":
            from tapeviz.commandline.render import render

            return render(arguments)
        case "descend":
            from tapeviz.commandline.descend import descend

            return descend(arguments)
        case "lessons":
            from tapeviz.commandline.lessons import lessons

            return lessons(arguments)
        case "doctor":
            from tapeviz.commandline.doctor import doctor

            return doctor()
    return _open_window([])


def _open_window(words: list[str]) -> int:
    if len(words) > 1:
        raise CommandError(f"one file can be opened at a time, and {words[0]!r} is no command; see `tapeviz --help`.")
    path = Path(words[0]) if words else None
    if path is not None and not path.is_file():
        raise CommandError(f"there is no file {str(path)!r}, and no command of that name; see `tapeviz --help`.")
    from tapeviz.doctor import window_problem

    if problem := window_problem():
        raise CommandError(problem, LESSON_FAILED)
    from tapeviz.app import open_window

    return open_window(path)


if __name__ == "__main__":
    sys.exit(main())
