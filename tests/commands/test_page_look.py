"""How the budget's page looks: at every width, dark, on paper, in what colours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from test_page import browser, figures, opened, page, pypdf, pytestmark

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["browser", "figures", "opened", "page", "pytestmark"]  # fixtures, a mark

# Elements whose text is wider than they are, and words that were broken in a table.
BROKEN = """() => [...document.querySelectorAll('td, th, .card, p, li')]
  .filter(e => e.offsetParent && e.scrollWidth > e.clientWidth + 1)
  .map(e => e.textContent.slice(0, 60))"""
SPLIT = r"""() => {
  const WORDS = /(?<=^|\s)[A-Za-z]{2,16}(?=$|[\s,;:])/g;
  const found = [];
  for (const cell of document.querySelectorAll('td, th')) {
    for (const node of cell.childNodes) {
      if (node.nodeType !== 3) continue;
      for (const word of node.textContent.matchAll(WORDS)) {
        const range = document.createRange();
        range.setStart(node, word.index);
        range.setEnd(node, word.index + word[0].length);
        if (new Set([...range.getClientRects()].map(r => r.top)).size > 1)
          found.push(word[0]);
      }
    }
  }
  return found;
}"""


# Bars that are wider than their frame, and labels that are in part beyond their piece.
CUT = """() => [...document.querySelectorAll('.pieces, .pieces i')].filter(e => {
  if (e.className === 'pieces') return e.scrollWidth > e.clientWidth;
  if (!e.textContent) return false;
  const range = document.createRange();
  range.selectNodeContents(e);
  const [text, piece] = [range.getBoundingClientRect(), e.getBoundingClientRect()];
  const below = text.top >= piece.bottom - 1; // out of sight
  return !below && (text.left < piece.left - 1 || text.right > piece.right + 1);
}).map(e => e.textContent)"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 360, 800, 1200, 1600])
def test_fits_the_width(browser: Any, page: Path, width: int, scheme: str) -> None:
    """No page beyond the window, no text beyond its place, no word in two."""
    size = {"width": width, "height": 900}
    tab = browser.new_page(viewport=size, color_scheme=scheme)
    tab.goto(page.as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert [] == tab.evaluate(BROKEN)
    assert [] == tab.evaluate(SPLIT)
    assert [] == tab.evaluate(CUT)
    colours = tab.evaluate(
        "(s => [s.color, s.backgroundColor])(getComputedStyle(document.body))"
    )
    ink, paper = (rgb(colour) for colour in colours)
    assert contrast(ink, paper) >= 7.0
    assert (scheme == "dark") == (paper.sum() < ink.sum())
    tab.close()


def test_prints(browser: Any, page: Path, tmp_path: Path) -> None:
    """On A4: page numbers, the run in the foot, and a table's head on each sheet."""
    tab, out = browser.new_page(), tmp_path / "page.pdf"
    tab.goto(page.as_uri())
    tab.pdf(path=out, prefer_css_page_size=True)
    tab.close()
    sheets = pypdf.PdfReader(out).pages
    assert 3 <= len(sheets) <= 16
    width, height = (float(n) for n in sheets[0].mediabox[2:])
    assert (595.0, 842.0) == pytest.approx((width, height), abs=1.5)
    texts = [re.sub(r"\s+", " ", sheet.extract_text()) for sheet in sheets]
    for number, text in enumerate(texts, 1):
        assert f"page {number} of {len(sheets)}" in text
        assert re.search(r"edgeferro \S+, \d{4}-\d\d-\d\d, run [0-9a-f]{16}", text)
    assert "What if" not in texts[0]
    head = "what value kind source"
    sources = [k for k, text in enumerate(texts) if head in text]
    assert len(sources) >= 2  # a long table goes on with its head
    assert list(range(sources[0], sources[-1] + 1)) == sources
    assert 1 == sum(text.count("that the battery gives") for text in texts)


def test_a_chart_s_ticks_are_round_and_in_their_places(
    opened: Any, figures: dict[str, Any]
) -> None:
    """Each tick stands where its number lies between nothing and the life."""
    end = figures["battery_days"]["value"]
    field = opened.locator(".chart svg").bounding_box()
    ticks = opened.locator(".chart .x span")
    numbers = [float(text) for text in ticks.all_inner_texts()]
    assert 4 <= len(numbers) <= 6
    assert 0.0 == numbers[0]
    step = numbers[1]
    assert f"{step:e}"[0] in "125"
    assert [k * step for k in range(len(numbers))] == pytest.approx(numbers)
    for number, tick in zip(numbers, ticks.all(), strict=True):
        box = tick.bounding_box()
        middle = (box["x"] + box["width"] / 2 - field["x"]) / field["width"]
        assert number / end == pytest.approx(middle, abs=0.01)
    title = opened.locator(".chart .title").inner_text()
    assert f"{figures['limits']['binding']} ends it" in title
    assert opened.locator(".chart").get_by_text("charge left").is_visible()


# ---- colours


def rgb(colour: str) -> np.ndarray:
    """Red, green, blue in 0..1 of '#rrggbb' or 'rgb(r, g, b)'."""
    if colour.startswith("#"):
        found = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
    else:
        found = [int(n) for n in re.findall(r"\d+", colour)[:3]]
    return np.array(found) / 255.0


def linear(colour: np.ndarray) -> np.ndarray:
    """Light of sRGB's numbers (IEC 61966-2-1)."""
    found: np.ndarray = np.where(
        colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4
    )
    return found


def contrast(one: np.ndarray, other: np.ndarray) -> float:
    """Of two colours, as WCAG 2 has it: 1..21."""
    weights = np.array([0.2126, 0.7152, 0.0722])
    high, low = sorted((float(linear(c) @ weights) for c in (one, other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


# Linear sRGB as somebody without M cones sees it (F. Vienot, H. Brettel and J. Mollon,
# Color Res. Appl. 24, 1999), and CIE XYZ of linear sRGB.
DEUTERANOPE = np.array(
    [[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]]
)
XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
)


def lab(light: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of linear sRGB, D65."""
    ratio = XYZ @ light / (XYZ @ np.ones(3))
    f = np.where(
        ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * (29 / 6) ** 2 / 3 + 4 / 29
    )
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_colours_are_told_apart(opened: Any) -> None:
    """Of any two parts, also without M cones; and the words on them can be read."""
    from edgeferro.budget.page_parts import COLOURS

    seen = {
        part: lab(np.clip(DEUTERANOPE @ linear(rgb(colour)), 0.0, 1.0))
        for part, (colour, _) in COLOURS.items()
    }
    apart = {
        (one, other): float(np.linalg.norm(seen[one] - seen[other]))
        for one in seen
        for other in seen
        if one < other
    }
    assert min(apart.values()) > 12.0, min(apart, key=lambda pair: apart[pair])
    for colour, ink in COLOURS.values():
        assert contrast(rgb(colour), rgb(ink)) >= 4.5
    labels = opened.locator(".pieces i").evaluate_all(
        "all => all.map(e => "
        "[e.textContent, e.offsetWidth / e.parentElement.offsetWidth])"
    )
    for text, part in labels:
        assert text or part < 0.085
        assert not text or part > 0.075
