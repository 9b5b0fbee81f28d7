"""The command line's way out: whatever is refused is one line and an exit code."""

from __future__ import annotations

import sys
from typing import Any, Final

import typer

from edgeferro.cli.commands import app
from edgeferro.errors import EdgeferroError, StateError
from edgeferro.terminal import plain

__all__ = ["main"]

# How typer and click say what a value is not, and how this package says it.
_KINDS: Final = {
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_parsing": "a number",
    "bool_parsing": "yes or no",
    "is not a valid integer": "a whole number",
    "is not a valid int": "a whole number",
    "is not a valid float": "a number",
    "is not a valid boolean": "yes or no",
}


def _name(parameter: Any) -> str:
    """How the user writes an option, or what the help calls an argument."""
    if parameter.param_type_name == "option":
        return str(max(parameter.opts, key=len))
    return str(parameter.metavar or parameter.name).upper()


def _value_line(message: str, cause: BaseException | None) -> str:
    """What is wrong with a value: the value, and what it is not."""
    details: list[dict[str, Any]] = getattr(cause, "errors", list)()
    for detail in details:
        if detail.get("type") in _KINDS:
            return f"{detail['input']!r} is not {_KINDS[detail['type']]}"
    for words, kind in _KINDS.items():
        value, found, _ = message.partition(words)
        if found:
            return f"{value}is not {kind}"
    return message.rstrip(".")


def usage_line(error: Any) -> str:
    """Say in one line what typer refused: the option, then the reason.

    Args:
        error: of typer's or click's, with ``format_message``.
    """
    parameter = getattr(error, "param", None)
    if parameter is None:
        text = error.format_message()
    elif not error.message:
        asked = f"; see {error.ctx.command_path} --help" if error.ctx else ""
        text = f"{_name(parameter)}: missing{asked}"
    else:
        text = f"{_name(parameter)}: {_value_line(error.message, error.__cause__)}"
    return " ".join(text.split())


def _say(text: str) -> None:
    typer.echo(f"edgeferro: {plain(text)}", err=True)


def _any_console() -> None:
    """Write what a console can't show as an escape, rather than fail at it."""
    for stream in (sys.stdout, sys.stderr):
        change = getattr(stream, "reconfigure", None)  # not in a test's StringIO
        if change is not None:
            change(errors="backslashreplace")


def main() -> None:
    """Run the command line; errors become one line and an exit code."""
    _any_console()
    try:
        app(standalone_mode=False)
    except typer.Exit as stop:
        sys.exit(stop.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        _say("stopped")
        sys.exit(1)
    except EdgeferroError as error:
        _say(" ".join(str(error).split("\n")))
        sys.exit(1 if isinstance(error, StateError) else 2)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        _say(f"{place}{error.strerror or error}")
        sys.exit(2)
    except Exception as error:
        # typer raises click's errors, some versions its own copies of them: there is no
        # one class to name here, but all of them know how to say what is wrong.
        if not hasattr(error, "format_message"):
            raise
        if type(error).__name__ != "NoArgsIsHelpError":  # its help has been shown
            _say(usage_line(error))
        sys.exit(2)
