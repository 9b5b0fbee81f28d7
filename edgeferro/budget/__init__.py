"""The energy budget: from counted events to battery days and tissue degrees."""

__all__: list[str] = []  # a room of the house: its modules may change
