"""What all tests share."""

from __future__ import annotations

from hypothesis import settings

# A busy machine makes no test fail: nothing here has a deadline by the clock.
settings.register_profile("edgeferro", deadline=None)
settings.load_profile("edgeferro")
