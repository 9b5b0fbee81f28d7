"""``python -m edgeferro``: the command line."""

from edgeferro.cli import main

__all__: list[str] = []

main()
