"""The pages build into a site that stands by itself."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import edgeferro

ROOT = Path(__file__).resolve().parents[2]
# What a browser would fetch while it shows a page.
FETCHED = re.compile(r'(?:src="|<link[^>]*href=")((?:https?:)?//[^"]*)"')


@pytest.mark.slow
@pytest.mark.skipif(find_spec("mkdocs") is None, reason="needs the extra docs")
def test_site_is_built_without_a_warning(tmp_path: Path) -> None:
    """Strictly built, nothing fetched, every public name on its page."""
    site = tmp_path / "site"
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"]
    done = subprocess.run(
        [*command, "-f", str(ROOT / "docs/make/mkdocs.yml"), "-d", str(site)],
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (0, "") == (done.returncode, (done.stdout + done.stderr).strip())
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert [] == FETCHED.findall(text), page
        assert 'class="mermaid"' not in text  # its script would be fetched
    shown = (site / "api.html").read_text(encoding="utf-8")
    for name in set(edgeferro.__all__) - {"__version__"}:
        assert f'id="edgeferro.{name}"' in shown, name
