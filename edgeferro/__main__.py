"""``python -m edgeferro``: the command line."""

from edgeferro.cli.commands import main

main()
