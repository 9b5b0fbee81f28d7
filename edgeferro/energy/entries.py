"""What a tally counted, as entries: each count with the price of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeferro.core.tally import PHASES, Tally
from edgeferro.energy.ends import BOUNDS
from edgeferro.energy.entry import Entry
from edgeferro.energy.price import PRICED
from edgeferro.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edgeferro.energy.pricing import Pricing

__all__ = ["count_all", "count_of"]


def count_all(pricing: Pricing, tally: Tally) -> list[Entry]:
    """Entries of all that a tally counted; what was not counted has none.

    Raises:
        ConfigError: pulses of a class that the device doesn't have.
    """
    _refuse_unpriced(pricing, tally)
    entries = [e for phase in PHASES for e in _of_phase(pricing, tally, phase)]
    return [entry for entry in entries if entry.count]


def _refuse_unpriced(pricing: Pricing, tally: Tally) -> None:
    counts, classes = tally.pulses, len(pricing.device.classes)
    if counts[:, classes:].any():
        index = max(k for k in range(counts.shape[1]) if counts[:, k].any())
        message = (
            f"pulses of class {index} have no price: device {pricing.device.name} "
            f"has classes 0..{classes - 1}"
        )
        raise ConfigError(message)


def _of_phase(pricing: Pricing, tally: Tally, phase: str) -> Iterator[Entry]:
    for event in PRICED:
        count = count_of(pricing, tally, phase, event)
        if count:
            yield pricing.entry(phase, event, count)
    yield from _in_cells(pricing, tally, phase)
    yield from _pulses(pricing, tally, phase)


def _in_cells(pricing: Pricing, tally: Tally, phase: str) -> Iterator[Entry]:
    """Conduction and charge of reads, and half-selected cells."""
    part, cells = pricing.chip.device, pricing.cells
    base, step = cells.read_terms()
    for name, each in (("read_codes", base), ("read_charge", step)):
        ends = dict.fromkeys(BOUNDS, each)
        count = tally.event(phase, name)
        yield Entry(phase, "read_conduction", name, count, pricing.scaled(ends))
    ends = {bound: cells.read_charge(bound) for bound in BOUNDS}
    driven = tally.event(phase, "line_cells")
    yield Entry(phase, "read_cells", "line_cells", driven, pricing.scaled(ends))
    index = part.program_class if phase == "program" else part.pulse_class
    ends = {bound: cells.half_selected(index, bound) for bound in BOUNDS}
    beside, count = "half_selected", tally.event(phase, "half_selected")
    yield Entry(phase, beside, beside, count, pricing.scaled(ends))


def _pulses(pricing: Pricing, tally: Tally, phase: str) -> Iterator[Entry]:
    """Charge, switching and conduction of a phase's write pulses, class by class.

    Where the prices hold a published energy of a pulse, that is all they take.
    """
    counts = tally.pulses[PHASES.index(phase)]
    for index in range(len(pricing.device.classes)):
        pulses, codes, moved = (int(n) for n in counts[index].sum(axis=0))
        name = f"pulses of class {index}"
        published = [pricing.published_pulse(bound) for bound in BOUNDS]
        whole = {b: p for b, p in zip(BOUNDS, published, strict=True) if p is not None}
        if whole:
            price = pricing.scaled(whole)
            yield Entry(phase, "pulse_switching", name, pulses, price)
            continue
        terms = {bound: pricing.pulse_terms(index, bound) for bound in BOUNDS}
        for event, counted, count, field in (
            ("pulse_switching", f"switched by class {index}", moved, "swing"),
            ("pulse_conduction", name, pulses, "base"),
            ("pulse_conduction", f"conduction of class {index}", codes, "step"),
            ("pulse_charge", name, pulses, "charge"),
        ):
            ends = {bound: getattr(terms[bound], field) for bound in BOUNDS}
            yield Entry(phase, event, counted, count, pricing.scaled(ends))


def count_of(pricing: Pricing, tally: Tally, phase: str, event: str) -> int:
    """What a priced event was counted as in a phase.

    Conversions of ``bias_row``, nanoseconds of ``bias_ns``; of what leaks at rest,
    seconds of ``leak_base`` and seconds times bits of ``leak_bit``.
    """
    counted = {"bias_row": "adc", "bias_ns": "analog_ns", "leak_base": "rest_s"}
    if event == "leak_bit":
        rest = tally.event(phase, "rest_s")
        return rest * sum(pricing.retained_bits.values()) if rest else 0
    if event == "wake":
        return 0  # no run is cut off from power; a budget counts them
    return tally.event(phase, counted.get(event, event))
