"""What is around the chip: batteries, implants, and the other parts of a product."""

__all__: list[str] = []  # a room of the house: its modules may change
