"""``edgeferro calibrate``: symmetry points found, shifted to, and judged."""
