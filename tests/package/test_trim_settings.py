"""Trim and nonlinearity in a chip file: what is read, what is refused, what it becomes.

Converters of 5 bits have codes -16..15; a file of measured codes is read at the 65
places -16, -15.5, .. 16.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeferro.chip.chip import Chip
from edgeferro.chip.converters import SPREAD_REACH
from edgeferro.errors import ConfigError
from edgeferro.mapping.read_chain import SPREAD_SIGMA
from edgeferro.mapping.trim import inl_knots, trim_settings

HEAD = '[chip]\nname = "mine"\n[device]\nname = "hzo-200ns"\n[converters]\n'
BITS = "adc_bits = 5\n"
RAMP = "code,inl\n" + "".join(f"{code},{code / 8}\n" for code in range(-16, 16))
OFFSET, GAIN = "adc_offset_error = 2.0\n", "adc_gain_error = 0.01\n"
TRIM = "trim = true\n"


def written(folder: Path, text: str | bytes, more: str = BITS) -> Path:
    """A chip file beside inl.csv of such a content."""
    data = text if isinstance(text, bytes) else text.encode()
    (folder / "inl.csv").write_bytes(data)
    path = folder / "mine.toml"
    path.write_text(f'{HEAD}{more}adc_inl = "inl.csv"\n')
    return path


def refusal(chip: str | Path) -> str:
    """What a chip file, or its converters' text, is refused with; empty if it isn't."""
    try:
        if isinstance(chip, Path):
            Chip.load(chip)
        else:
            Chip.loads(HEAD + chip, "mine")
    except ConfigError as error:
        return str(error)
    return ""


def knots(values: list[float]) -> list[int]:
    """The core's table of a list of codes."""
    chip = Chip.loads(HEAD).with_(**{"converters.adc_inl": values})
    found = inl_knots(chip)
    assert found is not None
    assert np.int16 == found.dtype
    return [int(knot) for knot in found]


def test_a_trim_that_is_switched_off_leaves_nothing() -> None:
    """Its settings go with it, in a changed chip and in TOML."""
    chip = Chip.loads(HEAD + TRIM + OFFSET + "trim_reads = 4\ntrim_offset_range = 9.0")
    assert "trim_reads = 4\n" in chip.to_toml()
    off = chip.with_(**{"converters.trim": False})
    assert 16 == off.converters.trim_reads
    assert "trim_reads" not in off.to_toml()
    assert off == Chip.loads(off.to_toml())


# ---- nonlinearity


def test_a_list_spans_the_whole_range() -> None:
    """Two numbers are a line of 65 knots, 65 the knots, all in units of 1/256 code."""
    assert [-64 + 2 * i for i in range(65)] == knots([-0.25, 0.25])
    assert [i - 7 for i in range(65)] == knots([(i - 7) / 256 for i in range(65)])
    assert [32512, 0, -32512] == knots([127.0, 0.0, -127.0])[::32]


def test_a_list_of_every_code_keeps_each_eighth() -> None:
    """513 numbers are those of 9 bits: knot i is number 8 i."""
    values = [((7 * i) % 11) / 256 for i in range(513)]
    assert [(56 * i) % 11 for i in range(65)] == knots(values)


def test_no_nonlinearity_is_no_table() -> None:
    """Without the setting the core gets a null table."""
    assert inl_knots(Chip.loads(HEAD)) is None


