"""The area of a chip, estimated beside its energy: counts times what each part takes.

The counts are those of :mod:`edgeferro.energy.blocks`; what each takes stands in the
area file that the prices name, with source, kind and range. Gates are counted in gate
equivalents (GE), NAND gates of two inputs:

- flip-flop, full adder, multiplexer, exclusive or: their cells' area over that gate's;
- adder or comparator of n bits: n full adders; multiplier of m x n bits: m n times the
  figure of a pair of bits, from a synthesised one;
- divider: quotient bits x width x (full adder + multiplexer), one row a bit;
- shift register: 32 flip-flops and 24 exclusive ors, for its leap of eight (SPEC 2.5);
- lane: multiplier of input and error codes, rounding, an accumulator's adder, its
  comparison with the threshold and its saturation, and registers of two stages;
- DAC: pulses as long as its code, so a register and a comparison with a counter.

Areas: gates x area of a gate / utilization; a memory is a macro, its bits x area a bit
and what a block takes besides, or flip-flops where those are smaller; an array is its
cells x the square of their pitch (``chip/wires.py``); a line has a write driver and a
DAC's switch, a converter an integrator with its capacitor and an ADC of scale x
node^a x rate^b x energy^c (T. Andrulis et al., arXiv 2404.06553), its rate one
conversion a read and its energy the price file's.

Pads, charge pump, clock, references and firmware's memory are not in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from edgeferro.chip.wires import pitch_um
from edgeferro.core.tally import Tally
from edgeferro.energy.areas import Areas
from edgeferro.energy.blocks import Blocks, count_blocks, uses_lanes
from edgeferro.energy.prices import Prices
from edgeferro.energy.report import BOUNDS, EnergyReport

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.chip.chip import Chip
    from edgeferro.chip.device import Device
    from edgeferro.energy.blocks import Shape

__all__ = ["Area", "Hardware", "gates_of"]

_MANTISSA: Final = 8  # bits of a rate (SPEC 9)
_GRADIENT: Final = 32  # bits of a rounded product
_SLOPE: Final = 16
_PROBABILITY: Final = 16  # bits of a quotient of the softmax (SPEC 7.1)
_QJ_PER_PJ: Final = 10**18
_UM2_PER_MM2: Final = 1e6


@dataclass(frozen=True)
class Area:
    """Square micrometres, with their range."""

    low: float
    value: float
    high: float

    def __add__(self, other: Area) -> Area:
        """Add end by end."""
        return Area(
            self.low + other.low, self.value + other.value, self.high + other.high
        )

    def __str__(self) -> str:
        """Write square millimetres, three digits."""
        low, value, high = (
            f"{end / _UM2_PER_MM2:.3g}" for end in (self.low, self.value, self.high)
        )
        return f"{value} mm2 ({low}..{high})"

    def to_dict(self) -> dict[str, float]:
        """Return the three ends."""
        return {"low": self.low, "value": self.value, "high": self.high}


class _Gates:
    """Gate equivalents of the digital part at one end of their range."""

    def __init__(
        self, chip: Chip, shapes: Sequence[Shape], areas: Areas, bound: str
    ) -> None:
        """Take the figures."""
        self.chip, self.shapes = chip, shapes
        self.blocks = count_blocks(chip, shapes)
        self.flip_flop, self.adder, self.mux, self.xor, self.product, self.rounding = (
            areas.at(f"{name}_ge", bound)
            for name in (
                *("flip_flop", "full_adder", "mux", "xor", "multiplier_bit"),
                "rounding",
            )
        )
        self.control = areas.at("control_ge", bound)
        c = chip.converters
        self.input_bits = max(c.input_bits, c.activation_bits)

    def divider(self, quotient: int, width: int) -> float:
        """One row a bit of the quotient."""
        return quotient * width * (self.adder + self.mux)

    def lane(self) -> float:
        """One of ``controller.lanes``; of products alone, or with an accumulator."""
        k, x = self.chip.controller, self.input_bits
        factor = self.chip.converters.error_bits + _MANTISSA
        if self.chip.array.reference in {"stored", "offset"}:
            factor = max(factor, _SLOPE)
        multiplier = x * factor * self.product
        if k.rule == "sgd-stochastic":  # products of stored references are summed
            registers = 2 * (x + factor) + _GRADIENT
            adder = _GRADIENT * self.adder
            return multiplier + adder + registers * self.flip_flop
        kept = k.accumulator_bits if k.rule == "mixed-precision" else 8
        registers = 2 * (x + factor) + _GRADIENT + 2 * kept
        judged = kept * (2 * self.adder + self.mux)  # sum or count, limit, saturation
        return multiplier + self.rounding + judged + registers * self.flip_flop

    def errors(self) -> float:
        """Output errors, error codes, slopes, the class."""
        c, k, last = self.chip.converters, self.chip.controller, self.shapes[-1].rows
        largest = c.adc_bits * (self.adder + self.flip_flop)
        codes = self.rounding + _SLOPE * self.adder
        slope = max(c.adc_bits, c.activation_bits + 1) * _SLOPE * self.product
        if k.error == "softmax":
            width = _PROBABILITY + (last - 1).bit_length()
            output = self.divider(_PROBABILITY, width) + 3 * width * self.adder
            slopes = slope if len(self.shapes) > 1 else 0.0
        else:
            output, slopes = (c.activation_bits + 1) * self.adder, slope
        return largest + codes + output + slopes

    def transfer(self) -> float:
        """From accumulators to pulses: a divider, one a chip."""
        k = self.chip.controller
        if k.rule != "mixed-precision":
            return 0.0
        return self.divider(k.pulse_limit.bit_length(), k.accumulator_bits)

    def trains(self) -> float:
        """Probabilities and their comparison with the shift registers, a group each."""
        k = self.chip.controller
        if k.rule != "sgd-stochastic":
            return 0.0
        most = max(self.input_bits, self.chip.converters.error_bits)
        groups = self.blocks.lfsrs * k.train_bits * self.adder
        return most * _MANTISSA * self.product + self.rounding + groups

    def by_part(self) -> dict[str, float]:
        """Each part."""
        blocks, k = self.blocks, self.chip.controller
        lanes = k.lanes * self.lane() if uses_lanes(self.chip) else 0.0
        register = 32 * self.flip_flop + 24 * self.xor
        return {
            "lanes": lanes,
            "transfer": self.transfer(),
            "errors": self.errors(),
            "trains": self.trains(),
            "LFSRs": blocks.lfsrs * register,
            "DACs": blocks.dac_bits * (self.flip_flop + self.xor)
            + blocks.dacs * self.flip_flop,
            "registers": sum(blocks.registers.values()) * self.flip_flop,
            "control": self.control,
        }


def gates_of(
    chip: Chip, shapes: Sequence[Shape], areas: Areas, bound: str = "value"
) -> dict[str, float]:
    """Gate equivalents of the digital part, by part."""
    return _Gates(chip, shapes, areas, bound).by_part()


def _memory_um2(bits: int, areas: Areas, bound: str) -> float:
    """A macro, or flip-flops where those are smaller."""
    macro = areas.at("sram_block_um2", bound) + bits * areas.at("sram_bit_um2", bound)
    gates = bits * areas.at("flip_flop_ge", bound)
    return min(macro, _gates_um2(gates, areas, bound))


def _gates_um2(gates: float, areas: Areas, bound: str) -> float:
    return gates * areas.at("nand2_um2", bound) / areas.at("utilization", bound)


def _adc_um2(chip: Chip, energy_pj: float, areas: Areas, bound: str) -> float:
    """One ADC; its energy is taken at its middle, whose range is not that of areas."""
    rate = max(1e9 / chip.array.read_ns, areas.at("adc_rate_least", bound))
    return float(
        areas.at("adc_scale", bound)
        * areas.node_nm ** areas.at("adc_node_exponent", bound)
        * rate ** areas.at("adc_rate_exponent", bound)
        * energy_pj ** areas.at("adc_energy_exponent", bound)
    )


def _array_um2(blocks: Blocks, chip: Chip, device: Device) -> float:
    return blocks.cells * pitch_um(device, chip.array.access) ** 2


@dataclass(frozen=True)
class Hardware:
    """What a chip is made of, and what it takes of a die.

    Attributes:
        blocks: counts.
        gates: gate equivalents of the digital part, by part; empty without areas.
        area: by part; empty where the prices name no areas.
        areas: name of the area file; empty without.
    """

    blocks: Blocks
    gates: dict[str, float]
    area: dict[str, Area]
    areas: str

    @classmethod
    def of_chip(cls, chip: Chip, shapes: Sequence[Shape]) -> Self:
        """Estimate a chip with such arrays.

        Raises:
            ConfigError: an area file that isn't there, or is faulty.
        """
        blocks = count_blocks(chip, shapes)
        name = chip.named(Prices, chip.energy.prices).areas
        if name is None:
            return cls(blocks, {}, {}, "")
        areas, device = chip.named(Areas, name), chip.load_device()
        report = EnergyReport.of_chip(Tally.zero(), chip)
        energy_pj = report.each("adc") / _QJ_PER_PJ
        capacitor = chip.array.capacitor_ff * (chip.array.noise == "charge")
        ends: dict[str, dict[str, float]] = {}
        for bound in BOUNDS:
            gates = sum(gates_of(chip, shapes, areas, bound).values())
            integrator = areas.at("integrator_um2", bound)
            integrator += capacitor / areas.at("mim_ff_um2", bound)
            ends[bound] = {
                "arrays": _array_um2(blocks, chip, device),
                "ADCs": blocks.adcs * _adc_um2(chip, energy_pj, areas, bound),
                "integrators": blocks.adcs * integrator,
                "drivers": blocks.lines * areas.at("write_driver_um2", bound)
                + blocks.dacs * areas.at("dac_switch_um2", bound),
                "memories": sum(
                    _memory_um2(bits, areas, bound)
                    for bits in blocks.memories.values()
                    if bits
                ),
                "logic": _gates_um2(gates, areas, bound),
            }
        area = {
            part: Area(*(ends[bound][part] for bound in BOUNDS))
            for part in ends["value"]
        }
        return cls(blocks, gates_of(chip, shapes, areas), area, areas.name)

    @property
    def total(self) -> Area | None:
        """Of all parts; None where the prices name no areas."""
        if not self.area:
            return None
        return sum(self.area.values(), Area(0.0, 0.0, 0.0))

    def to_dict(self) -> dict[str, Any]:
        """Return counts, gates and areas (um2) for JSON."""
        blocks, total = self.blocks, self.total
        return {
            "areas": self.areas or None,
            "area_um2": None if total is None else total.to_dict(),
            "area_um2_by_part": {n: found.to_dict() for n, found in self.area.items()},
            "sram_bits": blocks.sram_bits,
            "sram_bits_by_use": blocks.memories,
            "register_bits": blocks.registers,
            "cells": blocks.cells,
            "dacs": blocks.dacs,
            "adcs": blocks.adcs,
            "lfsrs": blocks.lfsrs,
            "multipliers": blocks.multipliers,
            "gates": sum(self.gates.values()) if self.gates else None,
            "gates_by_part": self.gates,
        }

    def lines(self) -> list[str]:
        """Say it in a few lines."""
        blocks, total = self.blocks, self.total
        kept = [f"{name} {bits}" for name, bits in blocks.memories.items() if bits]
        found = [
            f"counted: {blocks.cells} cells, {blocks.dacs} DACs, {blocks.adcs} ADCs, "
            f"{blocks.lfsrs} LFSRs, {blocks.multipliers} multipliers",
            f"memory: {blocks.sram_bits} bits: {', '.join(kept)}",
        ]
        if total is None:
            return [*found, "area: the price file names no areas"]
        gates = [f"{n} {g:.0f}" for n, g in self.gates.items() if g]
        parts = [f"{n} {a.value / _UM2_PER_MM2:.3g}" for n, a in self.area.items()]
        return [
            *found,
            f"gates: {sum(self.gates.values()):.0f} GE: {', '.join(gates)}",
            f"area: {total} by {self.areas}: {', '.join(parts)}",
        ]
