"""The budget's page in a real browser: nothing fetched, nothing logged, all of it fits.

Its sliders are dragged, and what the page then says is what the command says.
"""

from __future__ import annotations

import html
import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from test_budget import SHORT, command

from edgeferro import files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

playwright = pytest.importorskip("playwright.sync_api")
pypdf = pytest.importorskip("pypdf")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
ENDS = ("low", "value", "high")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A budget's page, and its figures beside it."""
    path = tmp_path_factory.mktemp("page") / "budget.html"
    figures = ["--json", str(path.with_name("budget.json"))]
    run = ["--compare", "energy.prices=cmos-28nm", "--implant", "cortex-array"]
    done = command(*SHORT, "--html", str(path), *figures, *run)
    assert done.returncode in {0, 1}, done.stderr
    return path


@pytest.fixture(scope="module")
def figures(page: Path) -> dict[str, Any]:
    """What the command says beside the page."""
    found: dict[str, Any] = json.loads(page.with_name("budget.json").read_text())
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The browser."""
    with playwright.sync_playwright() as started:
        found = started.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield found
        found.close()


@pytest.fixture
def opened(browser: Any, page: Path) -> Iterator[Any]:
    """The page, wide; a console message or a request is a failure."""
    tab, said = browser.new_page(viewport={"width": 1200, "height": 900}), []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("request", lambda asked: said.append(asked.url))
    tab.goto(page.as_uri())
    said.remove(page.as_uri())
    yield tab
    assert [] == said
    tab.close()


def shown(tab: Any, key: str) -> list[float]:
    """The three ends of a figure that the page works out."""
    data = tab.locator(f"[data-key={key}]").evaluate("e => ({...e.dataset})")
    return [float(data[end]) for end in ENDS]


def said(figures: dict[str, Any], key: str) -> list[float]:
    """The same as the command says it."""
    product, operations = figures["product"], figures["operations"]
    three, size = {
        "life": (figures["battery_days"], 1.0),
        "watts": (product["total_uw"], 1e-6),
        "chip_watts": (product["chip_uw"], 1e-6),
        "chip_day": (figures["day_fj"], 1e-15),
        "product_day": (product["day_j"], 1.0),
        "rise": (figures["temperature_rise_k"], 1.0),
        "inference": (operations["inference"]["energy_fj"], 1e-15),
        "update": (operations["update cycle"]["energy_fj"], 1e-15),
    }[key]
    return [three[end] * size for end in ENDS]


KEYS = ("life", "watts", "chip_watts", "chip_day", "product_day", "rise")


def same(tab: Any, figures: dict[str, Any]) -> None:
    """Every figure of the page is the command's to a part in 10^9."""
    for key in (*KEYS, "inference", "update"):
        assert said(figures, key) == pytest.approx(shown(tab, key), rel=1e-9), key
    product = figures["product"]
    parts = [product["chip_uw"][end] / product["total_uw"][end] for end in ENDS]
    assert parts == pytest.approx(shown(tab, "chip_share"), rel=1e-9)
    assert product["chip_share"] == pytest.approx(parts[1], rel=1e-9)


def test_asks_for_nothing(page: Path) -> None:
    """No address in it is fetched; a policy lets its own script and style run alone."""
    text = page.read_text()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    said = html.unescape(policy[1]).split(";")
    rules = dict(rule.strip().split(" ", 1) for rule in said)
    assert "'none'" == rules["default-src"]
    for kind in ("script-src", "style-src"):
        assert re.fullmatch(r"'sha256-[A-Za-z0-9+/=]{44}'", rules[kind])
    assert [] == re.findall(
        r"<(?:iframe|object|embed|audio|video|link rel=.style)", text
    )
    assert [] == re.findall(r'(?:src|href)="(?!data:,"|#)[^"]*"|url\(', text)
    assert [] == re.findall(r"<[a-z]+ [^>]*\b(?:style|on[a-z]+)=", text)


