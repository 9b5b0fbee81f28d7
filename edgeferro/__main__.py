"""``python -m edgeferro``: the command line."""

from edgeferro.cli.commands import main

__all__: list[str] = []

main()
