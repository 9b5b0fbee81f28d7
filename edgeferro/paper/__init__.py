"""The reference paper's comparison of pulse widths and update rules."""

__all__: list[str] = []  # a room of the house: its modules may change
