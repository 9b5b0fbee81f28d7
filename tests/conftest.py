"""What all tests share."""

from __future__ import annotations

import os

# Before numpy is there: two workers on two cores gain nothing from threads within a
# product of matrices, and small fits take three times as long with them.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")

from hypothesis import settings  # noqa: E402 (it may import numpy)

# A busy machine makes no test fail: nothing here has a deadline by the clock.
settings.register_profile("edgeferro", deadline=None)
settings.load_profile("edgeferro")
