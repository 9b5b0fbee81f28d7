"""What each command prints at 80 and at 120 columns: whole words, nothing cut."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from console import call

if TYPE_CHECKING:
    from pathlib import Path

WIDTHS = (80, 120)
WIDE = 1000  # on which nothing has to be wrapped
BOX = re.compile("[\u2500-\u257f]")  # lines of tables
# Lines that name a file, or what is to be typed: nobody would want them broken.
PLACES = ("picture: ", " runs in ", "points: ", "--set converters.adc_range=")
ADDED = {"#", "sources", "array.reference"}  # where a column has become lines
GONE = {"source"}
RUN = "--subjects 0,1 --seeds 0-1 --passes 1 --quiet --workers 1"
COMMANDS = {
    "info chips": "",
    "info devices": "",
    "info batteries": "",
    "info implants": "",
    "info prices": "",
    "info areas": "",
    "info device hzo-20us": "",
    "info device hzo-2us": "",
    f"train {RUN}": "",
    f"train {RUN} --compare controller.rule=sgd-counted": "",
    f"calibrate {RUN}": "",
    f"ranges {RUN.replace(' --workers 1', '')}": "",
    f"sweep {RUN} --reference none,cell,stored,offset": "--out",
    f"sweep {RUN} --frontier --set array.read_v=0.1": "--out",
}
SLOW = {"paper --task watch --width hzo-20ns,hzo-2us --passes 1 --seeds 0-1 --quiet"}


def printed(
    command: str, option: str, width: int, place: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """What a command says on a terminal of so many columns."""
    monkeypatch.setenv("COLUMNS", str(width))
    more = [option, str(place / f"{width}.csv")] if option else []
    done = call(*command.split(), *more)
    assert 0 == done.returncode, done.stderr
    return done.stdout


def kept(text: str) -> str:
    """Text without lines of tables and lines that name files."""
    lines = BOX.sub(" ", text).splitlines()
    return "\n".join(one for one in lines if not any(p in one for p in PLACES))


def check(command: str, option: str, place: Path, patch: pytest.MonkeyPatch) -> None:
    """Hold what is printed at both widths against what is printed without any."""
    whole = kept(printed(command, option, WIDE, place, patch))
    for width in WIDTHS:
        text = kept(printed(command, option, width, place, patch))
        assert "…" not in text
        assert width >= max(map(len, text.splitlines()))
        words, known = ({w.strip(",;:") for w in t.split()} for t in (text, whole))
        assert [] == [w for w in known if w not in text and w not in GONE], "left out"
        said = [w for w in words if w not in whole and w not in ADDED]
        assert [] == [w for w in said if not re.fullmatch(r"\d+", w)], "broken"


@pytest.mark.parametrize("command", COMMANDS)
def test_no_word_is_cut_or_broken(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every word and figure of the widest is there, whole, in lines that fit."""
    check(command, COMMANDS[command], tmp_path, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("command", sorted(SLOW))
def test_no_word_of_the_paper_is(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same of its results and findings."""
    check(f"{command} --backend threading", "--out", tmp_path, monkeypatch)


def test_a_price_is_a_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """At 80 columns a price has one line of its table, its source is below."""
    text = printed("info prices", "", 80, tmp_path, monkeypatch)
    above, below = text.split("sources:\n")
    for event in ("adc", "leak_bit", "bias_row"):
        rows = [one.strip("│").split("│") for one in above.splitlines()]
        (row,) = (one for one in rows if event == one[0].strip())
        assert 7 == len(row)
        assert 1 == sum(one.startswith(f"{event} ") for one in below.splitlines())
    assert "sources:" not in printed("info prices", "", 200, tmp_path, monkeypatch)


def test_first_columns_are_padded_alike(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Every table of a run begins its rows with an edge and one space."""
    text = printed(f"train {RUN}", "", 80, tmp_path, monkeypatch)
    text += printed(f"calibrate {RUN}", "", 80, tmp_path, monkeypatch)
    rows = [one for one in text.splitlines() if one.startswith(("│", "┃"))]
    assert len(rows) > 20
    assert {" "} == {one[1] for one in rows}
