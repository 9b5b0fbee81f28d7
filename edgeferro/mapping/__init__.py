"""From a float network and a chip file to the chip's configuration and contents."""

__all__: list[str] = []  # a room of the house: its modules may change
