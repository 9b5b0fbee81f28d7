"""Handwritten digits of 8 x 8 pixels, as they come with scikit-learn."""

from __future__ import annotations

import numpy as np

from edgeferro.files.packages import need
from edgeferro.tasks.base import Task

__all__ = ["load"]


def load() -> Task:
    """Load scikit-learn's digits.

    Half 0 is the first 70 % of the file, half 1 the rest: mostly other writers, it
    seems, for it is a harder test than a random split. Writers are not recorded.

    Returns:
        1797 images x 64 pixels; source levels 0..16 become codes 0..255,
        round(level x 255 / 16), ties up.

    Raises:
        PackageError: scikit-learn is not installed.
    """
    need("sklearn", "task digits")
    from sklearn.datasets import load_digits

    data = load_digits()
    levels = data.data.astype(np.int64)
    count = len(levels)
    return Task(
        name="digits",
        features=((levels * 255 + 8) // 16).astype(np.uint8),
        labels=data.target.astype(np.int64),
        groups=np.zeros(count, np.int64),
        recording=np.arange(count, dtype=np.int64),
        half=(np.arange(count) >= count * 7 // 10).astype(np.int8),
        class_names=tuple("0123456789"),
        input_signed=False,
        description="Ten handwritten digits, 8 x 8 pixels.",
        source="scikit-learn load_digits: the test part of UCI's Optical Recognition "
        "of Handwritten Digits (Alpaydin and Kaynak, 1998)",
        licence="not shipped with edgeferro; scikit-learn distributes it",
    )
