"""The command line."""

from edgeferro.cli.commands import app, main

__all__ = ["app", "main"]
