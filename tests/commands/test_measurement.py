"""Measurement files: every shape that instruments and papers write, and refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from staircase import HIGH, LOW, staircase

from edgeferro.chip.device import Kernel
from edgeferro.errors import DataError
from edgeferro.fitting.branches import find_steps
from edgeferro.fitting.measurement import Measurement

UP = [10.0, 20.0, 28.0, 34.0, 38.0]
DOWN = [30.0, 23.0, 17.0, 12.0, 10.5]
G = [*UP, *DOWN]  # nS: 4 steps up, 5 down


def load(tmp_path: Path, text: str | bytes, column: str | None = None) -> Measurement:
    """Read text as a file."""
    path = tmp_path / "curve.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return Measurement.load(path, column)


def rows(*columns: list[float] | list[str], delimiter: str = ",") -> str:
    """Write columns as lines."""
    lines = zip(*columns, strict=True)
    return "\n".join(delimiter.join(map(str, line)) for line in lines) + "\n"


PULSES = list(range(1, 11))
SIGNS = [1] * 5 + [-1] * 5
PLAIN = rows(PULSES, G)


# ---- what is read


@pytest.mark.parametrize(
    ("text", "absolute"),
    [
        (PLAIN, False),
        (PLAIN.replace(",", "\t"), False),
        (PLAIN.replace(",", ";").replace(".", ","), False),
        (PLAIN.replace(",", "  "), False),
        ("pulse,G (nS)\n" + PLAIN, True),
        ("pulse,G (nS)\r\n" + PLAIN.replace("\n", "\r\n"), True),
        ("pulse;G_nS\n" + PLAIN.replace(",", ";").replace(".", ","), True),
        ("pulse\tG [uS]\n" + rows(PULSES, [g / 1e3 for g in G], delimiter="\t"), True),
        ("n,G/S\n" + rows(PULSES, [g * 1e-9 for g in G]), True),
        ("pulse,R (MOhm)\n" + rows(PULSES, [1e3 / g for g in G]), True),
        ("n,R_ohm\n" + rows(PULSES, [1e9 / g for g in G]), True),
        ("# Vread_V: 0.1\nn,I (pA)\n" + rows(PULSES, [100 * g for g in G]), True),
        ("Vread_V,-0.1\nn,I (pA)\n" + rows(PULSES, [-100 * g for g in G]), True),
        ("pulse,G\n-,nS\n" + PLAIN, True),
        ("# made by hand\n# pulse, conductance (nS)\n" + PLAIN, True),
        ("pulse,G\n" + rows(PULSES, [f"{g} nS" for g in G]), True),
        ("pulse,polarity,G (nS)\n" + rows(PULSES, SIGNS, G), True),
        ("pulse,polarity,G (nS)\n" + rows(PULSES, ["P"] * 5 + ["D"] * 5, G), True),
        ("polarity,G (nS)\n" + rows([1] * 5 + [0] * 5, G), True),
        ("V_write (V),G (nS)\n" + rows([2.0 * s for s in SIGNS], G), True),
        ("n,LTP (nS),LTD (nS)\n" + rows(PULSES[:5], UP, DOWN), True),
    ],
)
def test_one_curve_in_many_files(tmp_path: Path, text: str, absolute: bool) -> None:
    """The same ten readings come out of every delimiter, unit and layout."""
    data = load(tmp_path, text)
    assert absolute == data.absolute
    assert G == pytest.approx(data.conductance.tolist())
    steps = find_steps(data)
    assert (4, 5) == (int(steps.up.sum()), int((~steps.up).sum()))
    assert np.diff(G) / (38.0 - 10.0) == pytest.approx(steps.du)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    """A byte order mark, UTF-16 and an old micro sign give the same nanosiemens."""
    text = "pulse,G (µS)\n" + rows(PULSES, [g / 1e3 for g in G])
    assert G == pytest.approx(
        load(tmp_path, text.encode(encoding)).conductance.tolist()
    )


def test_preamble_is_kept(tmp_path: Path) -> None:
    """Lines above the table are keys and values; the file's sum is kept."""
    text = f"Timestamp:\t2025-11-13\nArea:\t50\n\npulse\tG (nS)\n{PLAIN}"
    data = load(tmp_path, text.replace(",", "\t"))
    assert {"Timestamp": "2025-11-13", "Area": "50"} == data.preamble
    assert 64 == len(data.sha256)
    assert "line 5" in data.place(0)


