"""SPEC 9: the three update rules."""

from __future__ import annotations

from typing import Any

from golden.arithmetic import shift_left, shift_round, signed
from golden.randomness import leap
from golden.reads import ACCUMULATOR, GRADIENT, PULSE, ceil_div, stochastic

INT32 = 2**31 - 1


class Row:
    """SPEC 11, 12: pulses of one line, its slots and its price."""

    def __init__(self, chip: Any, layer: Any, pulse_class: int, sides: int) -> None:
        self.chip, self.layer, self.k, self.sides = chip, layer, pulse_class, sides
        self.up = self.down = self.count = 0

    def add(self, count: int) -> None:
        """Note signed pulses of one plane."""
        self.up, self.down = max(self.up, count), max(self.down, -count)
        self.count += abs(count)

    def close(self, phase: str, along: int, across: int) -> None:
        """Count the line's events and time."""
        slots = self.up + self.down
        if slots == 0:
            return
        charged = slots * along + self.count * across
        config = self.chip.config
        self.chip.tally.add(
            phase,
            pulse_line_cells=charged * self.sides,
            half_selected=(charged - 2 * self.count) * self.sides,
            cycle=2,
            analog_ns=slots * (config.width_ns[self.k] + config.gap_ns),
        )


def issue(chip: Any, layer: Any, row: Row, where: tuple[int, int], n: int) -> int:
    """SPEC 9.3 to 9.6: wished pulses out, up to the limit; the signed number sent."""
    defer = layer.config.rule == 3 and chip.config.excess == 0
    k, account = min(abs(n), chip.config.pulse_limit), chip.tally.account["update"]
    account["requested"] += abs(n) * row.sides
    account["issued"] += k * row.sides
    account["deferred" if defer else "dropped"] += (abs(n) - k) * row.sides
    site = layer.sites[PULSE]
    site.saturated += k < abs(n)
    site.peak = max(site.peak, k)
    sent = k if n > 0 else -k
    row.add(sent)
    pulse_class = layer.config.pulse_class
    chip.write(
        layer, "update", where, pulse_class, [(0, sent), (1, -sent)][: row.sides]
    )
    return sent


def counted(chip: Any, layer: Any, sides: int) -> None:
    """SPEC 9.3."""
    rounding, shift = chip.config.sites[PULSE].rounding, -layer.t
    for r, e in enumerate(layer.e):
        row = Row(chip, layer, layer.config.pulse_class, sides)
        for c, x in enumerate(layer.x):
            if x == 0 or e == 0:
                continue
            product = x * e * layer.rate[0]
            n = stochastic(chip, "update", product, shift, rounding)
            n = max(-INT32, min(INT32, n))
            layer.sites[PULSE].underflowed += n == 0
            if n:
                issue(chip, layer, row, (r, c), n)
        row.close("update", layer.columns, layer.rows)
    pairs = layer.pairs
    chip.tally.add("update", mac=pairs, compare=pairs)
    chip.tally.add("update", cycle=ceil_div(pairs, chip.config.lanes))


def run_group(chip: Any, state: int, length: int) -> tuple[int, list[int]]:
    """SPEC 9.4.4: one group's numbers."""
    numbers = []
    for _ in range(length):
        state, high = leap(state)
        state, low = leap(state)
        numbers.append((256 * high + low) >> (16 - chip.config.train_bits))
    return state, numbers


def masks(
    chip: Any, chances: list[int], lfsrs: list[int], sharing: int, length: int
) -> tuple[list[int], int]:
    """SPEC 9.4.4: masks of all lines, and how many groups ran."""
    found, running = [0] * len(chances), 0
    for group in range(len(lfsrs)):
        lines = range(group * sharing, min(len(chances), (group + 1) * sharing))
        if not any(chances[i] for i in lines):
            continue
        running += 1
        lfsrs[group], numbers = run_group(chip, lfsrs[group], length)
        for i in lines:
            found[i] = sum((n < chances[i]) << j for j, n in enumerate(numbers))
    return found, running


