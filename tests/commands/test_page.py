"""The budget's page in a real browser: nothing fetched, nothing logged, it fits."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from test_budget import SHORT, command

from edgeferro.energy.report import Quantity

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync "
    "--allow-file-access-from-files --enable-logging=stderr --v=0"
).split()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A budget's page."""
    path = tmp_path_factory.mktemp("page") / "budget.html"
    figures = ["--json", str(path.with_name("budget.json"))]
    done = command(*SHORT, "--html", str(path), *figures, "--implant", "cortex-array")
    assert 0 == done.returncode, done.stderr
    return path


def test_asks_for_nothing(page: Path) -> None:
    """No address in it is fetched, and a policy forbids it."""
    text = page.read_text()
    assert "default-src 'none'" in text
    assert [] == re.findall(r"<(?:script|iframe|object|embed|audio|video)", text)
    links = re.findall(r"(?:src|href)=\"([^\"]*)\"|url\(([^)]*)\)", text)
    assert {("data:,", "")} == set(links)


def browse(page: Path, folder: Path, *options: str) -> tuple[str, list[str]]:
    """What the browser shows, and what it says on its console."""
    assert CHROMIUM is not None
    line = [CHROMIUM, *QUIET, f"--user-data-dir={folder / 'profile'}", *options]
    done = subprocess.run(
        [*line, page.as_uri()], capture_output=True, text=True, check=False, timeout=120
    )
    said = [text for text in done.stderr.splitlines() if "CONSOLE" in text]
    return done.stdout, said


@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
def test_renders(page: Path, tmp_path: Path) -> None:
    """All sections are there, and the console is silent."""
    shown, said = browse(page, tmp_path, "--dump-dom")
    assert [] == said
    found = json.loads(page.with_name("budget.json").read_text())
    energies = [o["energy_fj"] for o in found["operations"].values() if o["energy_fj"]]
    for energy in [*energies, found["day_fj"]]:
        for end in ("low", "value", "high"):
            assert str(Quantity.of_fj(energy[end])) in shown
    assert f"{found['average_uw']['value']:.3g} uW" in shown
    for part in found["day_aj"]["by_part"].values():
        assert f">{part}<" in shown
    for verdict in found["verdicts"]:
        assert verdict["text"] in shown
    assert html.escape(found["command"], quote=False) in shown
    for words in ("Where a microjoule goes", "Assumptions", "Battery", "To reproduce"):
        assert words in shown


@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
@pytest.mark.parametrize("width", [320, 390, 1200])
def test_fits_the_width(page: Path, tmp_path: Path, width: int) -> None:
    """At a phone's width nothing reaches beyond it; wide tables scroll."""
    frame = tmp_path / "frame.html"
    plain = re.sub(r"<meta http-equiv[^>]*>", "", page.read_text())
    (tmp_path / "copy.html").write_text(plain)
    frame.write_text(
        f'<iframe id="f" src="copy.html" style="width:{width}px;height:800px;'
        'border:0"></iframe><script>f.onload = () => { const d = '
        "f.contentDocument.documentElement; document.body.dataset.reach = "
        "d.scrollWidth; }</script>"
    )
    shown, _ = browse(frame, tmp_path, "--dump-dom", "--virtual-time-budget=4000")
    reach = re.search(r'data-reach="(\d+)"', shown)
    assert reach is not None
    assert int(reach[1]) <= width


@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
def test_prints(page: Path, tmp_path: Path) -> None:
    """It becomes a document of several sheets."""
    out = tmp_path / "page.pdf"
    browse(page, tmp_path, f"--print-to-pdf={out}")
    content = out.read_bytes()
    assert content.startswith(b"%PDF")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", content)) <= 12
