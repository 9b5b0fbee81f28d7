"""How far a mean over few seeds and subjects can be trusted."""

__all__: list[str] = []  # a room of the house: its modules may change
