"""A budget as one HTML file that needs nothing else: for a review, or a USB stick.

It carries its style and its script, and a policy that lets a browser use these two, by
their hashes, and nothing besides; without scripts the figures stand as they are.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from edgeferro.budget.page_model import page_model
from edgeferro.budget.page_parts import bars, curve, legend, parts_css
from edgeferro.budget.show_uncertain import NAMES, below_text, figure_text
from edgeferro.files.packages import need
from edgeferro.product.words import (
    amount,
    count_text,
    days_text,
    digits,
    percent,
    ranged,
    ranged_days,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from edgeferro.budget.budget import Budget

__all__ = ["page"]

_AJ_PER_UJ: Final = 10**12


def _read(name: str) -> str:
    return files("edgeferro").joinpath("budget", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """What a content policy calls a script or a style."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _pretty(text: str) -> str:
    """Write u in front of a unit as the micro sign that a page may use."""
    return re.sub(r"(?<![A-Za-z])u(?=(?:[JWKVAsF]|m2?)(?![A-Za-z]))", "µ", str(text))


def _whole(write: Callable[..., str]) -> Callable[..., str]:
    """Keep a number and its unit on one line; a range may go below them."""
    return lambda *of: _pretty(write(*of)).replace(" ", "\xa0").replace("\xa0(", " (")


def _microjoules(aj: int) -> str:
    """Three digits; what would take a line of noughts stands in the CSV."""
    micro = aj / _AJ_PER_UJ
    return "< 0.001" if 0.0 < micro < 1e-3 else digits(micro)


def _sentence(text: str) -> str:
    """Write a line of a terminal as a sentence; a name keeps its small letter."""
    head = text.split(" ", 1)[0].rstrip(":,;")
    small = head.isalpha() and head.islower()
    return (text[:1].upper() + text[1:] if small else text).rstrip(".") + "."


def _ends(three: dict[str, float]) -> tuple[float, float, float]:
    return three["low"], three["value"], three["high"]


def _filters() -> dict[str, Callable[..., Any]]:
    def scaled(three: dict[str, float], factor: float) -> dict[str, float]:
        return {end: number * factor for end, number in three.items()}

    return {
        "pretty": _pretty,
        "scaled": scaled,
        "ranged": _whole(lambda three, unit: ranged(_ends(three), unit)),
        "amount": _whole(amount),
        "figure": _whole(figure_text),
        "named": lambda name: NAMES[name],
        "percent": _whole(percent),
        "count": count_text,
        "digits": digits,
        "days": _whole(days_text),
        "words": lambda text: text.replace("_", " ").replace(".", " "),
        "plain": lambda text: text.replace("_", " "),
        "sentence": _sentence,
        "counted": _counted,
        "microjoules": _microjoules,
    }


def _compared(figures: dict[str, Any]) -> list[dict[str, str]]:
    """Rows of a comparison: both figures, their ratio over draws, how often below."""
    other = figures.get("compare") or {}
    found = []
    for name, pair in other.get("paired", {}).items():
        found.append(
            {
                "name": NAMES[name],
                "first": pair["first"],
                "second": pair["second"],
                "ratio": f"{digits(pair['ratio_p50'])} ({digits(pair['ratio_p5'])}.."
                f"{digits(pair['ratio_p95'])})",
                "below": below_text(pair),
            }
        )
    return found


def _counted(row: dict[str, Any]) -> str:
    """How many a day; joules that a loss is a part of have their prefix."""
    if row["unit"].startswith("J of "):
        return _pretty(amount(row["per_day"], "J"))
    return count_text(row["per_day"])


def _made(figures: dict[str, Any]) -> list[dict[str, Any]]:
    """Prices of a chip's rows, each once; a row takes the place that tells its own."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    loads = [load["name"] for load in figures["product"]["loads"]]
    for row in figures["rows"]:
        if not row["day_j"]["high"]:
            continue
        if row["phase"] == "product":
            row["place"] = f"load{loads.index(row['event'])}"
            continue
        key = (row["event"], row["unit"], row["formula"], row["source"])
        made = found.setdefault(key, {"place": f"made{len(found)}", **row})
        row["place"] = made["place"]
    return list(found.values())


def page(budget: Budget, figures: dict[str, Any]) -> str:
    """Write the page of a budget; ``figures`` are those of ``--json``."""
    need("jinja2", "--html")
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(_filters())
    figures = {**figures, "rows": [dict(row) for row in figures["rows"]]}
    made = _made(figures)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    parts, drawn, charge = budget.run.energy.parts, bars(budget), curve(budget)
    footer = f"edgeferro {figures['version']}, {today}, run {figures['signature']}"
    style = _read("page.css").replace("{{ footer }}", footer)
    style += parts_css(drawn, charge, parts)
    script, model = _read("page.js"), page_model(budget)
    spreads = figures["uncertainty"]
    return environment.from_string(_read("page.html.j2")).render(
        f=figures,
        today=today,
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
        # a name of an own file may hold what would end the block
        model_json=json.dumps(model).replace("<", "\\u003c"),
        model=model,
        legend=legend(parts),
        bars=drawn,
        curve=charge,
        made=made,
        told={row["event"] for row in made},
        compared=_compared(figures),
        first_spread=next(iter(spreads.values())),
        battery=budget.battery,
        implant=budget.implant,
        life=ranged_days(budget.life_days()) if budget.battery else "no battery",
        wear=budget.wear_text,
        chip_file=budget.run.chip.to_toml(),
    )
