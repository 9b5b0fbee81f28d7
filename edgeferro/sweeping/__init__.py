"""Many runs over a grid of chips, side by side, into one table."""