def test_a_script_that_was_changed_does_not_run(browser: Any, page: Path) -> None:
    """The policy knows the page's own script by its hash."""
    other = page.with_name("other.html")
    marked = page.read_text().replace('"use strict";', '"use strict"; window.ran = 1;')
    other.write_text(marked)
    tab = browser.new_page()
    tab.goto(other.as_uri())
    assert tab.evaluate("window.ran === undefined")
    assert not tab.locator("#sliders").is_visible()
    tab.close()


def test_the_page_begins_with_the_command_s_figures(
    opened: Any, figures: dict[str, Any]
) -> None:
    """Before a slider is moved all figures are those of the JSON."""
    same(opened, figures)
    assert not opened.locator("#moved").is_visible()


def test_every_section_is_there(opened: Any, figures: dict[str, Any]) -> None:
    """Verdict first; then product, chip, uncertainty, comparison, rows, sources."""
    text = opened.locator("body").inner_text()
    assert text.index(figures["verdict"]["word"]) < text.index("Verdicts")
    for verdict in figures["verdicts"]:
        assert verdict["text"].replace(" u", " µ")[:30] in text.replace(" u", " µ")
    headings = opened.locator("h2").all_inner_texts()
    heads = [
        "Verdicts",
        "The product",
        "Where the chip's energy goes",
        "How sure it is",
        "Beside energy.prices=cmos-28nm",
        "Count x price = energy",
        "Assumptions and sources",
        "To reproduce",
    ]
    places = [headings.index(head) for head in heads]
    assert sorted(places) == places
    turners = opened.locator("#verdict li").all_inner_texts()
    assert 3 == len(turners)
    for load in figures["product"]["loads"]:
        assert load["source"][:20] in text.replace("µ", "u")
    assert (
        len(figures["uncertainty"]) == opened.locator("#uncertainty tbody tr").count()
    )
    taking = [row for row in figures["rows"] if row["day_j"]["high"]]
    assert len(taking) == opened.locator("#rows tbody tr").count()
    paired = figures["compare"]["paired"]
    assert len(paired) == opened.locator("#compare tbody tr").count()


def test_each_row_leads_to_what_its_price_is_made_of(
    opened: Any, figures: dict[str, Any]
) -> None:
    """A link of a row goes to its formula and source, and moves no slider."""
    taking = [row for row in figures["rows"] if row["day_j"]["high"]]
    links = opened.locator("#rows a")
    assert len(taking) == links.count()
    told = opened.evaluate(
        "[...document.querySelectorAll('#rows a')].map("
        "a => document.getElementById(a.hash.slice(1)).textContent)"
    )
    for row, text in zip(taking, told, strict=True):
        assert row["source"].replace("u", "µ") in text.replace("u", "µ")
        if row["phase"] != "product":
            assert row["formula"].replace("u", "µ") in text.replace("u", "µ")
    drag(opened, "updates", 0.6)
    before = {key: shown(opened, key) for key in KEYS}
    links.first.click()
    opened.locator("nav a").last.click()
    assert before == {key: shown(opened, key) for key in KEYS}
    assert opened.locator("#moved").is_visible()


def drag(tab: Any, name: str, part: float) -> str:
    """Drag a slider with the mouse to a part of its way; what it then stands at."""
    slider = tab.locator(f"#slide-{name}")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    tab.mouse.move(box["x"] + box["width"] / 2, middle)
    tab.mouse.down()
    tab.mouse.move(box["x"] + part * box["width"], middle, steps=4)
    tab.mouse.up()
    found: str = tab.locator(f"#slid-{name}").get_attribute("data-value")
    return found


def test_sliders_follow_the_command(
    browser: Any, opened: Any, page: Path, tmp_path: Path
) -> None:
    """Three sliders, another battery: what the page says then, the command says too.

    The link keeps them, and brings them back.
    """
    moved = {
        "sample_period_s": drag(opened, "period", 0.7),
        "duty_cycle": drag(opened, "duty", 0.4),
        "updates_per_day": drag(opened, "updates", 0.6),
    }
    opened.locator("#slide-battery").select_option("implant-li-ion-200")
    assert opened.locator("#moved").is_visible()
    out = tmp_path / "moved.json"
    line = [x for pair in moved.items() for x in ("--set", "usage.{}={}".format(*pair))]
    line += ["--battery", "implant-li-ion-200", "--implant", "cortex-array"]
    done = command(*SHORT, "--no-html", "--json", str(out), *line)
    assert done.returncode in {0, 1}, done.stderr
    found = json.loads(out.read_text())
    same(opened, found)
    again = browser.new_page()
    again.goto(opened.url)
    same(again, found)
    again.close()
    opened.locator("#back").click()
    same(opened, json.loads(page.with_name("budget.json").read_text()))
    assert "#" not in opened.url