def test_missing_points_leave_their_steps_out(tmp_path: Path) -> None:
    """An empty field takes away the step before and the step after it."""
    text = ("pulse,G (nS)\n" + PLAIN).replace("28.0", "")
    steps = find_steps(load(tmp_path, text))
    assert (2, 5) == (int(steps.up.sum()), int((~steps.up).sum()))


def test_missing_rows_leave_their_steps_out(tmp_path: Path) -> None:
    """A pulse number that is left out is no step of double size."""
    text = ("pulse,G (nS)\n" + PLAIN).replace("3,28.0\n", "")
    steps = find_steps(load(tmp_path, text))
    assert (2, 5) == (int(steps.up.sum()), int((~steps.up).sum()))


def test_cycles_are_found(tmp_path: Path) -> None:
    """Three cycles are three stretches of each branch; a trough ends a depression."""
    text = rows(list(range(1, 31)), G * 3)
    steps = find_steps(load(tmp_path, text))
    assert [0, 1, 2, 3, 4, 5] == sorted(set(steps.run.tolist()))
    assert (12, 17) == (int(steps.up.sum()), int((~steps.up).sum()))


def test_sign_is_told_by_the_conductance(tmp_path: Path) -> None:
    """Positive pulses that lower the conductance are depression, and it is said."""
    text = "V_write (V),G (nS)\n" + rows([-2.0 * s for s in SIGNS], G)
    steps = find_steps(load(tmp_path, text))
    assert 4 == int(steps.up.sum())
    assert any("positive pulses lower" in note for note in steps.notes)


def test_staircase(tmp_path: Path) -> None:
    """Rising voltages are a staircase; the first pulse of a branch does not count."""
    volts = [0.1, 0.2, 0.3, 0.4, 0.5, -0.1, -0.2, -0.3, -0.4, -0.5]
    steps = find_steps(load(tmp_path, "V,G (nS)\n" + rows(volts, G)))
    assert steps.staircase
    assert (4, 4) == (int(steps.up.sum()), int((~steps.up).sum()))


def test_a_reading_at_zero_volt_is_no_pulse(tmp_path: Path) -> None:
    """The change into a reading without a pulse is no step."""
    volts = [2.0] * 5 + [0.0] + [-2.0] * 5
    text = "V,G (nS)\n" + rows(volts, [*UP, 37.0, *DOWN])
    steps = find_steps(load(tmp_path, text))
    assert (4, 5) == (int(steps.up.sum()), int((~steps.up).sum()))


def test_the_column_is_chosen_and_said(tmp_path: Path) -> None:
    """Conductance before resistance; another if it is named; the choice is a note."""
    text = "n,R (ohm),G (nS)\n" + rows(PULSES, [2e9 / g for g in G], G)
    data = load(tmp_path, text)
    assert "G (nS) (conductance, nS)" == data.column
    assert any("'G (nS)' chosen of" in note for note in data.notes)
    other = load(tmp_path, text, "R (ohm)")
    assert G[0] / 2 == pytest.approx(other.conductance[0])


def test_current_without_read_voltage_is_relative(tmp_path: Path) -> None:
    """Without a read voltage there is no scale, and it is said."""
    data = load(tmp_path, "n,I (pA)\n" + rows(PULSES, G))
    assert not data.absolute
    assert any("no read voltage" in note for note in data.notes)


def test_staircase_of_an_analyser(tmp_path: Path) -> None:
    """Ten cycles of 21 positive and 25 negative pulses: 240 steps up, 190 down.

    The first pulse of each branch is left out, and so is the one of 0 V; positive
    pulses depress; of two resistances the one read at a positive voltage counts.
    """
    up, down = (Kernel(kind="soft-bounds", a=a) for a in (0.12, 0.16))
    data = load(tmp_path, staircase(up, down, c2c=0.0))
    assert 460 == len(data.conductance)
    assert data.column.startswith("R_pos_ohm")
    steps = find_steps(data)
    assert (10 * 24, 10 * 19) == (int(steps.up.sum()), int((~steps.up).sum()))
    assert steps.staircase
    assert any("positive pulses lower" in note for note in steps.notes)
    w = (data.conductance[:21] - LOW) / (HIGH - LOW)
    assert 0.9 * 0.84 ** np.arange(21) == pytest.approx(w)


