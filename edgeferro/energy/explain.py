"""What takes energy, in words: a price's formula and sources, a sum's counts.

Every name of a report can be asked for: what is counted, parts of the chip, phases of
the tally, an inference and an update cycle.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from edgeferro.core.tally import PHASES
from edgeferro.energy.ends import BOUNDS
from edgeferro.energy.entry import Entry, total_of
from edgeferro.energy.price import FORMULA_PARTS, FROM_DEVICE, PARTS, PRICED, part_of
from edgeferro.energy.quantity import Quantity, joules_text
from edgeferro.energy.rows import SHARES, Row, count_text, row_of
from edgeferro.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edgeferro.energy.pricing import Pricing

__all__ = [
    "MEANS",
    "NO_RUN",
    "explain",
    "names",
    "price_text",
    "prices_text",
    "sum_text",
]

# What a report gives a mean of, and the phases that belong to it.
MEANS: Final = {"inference": ("infer",), "update cycle": ("backward", "update")}
_PARTS: Final = tuple(dict.fromkeys(PARTS.values()))
EVENTS: Final = (*PRICED, *FORMULA_PARTS, "half_selected")
_IN_PULSES: Final = ("pulse_switching", "pulse_conduction", "pulse_charge")
_NOTES: Final = {
    "adc": "a converter that lines share converts once a clock (SPEC 11)",
    "register": "bus accesses of the driver; the core by itself makes none",
}
NO_RUN: Final = "no run, so prices alone: the JSON of `edgeferro train` has counts"


def names() -> list[str]:
    """All that :func:`explain` knows."""
    found = (*PRICED, *FROM_DEVICE, *FORMULA_PARTS, "pulse")
    return list(dict.fromkeys([*found, *_PARTS, *PHASES, *MEANS]))


def explain(
    pricing: Pricing,
    name: str,
    entries: Sequence[Entry],
    counted: Mapping[str, int],
    said: str = "all of a run",
) -> str:
    """Say what an event, a part, a phase or an operation takes.

    Args:
        pricing: of the chip.
        name: what to explain.
        entries: of a run; none where there was no run.
        counted: how often the run did each operation of :data:`MEANS`.
        said: what the entries are all of.

    Raises:
        ConfigError: no such name.
    """
    if name not in names():
        message = f"explain: {name!r} is not one of {', '.join(names())}"
        raise ConfigError(message)
    if name in (*PRICED, *FROM_DEVICE, *FORMULA_PARTS, "pulse"):
        lines = [price_text(pricing, name)]
        lines += _counts(pricing, name, entries)
        return "\n".join(lines if entries else [*lines, NO_RUN])
    if name in MEANS:
        count = counted.get(name, 0)
        said = f"the mean of {count:,}"
        factor = Fraction(1, count or 1)
        entries = [e.times(factor) for e in entries if e.phase in MEANS[name]]
    rows = [row_of(pricing, entry) for entry in entries]
    if name not in MEANS:
        rows = [row for row in rows if name in {row.phase, row.part}]
    if rows:
        return sum_text(name, rows, said)
    if entries:
        return f"{name}: not in this run"
    inside = [event for event in EVENTS if part_of(event) == name]
    return prices_text(pricing, name, inside or EVENTS)


def prices_text(pricing: Pricing, name: str, events: Sequence[str] = EVENTS) -> str:
    """Prices alone, where nothing has been counted."""
    texts = dict.fromkeys(price_text(pricing, event) for event in events)
    return "\n".join([f"{name}: {NO_RUN}", *texts])


def _counts(pricing: Pricing, name: str, entries: Sequence[Entry]) -> list[str]:
    """Where a run counted an event, and its share of each phase."""
    lines = []
    for entry in entries:
        pulse = name == "pulse" and entry.event in _IN_PULSES
        if not pulse and name not in {entry.event, entry.name}:
            continue
        whole = total_of(e for e in entries if e.phase == entry.phase)
        row = row_of(pricing, entry)
        share = _percent(row.energy.value, whole.value)
        lines.append(f"  {_named(row)}: {_product(row)}, {share} of {row.phase}")
    return lines or ["  not in this run"] * bool(entries)


def price_text(pricing: Pricing, event: str) -> str:
    """Say what one count of an event costs here: formula, numbers, sources."""
    event = dict.fromkeys(_IN_PULSES, "pulse").get(event, event)
    event = {"read_conduction": "read_charge"}.get(event, event)
    array, device, cells = pricing.chip.array, pricing.device, pricing.cells
    priced = event in PRICED or event in FROM_DEVICE
    ends = (pricing.each(event, b) for b in BOUNDS) if priced else ()
    if event == "half_selected":
        return (
            f"half_selected: {SHARES[array.access]} of a cell in a slot (array."
            f"access {array.access}); {cells.film()}; here {Quantity(*ends)}"
        )
    if event == "read_cells":
        ends = (cells.read_charge(b) for b in BOUNDS)
        return (
            f"read_cells: C V^2 of a cell on a driven line, V = {array.read_v} V; "
            f"{cells.film()}; here {Quantity(*ends)}"
        )
    if event in FROM_DEVICE:
        return (
            f"{event}: G V^2 t |code| / top code, G = {device.g_min_ns} .. "
            f"{device.g_max_ns} ({device.g_min_ns.source}), V = {array.read_v} V, "
            f"t = {array.read_ns} ns (chip file)"
        )
    if event == "pulse" and pricing.prices.pulse is None:
        return "\n".join(cells.explain_pulse(k) for k in range(len(device.classes)))
    text = pricing.prices.explain(event)
    if event == "pulse":
        return text
    price = pricing.prices.events[event]
    text += f"; here {Quantity(*ends)}{price.inputs(event, pricing.operating)}"
    note = _NOTES.get(event, "")
    if event == "leak_bit" and pricing.sizes is not None:
        bits = pricing.retained_bits
        kept = ", ".join(f"{what} {number}" for what, number in bits.items())
        note = f"{sum(bits.values())} bits are kept: {kept}"
    return f"{text}; {note}" if note else text


def _product(row: Row) -> str:
    """Count times price, and what comes of it."""
    price = joules_text(row.price[1])
    return f"{count_text(row.count)} {row.unit} x {price} = {row.energy}"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.3g} %" if whole else "-"


def _named(row: Row) -> str:
    """Event of a row, and what was counted for it."""
    return row.event if row.name in {"", row.event} else f"{row.event}, {row.name}"


def sum_text(name: str, rows: Sequence[Row], said: str) -> str:
    """Say what a sum is made of: shares, counts times prices, and then sources.

    Args:
        name: of the sum.
        rows: that make it, in any order.
        said: of what it is the sum.
    """
    total = sum((row.energy for row in rows), Quantity(0, 0, 0))
    lines = [f"{name}: {total}; {said}"]
    for row in sorted(rows, key=lambda row: -row.energy.value):
        share = _percent(row.energy.value, total.value)
        where = "" if name == row.phase else f" in {row.phase}"
        lines.append(f"  {share:>8} {_named(row)}{where}: {_product(row)}")
    lines.append("prices:")
    for row in {_named(row): row for row in rows}.values():
        low, value, high = map(joules_text, row.price)
        ends = "" if low == high else f" ({low} .. {high})"
        lines.append(
            f"  {_named(row)}: {value}{ends} a count; {row.formula}; "
            f"{row.kind}: {row.source}"
        )
    return "\n".join(lines)
