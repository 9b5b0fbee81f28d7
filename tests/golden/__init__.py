"""The golden model: SPEC.md in plain Python integers. It never imports the core."""