# ---- what is refused


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no table"),
        ("hello\nworld\n", "no table"),
        ("a\0b", "not a text file"),
        ("pulse,G (nS)\n", "no table"),
        ("pulse,G (nS)\n" + PLAIN.replace("28.0", "nan"), "line 4: .*'nan', not a nu"),
        ("pulse,G (nS)\n" + PLAIN.replace("28.0", "inf"), "line 4: .*'inf', not a nu"),
        ("pulse,G (nS)\n" + PLAIN.replace("28.0", "x"), "line 4: .*'x', not a number"),
        (
            "n,R (ohm)\n" + PLAIN.replace("28.0", "-5"),
            "line 4: resistance -5 is not ab",
        ),
        ("n,R (ohm)\n" + PLAIN.replace("28.0", "0"), "line 4: resistance 0 is not abo"),
        (
            "n,G (nS)\n" + PLAIN.replace("28.0", "-5"),
            "line 4: conductance .* not above",
        ),
        ("n,I (pA)\n" + PLAIN.replace("28.0", "-5"), "line 4: current .* not above 0"),
        ("n,G (nS)\n" + PLAIN.replace("28.0", "28.0 uS"), "line 4: mixed units"),
        ("n,G (nS)\n" + PLAIN.replace("28.0", "28000"), "line 4: mixed units"),
        ("n,G (ohm)\n" + PLAIN, "line 1: mixed units, 'G .ohm.' is a conductance"),
        ("n,LTP (nS),LTD (uS)\n" + rows(PULSES[:5], UP, DOWN), "line 1: mixed units"),
        ("n,G (nS)\n" + PLAIN.replace("3,28.0", "3"), "line 4: unequal lengths, 1 f"),
        ("n,G (nS)\n1,2,5\n2,3,5\n", r"line 2: unequal .* \(decimal commas\?\)"),
        ("n,G (nS)\n" + PLAIN.replace("3,", "3.5,"), "line 4: no whole pulse number"),
        ("V,G (nS)\n" + rows([2.0, "", 2.0, -2.0], G[:4]), "line 3: no write voltage"),
        ("n,G (nS)\n" + rows([10 * p for p in PULSES], G), "10 pulses apart"),
        (rows(PULSES, G, G, G), "line 1: 4 columns without names"),
    ],
)
def test_refusals(tmp_path: Path, text: str, message: str) -> None:
    """One line names file, line and what is wrong."""
    with pytest.raises(DataError, match=message) as caught:
        load(tmp_path, text)
    assert "curve.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (rows(PULSES[:5], UP), r"line 1 to 5: one branch only \(potentiation\)"),
        (rows(PULSES[:5], DOWN), r"one branch only \(depression\)"),
        (rows(PULSES, [1] * 10, G), "one branch only"),
        (
            rows(PULSES, [20.0] * 10),
            r"not identifiable, conductance is constant \(20\)",
        ),
        (rows(PULSES[:3], [1.0, 2.0, 1.0]), "not identifiable, 3 readings"),
        ("polarity,G\n" + rows([1, 1, 1, 1, -1], G[:5]), "fewer than 2 steps"),
        ("polarity,G\n" + rows(SIGNS, [*range(10)]), "both polarities"),
    ],
)
def test_branches_refused(tmp_path: Path, text: str, message: str) -> None:
    """Without two branches that move, nothing is identifiable."""
    with pytest.raises(DataError, match=message):
        find_steps(load(tmp_path, text))


def test_branches_that_do_not_join(tmp_path: Path) -> None:
    """A jump from potentiation to depression is refused with its line."""
    text = "n,LTP (nS),LTD (nS)\n"
    text += rows(PULSES, np.linspace(10, 20, 10), np.linspace(90, 80, 10))
    with pytest.raises(DataError, match="line 2: the branches don't join"):
        find_steps(load(tmp_path, text))


def test_unknown_column_lists_the_known(tmp_path: Path) -> None:
    """A column that is not there is refused with those that are."""
    with pytest.raises(DataError, match=r"no column X \('G \(nS\)'\)"):
        load(tmp_path, "n,G (nS)\n" + PLAIN, "X")
