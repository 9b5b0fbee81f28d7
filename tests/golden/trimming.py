"""SPEC 5.12: the registers of converters that the chip finds by itself."""

from __future__ import annotations

from typing import Any

from golden.arithmetic import clamp, signed
from golden.chain import Converters, add_noise
from golden.counting import Steps
from golden.randomness import key
from golden.reads import ADC

GAIN, OFFSET = 0, 1


class Side:
    """The converters of one side of a layer, with that side's gain and noise."""

    def __init__(self, chip: Any, layer: Any, backward: int, reads: int) -> None:
        self.chip, self.layer, self.reads = chip, layer, reads
        config = layer.config
        self.converters: Converters = layer.row_converters
        self.mantissa, self.n = config.gain_mantissa, config.gain_shift
        if backward:
            self.converters = layer.column_converters
            self.mantissa, self.n = config.back_mantissa, config.back_shift
        self.lane = key(chip.config.seed, 15 if backward else 14, layer.index)
        self.lines = len(self.converters.trims)

    def code(self, line: int, reference: int, j: int) -> int:
        """One conversion of a reference charge: floored and saturated."""
        c = self.chip.config
        index = (self.layer.verify_reads * 4096 + line) * 64 + j
        away = add_noise(0, c.read_noise, self.lane, index)
        value = reference * 2**self.n + away * self.mantissa
        value = self.converters.scaled(line, value, self.n) // 2**self.n
        return clamp(value, *signed(c.sites[ADC].bits))

    def reading(self, reference: int) -> list[int]:
        """Sums of the codes of all lines, with their events (11, 12)."""
        sums = [
            sum(self.code(line, reference, j) for j in range(self.reads))
            for line in range(self.lines)
        ]
        self.layer.verify_reads += 1
        self.chip.tally.add(
            "calibrate",
            adc=self.reads * self.lines,
            compare=self.lines,
            cycle=self.reads * (1 + self.lines),
            analog_ns=self.reads * self.chip.config.read_ns,
        )
        return sums

    def search(self, which: int, reference: int, halfway: int) -> Steps[int]:
        """Set each line's smallest trim that isn't read too low; how many at ends.

        A bit at a time finds the largest that is: 2·sum < halfway. A reading is a step,
        with the trims that are set for it; the last sets what was found.
        """
        trims = self.converters.trims
        low = [-128] * self.lines
        for bit in range(7, -1, -1):
            for trim, start in zip(trims, low, strict=True):
                trim[which] = start + 2**bit
            for line, total in enumerate(self.reading(reference)):
                if 2 * total < halfway:
                    low[line] += 2**bit
            if which == GAIN:
                self.chip.tally.add("calibrate", dac_input=self.reads)
            if bit == 0:
                for trim, value in zip(trims, low, strict=True):
                    trim[which] = min(value + 1, 127)
            yield
        return sum(abs(trim[which]) == 127 for trim in trims)


def trim(chip: Any, layer: Any, backward: int, reads: int, code: int) -> Steps[int]:
    """SPEC 5.12, 11.3; how many registers ended at an end of their range."""
    side, c, ends = Side(chip, layer, backward, reads), chip.config, 0
    if c.trim_offset:
        for pair in side.converters.trims:
            pair[GAIN] = 0
        ends += yield from side.search(OFFSET, 0, -reads)
    if c.trim_gain:
        ends += yield from side.search(GAIN, code, (2 * code - 1) * reads)
    chip.tally.add("calibrate", sram_write=2 * side.lines, cycle=side.lines)
    yield
    return ends
