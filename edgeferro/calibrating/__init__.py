"""``edgeferro calibrate``: symmetry points found, shifted to, and judged."""

__all__: list[str] = []  # a room of the house: its modules may change
