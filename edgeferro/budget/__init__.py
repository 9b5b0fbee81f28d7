"""The energy budget: from counted events to battery days and tissue degrees."""
