"""The command line inside the test's own process: what it printed and how it ended."""

from __future__ import annotations

import contextlib
import io
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from edgeferro.cli import main


@dataclass(frozen=True)
class Done:
    """How a command ended; the names are those of a finished process."""

    returncode: int
    stdout: str
    stderr: str


def call(*arguments: object, cwd: Path | None = None) -> Done:
    """Run `edgeferro` with arguments, in a folder if one is given.

    A refusal takes milliseconds this way, a new process takes a second. An exception
    that is no refusal is not caught: it is the test's failure, with its traceback.
    """
    out, err, code = io.StringIO(), io.StringIO(), 0
    line = ["edgeferro", *map(str, arguments)]
    with (
        mock.patch.object(sys, "argv", line),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        contextlib.chdir(cwd or Path.cwd()),
    ):
        try:
            main()
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
    return Done(code, out.getvalue(), err.getvalue())
