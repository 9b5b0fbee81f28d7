"""The reference paper's comparison of pulse widths and update rules."""
