"""Figures of docs/results.md are those of today."""

from __future__ import annotations

import shlex
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from console import call

ROOT = Path(__file__).resolve().parents[2]


def load() -> Any:
    """The script that compares; it stands beside the pages, in no package."""
    spec = spec_from_file_location("results", ROOT / "docs/make/results.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules["results"] = module  # its dataclasses look there for their types
    spec.loader.exec_module(module)
    return module


results = load()
PAGE = results.read_page(results.PAGE.read_text(encoding="utf-8"))
QUICK = [r for r in PAGE if not r.slow]


@pytest.mark.parametrize("result", QUICK, ids=lambda r: r.command.split()[1])
def test_quick_figures(result: Any, tmp_path: Path) -> None:
    """Each quick command gives the page's figures, to another machine's rounding."""
    done = call(*shlex.split(result.command)[1:], "--quiet", cwd=tmp_path)
    assert 0 == done.returncode, done.stderr
    for figure in result.figures:
        found = figure.found(tmp_path)
        assert results.verdict(figure.shown, found) != "DIFFERS", (figure, found)


def test_every_command_has_its_figures() -> None:
    """No command of the page lost its table, and no row its place."""
    text = results.PAGE.read_text(encoding="utf-8")
    assert text.count("```sh") == len(PAGE)
    assert 2 <= len(QUICK)
    assert all(figure.place for r in PAGE for figure in r.figures)


@pytest.mark.parametrize(
    ("shown", "found", "said"),
    [
        ("94.5 %", "94.5 %", "equal"),
        ("94.5 %", "93.6 %", "near"),
        ("94.5 %", "93.4 %", "DIFFERS"),
        ("2.17 nJ", "2.20 nJ", "near"),
        ("2.17 nJ", "2.27 nJ", "DIFFERS"),
        ("85", "85", "equal"),
        ("none", "0123456789abcdef", "DIFFERS"),
    ],
)
def test_verdicts(shown: str, found: str, said: str) -> None:
    """Equal, near or neither, as the page says."""
    assert said == results.verdict(shown, found)


def test_a_wrong_figure_is_found(tmp_path: Path) -> None:
    """A figure is written as the page writes it, from JSON and from a table."""
    (tmp_path / "run.json").write_text('{"a": {"b": 0.9449}, "e_fj": [2174500.0]}')
    assert "94.5 %" == results.Figure("x", "99.0 %", "a.b").found(tmp_path)
    assert "2.17 nJ" == results.Figure("x", "3.00 nJ", "e_fj.0").found(tmp_path)
    (tmp_path / "t.csv").write_text("k,v\na,0.5\na,0.7\nb,1.0\n")
    assert "60 %" == results.Figure("x", "1 %", "v where k=a").found(tmp_path)
