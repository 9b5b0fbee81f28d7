"""Convert seglearn's watch recordings to edgeferro/shipped/data/watch.npz.

    pip install --no-deps seglearn==1.2.5
    python edgeferro/shipped/data/make_watch.py [OUTPUT.npz]

The package is found, not imported (its ``__init__`` needs pandas). Its data file is a
pickle, so it is opened only after its sha256 has been checked.
"""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["convert", "main", "source_path"]

SOURCE_SHA256 = "eb122f23cdf06ef6bd6c6c5312958ec5cf9d038e2e6d457b8081662c75a42537"
SCALES = (4096, 4096, 4096, 1024, 1024, 1024)  # codes per g, codes per rad/s
PROVENANCE = (
    "seglearn 1.2.5 (PyPI), seglearn/data/watch_dataset.npy, sha256 "
    f"{SOURCE_SHA256}; collected by David M. Burns et al., Physiol. Meas. 39:075007 "
    "(2018); converted to int16 by edgeferro/shipped/data/make_watch.py"
)
LICENCE = "BSD-3-Clause, Copyright (c) 2018, David M. Burns; see watch.LICENSE.txt"


def source_path() -> Path:
    """Return where the installed seglearn keeps its recordings."""
    spec = importlib.util.find_spec("seglearn")
    if spec is None or not spec.submodule_search_locations:
        message = "seglearn is not installed: pip install --no-deps seglearn==1.2.5"
        raise SystemExit(message)
    return Path(spec.submodule_search_locations[0]) / "data" / "watch_dataset.npy"


def convert(source: dict[str, Any]) -> dict[str, np.ndarray]:
    """Return the arrays of watch.npz; code = round(value x scale), ties to even.

    Args:
        source: seglearn's dictionary; X in g and rad/s at 50 Hz, subject 1..10.
    """
    real = np.concatenate(source["X"])
    codes = np.rint(real * np.array(SCALES, np.float64))
    if np.abs(codes).max() > np.iinfo(np.int16).max:
        message = f"scales: {SCALES} do not fit the recordings in int16"
        raise SystemExit(message)
    lengths = [len(recording) for recording in source["X"]]
    return {
        # One channel after the other in the file (Fortran order): it deflates better.
        "samples": np.asfortranarray(codes.astype(np.int16)),
        "offsets": np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        "label": source["y"].astype(np.uint8),
        "subject": (source["subject"] - 1).astype(np.uint8),
        "side": source["side"].astype(np.uint8),
        "label_names": np.array(source["y_labels"]),
        "channel_names": np.array(source["X_labels"]),
        "channel_units": np.array(["g"] * 3 + ["rad/s"] * 3),
        "side_names": np.array(["left", "right"]),
        "scales": np.array(SCALES, np.int64),
        "rate_hz": np.array(50, np.int64),
        "provenance": np.array(PROVENANCE),
        "licence": np.array(LICENCE),
    }


def main(output: Path) -> None:
    """Write the file and print what went in and came out."""
    path = source_path()
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != SOURCE_SHA256:
        message = f"{path}: sha256 {found}, expected {SOURCE_SHA256}"
        raise SystemExit(message)
    source = np.load(path, allow_pickle=True).item()
    arrays = convert(source)
    # mypy can't tell these names from savez_compressed's own keyword.
    np.savez_compressed(output, **arrays)  # type: ignore[arg-type]
    error = np.abs(np.concatenate(source["X"]) - arrays["samples"] / arrays["scales"])
    print(f"{output}: {output.stat().st_size} bytes")
    print(f"npz sha256 {hashlib.sha256(output.read_bytes()).hexdigest()}")
    little = np.ascontiguousarray(arrays["samples"]).astype("<i2").tobytes()
    print(f"samples sha256 {hashlib.sha256(little).hexdigest()}")
    print(f"largest code per channel {np.abs(arrays['samples']).max(0).tolist()}")
    print(f"largest error per channel {error.max(0).tolist()}")


if __name__ == "__main__":
    here = Path(__file__).with_name("watch.npz")
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else here)
