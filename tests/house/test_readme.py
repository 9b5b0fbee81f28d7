"""The README: one screen, ten lines to run, one picture, a link for each reader.

That its code runs and its links lead somewhere is test_docs' affair.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from test_docs import blocks

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8")


def test_one_screen() -> None:
    """Up to fifty lines, ten of them to install and run, one picture."""
    lines = [line for b in blocks(README) for line in b.text.splitlines() if line]
    assert len(TEXT.splitlines()) <= 50
    assert len(lines) <= 10
    assert ["docs/picture.png"] == re.findall(r"!\[[^\]]+\]\(([^)]+)\)", TEXT)
    assert b"\x89PNG" == (ROOT / "docs/picture.png").read_bytes()[:4]


def test_each_reader_has_a_link() -> None:
    """Every first hour is linked, from here and from the site's first page."""
    hours = sorted(path.name for path in (ROOT / "docs").glob("hour-*.md"))
    assert 5 == len(hours)
    assert hours == sorted(re.findall(r"\(docs/(hour-\w+\.md)\)", TEXT))
    index = (ROOT / "docs/index.md").read_text(encoding="utf-8")
    assert hours == sorted(re.findall(r"\((hour-\w+\.md)\)", index))


def test_python_learns() -> None:
    """The README's classifier learns its task, and what it prints is there."""
    names: dict[str, Any] = {}
    (block,) = [b for b in blocks(README) if b.language == "python"]
    exec(compile(block.text, "README.md", "exec"), names)
    assert names["clf"].score(names["X"], names["y"]) >= 0.9
    assert 16 == len(names["clf"].signature_)


def test_figures_are_those_of_the_results() -> None:
    """What the README says of the main job stands on the page of results."""
    before, after = re.findall(r"(\d+\.\d) % (?:before|after)", TEXT)
    results = (ROOT / "docs/results.md").read_text(encoding="utf-8")
    section = results[results.index("edgeferro train --json") :]
    assert f"| before learning | {before} % |" in section
    assert f"| after 5 passes | {after} % |" in section
