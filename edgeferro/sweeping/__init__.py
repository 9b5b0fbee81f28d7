"""Many runs over a grid of chips, side by side, into one table."""

__all__: list[str] = []  # a room of the house: its modules may change