def test_the_verdict_follows_the_sliders(opened: Any) -> None:
    """A fuel cell can't feed a watch: the box says so, and so does a sheet of paper."""
    box = opened.locator("#verdict")
    before = box.inner_text()
    assert "on cr2032" in before
    opened.locator("#slide-battery").select_option("glucose-fuel-cell")
    now = box.inner_text()
    assert "FAILS: harvest" in now
    assert "on cr2032" not in now
    assert "fails" in (box.get_attribute("class") or "")
    assert "glucose-fuel-cell" == opened.locator("#lasts").inner_text()
    opened.emulate_media(media="print")
    assert "FAILS: harvest" in box.inner_text()
    assert "a sample every 2.00 s" in box.inner_text()
    opened.emulate_media(media="screen")
    opened.locator("#back").click()
    assert before == box.inner_text()


def test_a_wish_follows_the_sliders(browser: Any, tmp_path: Path) -> None:
    """A life that is asked for, and missed by a faster sample: as the command says."""
    text = files.load("watch", "products")[0]
    own = text.replace('name = "watch"', 'name = "own"\nwanted_days = 20', 1)
    (tmp_path / "own.toml").write_text(own)
    place = tmp_path / "page.html"
    product = ["--product", str(tmp_path / "own.toml")]
    done = command(*SHORT, *product, "--html", str(place))
    assert 0 == done.returncode, done.stderr
    tab = browser.new_page()
    tab.goto(place.as_uri())
    drag(tab, "period", 0.01)
    value = tab.locator("#slid-period").get_attribute("data-value")
    said = tab.locator("#verdict").inner_text()
    tab.close()
    rate = ["--set", f"usage.sample_period_s={value}", "--no-html"]
    done = command(*SHORT, *product, *rate)
    assert 1 == done.returncode
    assert "life" in done.stderr
    assert "life" in said.partition("FAILS: ")[2].splitlines()[0]


@pytest.mark.parametrize("corner", [0, 2])
def test_a_corner_of_the_prices(opened: Any, corner: int) -> None:
    """At a corner the figures are shown that every number's end makes of them."""
    before = {key: shown(opened, key) for key in KEYS}
    words = opened.locator("[data-key=inference]").inner_text()
    opened.locator(f"[name=corner][value='{corner}']").check()
    assert before == {key: shown(opened, key) for key in KEYS}
    now = opened.locator("[data-key=inference]").inner_text()
    assert now != words
    assert ".." not in now
    low, _, high = shown(opened, "life")
    days = opened.locator("[data-key=life]").inner_text().split()[0].replace(",", "")
    assert [high, low][corner // 2] == pytest.approx(float(days), rel=0.01)


def test_a_link_that_is_not_one(browser: Any, page: Path, figures: Any) -> None:
    """Words out of range, or none, leave the page as it was made."""
    wrong = "#period=-1&duty=7&updates=nan&battery=%3Cb%3E&corner=9&x=y"
    tab = browser.new_page()
    tab.goto(page.as_uri() + wrong)
    same(tab, figures)
    tab.close()


def test_without_scripts(browser: Any, page: Path, figures: dict[str, Any]) -> None:
    """The figures stand without any script; sliders, which would do nothing, don't."""
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(page.as_uri())
    life = tab.locator("[data-key=life]").inner_text()
    typical = f"{figures['battery_days']['value']:.3g}".removesuffix(".0")
    assert life.startswith(
        (typical, f"{figures['battery_days']['value'] / 365.25:.3g}")
    )
    assert not tab.locator("#sliders").is_visible()
    context.close()
