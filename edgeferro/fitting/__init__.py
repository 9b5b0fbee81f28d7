"""Devices from measurement: read a file, find the branches, fit kernels, write."""

__all__: list[str] = []  # a room of the house: its modules may change
