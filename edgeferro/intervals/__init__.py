"""How far a mean over few seeds and subjects can be trusted."""
