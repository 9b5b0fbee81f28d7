"""The command line."""

from edgeferro.cli.commands import app
from edgeferro.cli.refusals import main

__all__ = ["app", "main"]
