"""SPEC.md: its clauses are in order and say what must be; what is cited exists."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

import pytest
from edgeferro._core import ffi, lib

from edgeferro.core.register_map import REGISTERS

ROOT = Path(__file__).resolve().parents[2]
SPEC: Final = (ROOT / "csrc" / "SPEC.md").read_text(encoding="utf-8")
FOLDERS = ("csrc", "edgeferro", "tests", "firmware_models", "benchmarks", "docs")
ENDINGS = {".c", ".h", ".py", ".pyi", ".md", ".rdl", ".txt", ".toml", ".json"}
# "SPEC 9.3 to 9.6", "SPEC 5.1, 5.3", "SPEC 7 and 8", "SPEC 1.4"; a decimal that
# follows a comma is another clause.
CITED = re.compile(
    r"\bSPEC(?:'s|\.md)?,?\s+(?:clauses?\s+)?"
    r"(\d+(?:\.\d+){0,2}(?:(?:,| and| to| or)\s+\d+(?:\.\d+){0,2})*)"
)

sys.path.insert(0, str(ROOT / "tests" / "vectors"))
from replay import Replay, replay  # noqa: E402


def clauses() -> dict[str, str]:
    """Text of each numbered clause by its number."""
    found = re.findall(r"^(\d+\.\d+) (.*?)(?=^\d+\.\d+ |^## |\Z)", SPEC, re.M | re.S)
    assert len(found) == len(dict(found))
    return dict(found)


def sections() -> list[int]:
    """Numbers of the sections in their order."""
    return [int(n) for n in re.findall(r"^## (\d+)\. ", SPEC, re.M)]


def known() -> set[str]:
    """Everything that can be cited: sections, clauses, and items of a clause."""
    names = {str(number) for number in sections()} | set(clauses())
    for number, text in clauses().items():
        names |= {f"{number}.{item}" for item in re.findall(r"^ (\d+)\. ", text, re.M)}
    return names


def citations() -> list[tuple[str, str]]:
    """Each clause that a file of the repository names, and where."""
    places = [ROOT / name for name in ("README.md", "CONTRIBUTING.md")]
    for folder in FOLDERS:
        places += sorted((ROOT / folder).rglob("*"))
    found = []
    for path in places:
        if path.suffix not in ENDINGS or "corpus" in path.parts:
            continue
        text = re.sub(r"\n\s*(?://|#|\*)?\s*", " ", path.read_text(encoding="utf-8"))
        for match in CITED.findall(text):
            for number in re.findall(r"\d+(?:\.\d+)*", match):
                found.append((str(path.relative_to(ROOT)), number))
    return found


def test_sections_and_clauses_are_in_order() -> None:
    """1, 2, 3 .. without a gap, in the sections and within each."""
    assert list(range(1, len(sections()) + 1)) == sections()
    numbers = [tuple(map(int, number.split("."))) for number in clauses()]
    assert sorted(numbers) == numbers
    for section in sections():
        own = [clause for part, clause in numbers if part == section]
        assert list(range(1, len(own) + 1)) == own, section


def test_each_clause_says_what_must_be() -> None:
    """A MUST in its first sentences, or it says that it is a note or worked out."""
    for number, text in clauses().items():
        says = "MUST" in text or text.startswith(("*Note:*", "*Worked:*"))
        assert says, number


def test_what_is_cited_exists() -> None:
    """No comment, docstring or page names a clause that SPEC has not."""
    names, found = known(), citations()
    assert len(found) > 150
    assert [] == [place for place in found if place[1] not in names]


def test_one_version() -> None:
    """The title, the bus's VERSION and the vectors are of EF_SPEC_VERSION."""
    version = str(lib.EF_SPEC_VERSION)
    assert [version] == re.findall(r"\A# .*, version (\d+)$", SPEC, re.M)
    assert [version] == re.findall(r"^spec (\d+)$", SPEC, re.M)
    high, low = REGISTERS["VERSION"].fields["spec"]
    word = REGISTERS["VERSION"].reset
    assert lib.EF_SPEC_VERSION == word >> low & (1 << (high - low + 1)) - 1
    for path in sorted((ROOT / "tests" / "vectors").glob("*.json")):
        head = path.read_text(encoding="utf-8")[:200]
        assert [version] == re.findall(r'"specVersion": (\d+)', head), path.name
    bus = re.findall(r"`EF_BUS_SNAPSHOT_VERSION`,\s(\d+)", SPEC)
    assert [str(lib.EF_BUS_SNAPSHOT_VERSION)] == bus
    own = re.findall(r"`EF_SNAPSHOT_VERSION`,\s(\d+)", SPEC)
    assert [str(lib.EF_SNAPSHOT_VERSION)] == own


def example(kind: str) -> list[str]:
    """Lines of a fenced block of SPEC."""
    (block,) = re.findall(rf"^```{kind}\n(.*?)^```$", SPEC, re.M | re.S)
    return str(block).splitlines()


def test_the_chip_worked_through() -> None:
    """Every digest, class, code and signature of SPEC 22.2 is what the core says."""
    lines = example("vectors")
    assert replay(lines) == sum(line.startswith("expect") for line in lines)
    rules = [line for line in lines if line.startswith("set layers[0].rule")]
    assert {"1", "2", "3"} == {line.split()[-1] for line in rules}
    names = {line.split()[1] for line in lines if line.startswith("set")}
    fields = {name for name, _ in ffi.typeof("struct ef_settings").fields}
    assert fields | {"seed", "knots", "exp_table"} == {n for n in names if "." not in n}
    with pytest.raises(AssertionError, match="signature"):
        replay([line.replace("learn 0 100", "learn 0 101") for line in lines])


def test_the_payload_worked_through() -> None:
    """The bytes of SPEC 22.4 are the payload of the chip's snapshot after one step."""
    here = Replay()
    for line in example("vectors"):
        verb, *words = line.split()
        if verb in ("set", "up", "learn"):
            getattr(here, verb)(*words)
        if verb == "learn":
            break
    size = lib.ef_snapshot_size(here.chip)
    data = ffi.new("uint8_t[]", size)
    assert lib.EF_OK == lib.ef_snapshot(here.chip, data, size)
    found = bytes(ffi.buffer(data))[32:-8]
    first, *rows = example("payload")
    expected = bytearray(int(first.removeprefix("length ")))
    for row in rows:
        offset, _, digits = row.partition(" ")
        piece, at = bytes.fromhex(digits), int(offset, 16)
        expected[at : at + len(piece)] = piece
    assert bytes(expected) == found
