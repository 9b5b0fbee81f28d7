"""Tests run again and again, each time in a process that has the libraries loaded.

As a script it reads a line of JSON for each run: folders to import from, and arguments
of pytest. It forks, so that nothing of one run is seen by the next, and answers with a
line of JSON: the exit code and what was printed.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Any, Final

__all__ = ["Runner"]

LIBRARIES: Final = (
    "cffi hypothesis matplotlib.backends.backend_agg matplotlib.figure numpy pydantic "
    "pytest rich.console rich.table rich.progress scipy.optimize"
).split()


class Runner:
    """One process that forks for each run."""

    def __init__(self) -> None:
        env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        # a fork has one thread only: no pool of a library may be waiting for more
        env |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-B", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=env,
        )

    def run(self, folders: list[Path], arguments: list[str]) -> tuple[int, str]:
        """Run pytest with folders in front of all others; its code and its words."""
        sent, answers = self._process.stdin, self._process.stdout
        assert sent is not None
        assert answers is not None
        sent.write(json.dumps([list(map(str, folders)), arguments]) + "\n")
        sent.flush()
        code, text = json.loads(answers.readline())
        return code, text

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def _child(folders: list[str], arguments: list[str], printed: IO[Any]) -> None:
    """One run, in a fork: it never comes back."""
    code = 99
    try:
        for stream in (1, 2):
            os.dup2(printed.fileno(), stream)
        sys.path[:0] = folders
        code = int(importlib.import_module("pytest").main(arguments))
        sys.stdout.flush()
    finally:
        os._exit(code)


def _serve() -> None:
    """Load the libraries, then fork for each line until there are no more."""
    for name in LIBRARIES:
        importlib.import_module(name)
    for request in sys.stdin:
        folders, arguments = json.loads(request)
        with tempfile.TemporaryFile() as printed:
            child = os.fork()
            if 0 == child:
                _child(folders, arguments, printed)
            _, status = os.waitpid(child, 0)
            printed.seek(0)
            text = printed.read().decode(errors="replace")
        print(json.dumps([os.waitstatus_to_exitcode(status), text]), flush=True)


if __name__ == "__main__":
    _serve()