def test_a_file_lies_beside_the_chip_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is found from anywhere; the last of 65 values holds that of code 15."""
    path = written(tmp_path, RAMP)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    values = [(-16 + i / 2) / 8 for i in range(63)] + [15 / 8, 15 / 8]
    assert "" == refusal(path)
    chip = Chip.load(path)
    assert tuple(values) == chip.converters.adc_inl
    assert (tmp_path / "inl.csv",) == chip.files()
    assert chip.files() == chip.with_(**{"array.read_ns": 20_000}).files()
    with pytest.raises(ConfigError, match=r"adc_inl: inl\.csv: no such file"):
        Chip.load("watch-hzo-200ns").with_(**{"converters.adc_inl": "inl.csv"})


def test_a_chip_with_a_file_is_whole(tmp_path: Path) -> None:
    """Its TOML holds the values: it is the same chip where the file is gone."""
    chip = Chip.load(written(tmp_path, RAMP))
    (tmp_path / "inl.csv").unlink()
    again = Chip.loads(chip.to_toml())
    assert chip == again
    assert chip.fingerprint() == again.fingerprint()
    longer = chip.with_(**{"array.read_ns": 20_000})
    assert chip.converters.adc_inl == longer.converters.adc_inl


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + RAMP.replace("\n", "\r\n"),
        "# measured\n\n" + RAMP.replace("code,inl", " Code , INL "),
        RAMP + "16,1.875\n",
        RAMP.replace("-16,-2.0", "-1.6e1,-2"),
    ],
)
def test_a_file_as_people_write_it(tmp_path: Path, text: str) -> None:
    """Line ends, remarks, spaces, one code past the highest: the same curve."""
    plain = Chip.load(written(tmp_path, RAMP)).converters.adc_inl
    assert plain == Chip.load(written(tmp_path, text)).converters.adc_inl


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the file is empty"),
        (b"\xff\xfe\x00", "not UTF-8 text (byte 0)"),
        ("0,1\n1,1\n", "line 1: the first line is not code,inl"),
        ("code,inl\n", "no codes; -16..15 are those of 5 bits"),
        ("code,inl\n-16,0\n15\n", "line 3: 1 fields, not code,inl"),
        ("code,inl\n-16,0\n15,1,2\n", "line 3: 3 fields, not code,inl"),
        ("code,inl\n-16,x\n", "line 2: inl is 'x', not a number"),
        ("code,inl\n-16,nan\n", "line 2: inl is 'nan', not finite"),
        ("code,inl\n-16,0\n-16,1\n", "line 3: code -16 is not above -16"),
        ("code,inl\n-16,0\n15,127.1\n", "line 3: inl 127.1 is not in -127..127"),
        ('code,inl\n-16,"0\n', "line 2: unexpected end of data"),
        (
            "code,inl\n-16,0\n14,1\n",
            "codes -16..14 do not cover -16..15 of a converter of 5 bits",
        ),
        ("code,inl\n0,0\n31,1\n", "of a converter of 5 bits; subtract 16"),
        ("code,inl\n-32,0\n31,1\n", "codes -32..31 go beyond -16..15"),
    ],
)
def test_a_malformed_file(tmp_path: Path, text: str | bytes, says: str) -> None:
    """One line: setting, file, line of it, what is wrong and what would pass."""
    found = refusal(written(tmp_path, text))
    assert says in found
    assert "converters.adc_inl: " in found
    assert "inl.csv: " in found
    assert "\n" not in found


def test_wrong_bits_are_said_and_not_the_file(tmp_path: Path) -> None:
    """A file can't be judged by a width that no converter has."""
    found = refusal(written(tmp_path, "", "adc_bits = 3\n"))
    assert ": converters.adc_bits: 3 is not in 4..14" in found
    assert "adc_inl" not in found


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("adc_inl = [1.0]", "adc_inl: 1 items, allowed at least 2"),
        (f"adc_inl = {[1.0] * 1026}", "adc_inl: 1026 items, allowed at most 1025"),
        ("adc_inl = [0, 127.5]", "adc_inl.1: 127.5 is not in -127.0..127.0"),
        ("adc_inl = [0, true]", "adc_inl.1: True is not a number"),
        ("adc_inl = 3", "adc_inl: 3 is not a list"),
        ("adc_inl = [0.0, 0.0019]", "adc_inl: has no effect; a value of 0.00196"),
        ('adc_inl = "/dev"', "adc_inl: /dev: a folder or device"),
        (
            TRIM,
            "trim: has no effect without converters.adc_gain_error, adc_offset_error, "
            "trim_offset_range or trim_gain_range",
        ),
        ("trim_reads = 4", "trim_reads: has no effect without converters.trim"),
        (
            "trim_gain_range = 0.1",
            "trim_gain_range: has no effect without converters.trim",
        ),
        (
            TRIM + "trim_gain_range = 0.00193",
            "trim_gain_range: 0.00193 is not in 0.00194..0.124",
        ),
        (TRIM + OFFSET + "trim_reads = 65", "trim_reads: 65 is not in 1..64"),
        (
            TRIM + OFFSET + "trim_offset_range = 7.97",
            "trim_offset_range: 7.97 does not reach the errors of adc_offset_error 2; "
            "at least 7.98",
        ),
        (
            TRIM + GAIN + "trim_gain_range = 0.0398",
            "trim_gain_range: 0.0398 does not reach the errors of adc_gain_error 0.01; "
            "at least 0.0399",
        ),
    ],
)
def test_refused(text: str, says: str) -> None:
    """What is out of range or would have no effect, in one line with what would do."""
    found = refusal(text)
    assert f"mine: converters.{says}" in found
    assert "\n" not in found


@pytest.mark.parametrize(("kind", "unit"), [("gain", 0.002), ("offset", 10.0)])
@pytest.mark.parametrize("error", [1.0, 1.7, 2.99, 0.971])
def test_the_number_of_a_refusal_passes(kind: str, unit: float, error: float) -> None:
    """Whatever the error, a range as long as the refusal names is accepted."""
    start = f"{TRIM}adc_{kind}_error = {error * unit}\ntrim_{kind}_range = "
    says = refusal(f"{start}{error * unit}")
    assert " at least " in says
    least = float(says.rpartition(" ")[2])
    assert least == pytest.approx(error * unit * SPREAD_REACH, rel=1e-2)
    found = Chip.loads(f"{HEAD}{start}{least}").converters
    assert least == getattr(found, f"trim_{kind}_range")


def test_units_of_a_gain_are_not_finer_than_its_gain() -> None:
    """127 units of 2^-16 are the shortest range, and what small errors get unasked.

    1e-4 of gain is adc_gain 53, a quarter more 66: below the 256 of 2^-16.
    """
    chip = Chip.loads(HEAD + TRIM + "adc_gain_error = 1e-4")
    assert {"trim_gain": 256, "trim_offset": 0} == trim_settings(chip, 53, 0)
    least = chip.with_(**{"converters.trim_gain_range": 0.00194})
    assert 256 == trim_settings(least, 53, 0)["trim_gain"]
    assert 127 * 2.0**-16 == pytest.approx(0.00194, rel=2e-3)
    assert 0 == trim_settings(Chip.loads(HEAD + TRIM + OFFSET), 0, 257)["trim_gain"]


def test_a_curve_s_least_value_has_an_effect() -> None:
    """The value that its refusal names, and not half a unit, is a table of ones."""
    assert "0.00196 or more" in refusal("adc_inl = [0.001953125, 0.0]")
    assert 1 == knots([0.00196, 0.0])[0]


def test_the_reach_is_that_of_the_spread() -> None:
    """127 units of the errors, in their deviations (SPEC 5.11)."""
    assert 127 / SPREAD_SIGMA == SPREAD_REACH


def test_the_schema_takes_a_list_or_a_path() -> None:
    """Editors that know the schema accept both."""
    schema: dict[str, Any] = Chip.json_schema()
    field = schema["$defs"]["ConverterPart"]["properties"]["adc_inl"]
    text = json.dumps(field)
    assert '"array"' in text
    assert '"string"' in text
    assert '"null"' in text
