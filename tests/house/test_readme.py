"""The README does what it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

TEXT = (Path(__file__).resolve().parents[2] / "README.md").read_text()


def test_python_runs() -> None:
    """The Python of the README runs from top to bottom and learns."""
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL):
        exec(compile(block, "README.md", "exec"), names)
    assert names["clf"].score(names["X"], names["y"]) >= 0.9
    assert 16 == len(names["controller"].signature)
    assert len(names["controller"].trace) > 0


def test_links_lead_somewhere() -> None:
    """Every relative link of the README is a file."""
    for link in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (Path(__file__).resolve().parents[2] / link).is_file(), link