def trains(chip: Any, layer: Any, sides: int) -> None:
    """SPEC 9.4."""
    c, b, mantissa = chip.config, chip.config.train_bits, layer.rate[0]
    big_x, big_e = max(map(abs, layer.x)), max(map(abs, layer.e))
    length = c.train_length
    if c.train_managed:
        product = big_x * big_e * mantissa
        if layer.t >= 0:
            wished = shift_left(product, layer.t)
        else:
            wished = -(-product >> min(-layer.t, 63))
        length = max(1, min(c.train_length, wished))
    ratio = mantissa * 2**24 // length
    q = layer.t + 2 * b - 24
    a = (ratio.bit_length() - 1 + q + big_e.bit_length() - big_x.bit_length()) >> 1
    mode, site = c.sites[GRADIENT].rounding, layer.sites[GRADIENT]

    def chance(code: int, factor: int, shift: int) -> int:
        if code == 0:
            return 0
        found = site.narrow(shift_round(abs(code) * factor, shift, mode), 0, 2**b)
        site.underflowed += found == 0
        return found

    across = [chance(x, 1, -a) for x in layer.x]
    along = [chance(e, ratio, a - q) for e in layer.e]
    lines = sum(p > 0 for p in across + along)
    column_masks, ran = masks(
        chip, across, layer.column_lfsr, c.lines_per_column_lfsr, length
    )
    row_masks, more = masks(chip, along, layer.row_lfsr, c.lines_per_row_lfsr, length)
    coincidences = 0
    for r, row_mask in enumerate(row_masks):
        row = Row(chip, layer, layer.config.pulse_class, sides)
        for k, column_mask in enumerate(column_masks):
            n = (row_mask & column_mask).bit_count()
            if n:
                coincidences += n
                same = (layer.x[k] > 0) == (layer.e[r] > 0)
                issue(chip, layer, row, (r, k), n if same else -n)
    sr = sum(m.bit_count() for m in row_masks)
    sc = sum(m.bit_count() for m in column_masks)
    cells = sc * layer.rows + sr * layer.columns
    slot = c.width_ns[layer.config.pulse_class] + c.gap_ns
    chip.tally.add(
        "update",
        mac=lines,
        compare=length * lines,
        lfsr_step=16 * length * (ran + more),
        pulse_line_cells=cells * len(layer.planes),
        half_selected=cells - 2 * coincidences,
        cycle=layer.rows + layer.columns + 2 * length,
        analog_ns=2 * length * slot,
    )


def transfer(chip: Any, layer: Any, row: Row, where: tuple[int, int]) -> bool:
    """SPEC 9.5.4; whether the accumulator held a whole pulse."""
    r, c = where
    chi, threshold = layer.chi[r][c], layer.config.threshold
    n = abs(chi) // threshold
    if n == 0:
        return False
    sign = 1 if chi > 0 else -1
    sent = issue(chip, layer, row, where, sign * n)
    layer.issued += sent * threshold
    if chip.config.excess == 0:
        layer.chi[r][c] -= sent * threshold
    else:
        layer.chi[r][c] -= sign * n * threshold
        layer.lost += (sign * n - sent) * threshold
    return True


def mixed(chip: Any, layer: Any, sides: int) -> None:
    """SPEC 9.5.1 to 9.5.3."""
    config, mode = chip.config.sites[ACCUMULATOR], chip.config.sites[GRADIENT].rounding
    for r, e in enumerate(layer.e):
        row = Row(chip, layer, layer.config.pulse_class, sides)
        for c, x in enumerate(layer.x):
            if x == 0 or e == 0:
                continue
            g = stochastic(chip, "update", x * e * layer.rate[0], -layer.t, mode)
            g = layer.sites[GRADIENT].narrow(g, -INT32, INT32)
            layer.sites[GRADIENT].underflowed += g == 0
            layer.requested += g
            wished = layer.chi[r][c] + g
            now = layer.sites[ACCUMULATOR].narrow(
                wished, *signed(config.bits), config.overflow
            )
            layer.lost += wished - now
            layer.chi[r][c] = now
            if chip.config.transfer_every == 1:
                transfer(chip, layer, row, (r, c))
        row.close("update", layer.columns, layer.rows)
    pairs, size = layer.pairs, (config.bits + 7) // 8
    chip.tally.add("update", mac=pairs, add=pairs)
    chip.tally.add("update", sram_read=pairs * size, sram_write=pairs * size)
    if chip.config.transfer_every == 1:
        chip.tally.add("update", compare=pairs)
    chip.tally.add("update", cycle=ceil_div(pairs, chip.config.lanes))


def sweep(chip: Any, layer: Any, sides: int) -> None:
    """SPEC 9.5.5: every cell is transferred."""
    size = (chip.config.sites[ACCUMULATOR].bits + 7) // 8
    cells = layer.rows * layer.columns
    for r in range(layer.rows):
        row = Row(chip, layer, layer.config.pulse_class, sides)
        for c in range(layer.columns):
            if transfer(chip, layer, row, (r, c)):
                chip.tally.add("update", sram_write=size)
        row.close("update", layer.columns, layer.rows)
    chip.tally.add("update", sram_read=cells * size, compare=cells)
    chip.tally.add("update", cycle=ceil_div(cells, chip.config.lanes))


def update(chip: Any, layer: Any) -> None:
    """SPEC 9.1: one layer's update."""
    sides = 2 if chip.config.both_sides else 1
    layer.t = layer.exponent - layer.rate[1]
    layer.pairs = sum(e != 0 for e in layer.e) * sum(x != 0 for x in layer.x)
    rule = layer.config.rule
    if layer.pairs and rule:
        (trains, counted, mixed)[rule - 1](chip, layer, sides)
    if rule == 3:
        layer.transfer_count += 1
        if layer.transfer_count >= chip.config.transfer_every:
            layer.transfer_count = 0
            if chip.config.transfer_every > 1:
                sweep(chip, layer, sides)
