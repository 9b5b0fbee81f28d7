"""``edgeferro train``: a chip learns a task, sample by sample, and is measured."""

__all__: list[str] = []  # a room of the house: its modules may change
