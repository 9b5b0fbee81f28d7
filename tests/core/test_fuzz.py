"""Files from outside are untrusted: whatever is in them, the answer is one line."""

from __future__ import annotations

import json
from pathlib import Path

import plain
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import edgeferro as ef
from edgeferro.training.save_file import SaveFile

TOML_VALUES = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(),
        st.text(max_size=8),
        st.sampled_from(["hzo-20ns", "cell", "mixed-precision", "stochastic"]),
    ),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)
PARTS = list(ef.Chip.model_fields)
FIELDS = [ef.Chip.model_fields[part].annotation.model_fields for part in PARTS]
KEYS = sorted({name for fields in FIELDS for name in fields})


def toml(value: object) -> str:
    """Write a value as TOML."""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, list):
        return "[" + ", ".join(toml(v) for v in value) + "]"
    return json.dumps(value)


@settings(max_examples=300)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from(PARTS), st.sampled_from(KEYS)),
        TOML_VALUES,
        max_size=6,
    )
)
def test_chip_files(settings_of: dict[tuple[str, str], object]) -> None:
    """Any values under any keys make a chip, or a ConfigError of one line."""
    base = {("chip", "name"): "x", ("device", "name"): "hzo-20ns"}
    lines = []
    for part in PARTS:
        lines.append(f"[{part}]")
        lines += [
            f"{key} = {toml(value)}"
            for (where, key), value in {**base, **settings_of}.items()
            if where == part
        ]
    said = ""
    try:
        chip = ef.Chip.loads("\n".join(lines))
    except ef.ConfigError as error:
        said = str(error)
    else:
        assert chip.fingerprint() == ef.Chip.loads(chip.to_toml()).fingerprint()
    assert "\n" not in said
    assert "pydantic" not in said


@settings(max_examples=200)
@given(st.text(max_size=200))
def test_chip_texts(text: str) -> None:
    """Any text is a chip, or a ConfigError."""
    with pytest.raises(ef.ConfigError):
        ef.Chip.loads(text)


@settings(max_examples=100)
@given(st.binary(max_size=300))
def test_snapshots(data: bytes) -> None:
    """Any bytes are refused as a snapshot, and nothing changes."""
    chip = plain.core([plain.layer(3, 3)])
    before = chip.signature()
    with pytest.raises(ef.SnapshotError):
        chip.restore(data)
    assert before == chip.signature()


@settings(max_examples=100)
@given(st.binary(max_size=300))
def test_save_files(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """Any bytes are refused as a save file."""
    path: Path = tmp_path_factory.mktemp("save") / "run.save"
    path.write_bytes(data)
    with pytest.raises(ef.SnapshotError):
        SaveFile.read(path)
