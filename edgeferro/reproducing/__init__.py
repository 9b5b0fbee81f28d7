"""``edgeferro reproduce``: a run's figures run again, and where the two part."""

__all__: list[str] = []
