"""``python -m edgeferro``: the command line."""

from edgeferro.cli import main

main()
