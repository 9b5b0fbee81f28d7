"""SPEC 9: the three update rules."""

from __future__ import annotations

from typing import Any

from golden.arithmetic import Site, shift_left, shift_round, signed
from golden.counting import Steps
from golden.randomness import leap
from golden.reads import ACCUMULATOR, GRADIENT, PULSE, ceil_div, stochastic

INT32 = 2**31 - 1


class Row:
    """SPEC 11, 12, 17.2: pulses of one line (a column if upright) and their effects."""

    def __init__(
        self,
        chip: Any,
        layer: Any,
        pulse_class: int,
        line: int,
        planes: list[int],
        upright: bool = False,
    ) -> None:
        self.chip, self.layer, self.k = chip, layer, pulse_class
        self.line, self.planes, self.upright = line, planes, upright
        sizes = [layer.columns, layer.rows]
        self.along, self.across = sizes[::-1] if upright else sizes
        self.own = [0] * self.along
        self.waiting: list[tuple[tuple[int, int], int, int]] = []  # SPEC 9.11

    def place(self, line: int, i: int) -> tuple[int, int]:
        """The cell at place i of a line."""
        return (i, line) if self.upright else (line, i)

    def add(self, where: tuple[int, int], count: int) -> None:
        """Note signed pulses of the first plane."""
        self.own[where[0] if self.upright else where[1]] += count

    def half_select(self, where: tuple[int, int], up: int, down: int) -> None:
        """SPEC 17.2: one cell saw half of some pulses."""
        for side, plane in enumerate(self.planes):
            for polarity, n in enumerate([down, up] if side else [up, down]):
                if n:
                    self.layer.planes[plane].disturb(self.k, where, polarity, n)
        self.chip.refresh(self.layer, *where, Site())

    def disturb(self) -> None:
        """SPEC 17.2: what the line's pulses did to others."""
        up, down = max(0, *self.own), -min(0, *self.own)
        for i, own in enumerate(self.own):
            where = self.place(self.line, i)
            self.half_select(where, up - max(own, 0), down + min(own, 0))
        third = self.chip.config.access == 1
        for i, own in enumerate(self.own):
            raised, lowered = max(own, 0), max(-own, 0)
            if third:
                raised, lowered = raised + down - lowered, lowered + up - raised
            for j in range(self.across):
                if j != self.line and (raised or lowered):
                    self.half_select(self.place(j, i), raised, lowered)

    def close(self, phase: str) -> None:
        """Count the line's events and time."""
        slots, count = max(0, *self.own) - min(0, *self.own), sum(map(abs, self.own))
        if slots == 0:
            return
        charged = slots * self.along + count * self.across
        config, sides = self.chip.config, len(self.planes)
        every = slots * self.along * self.across - count
        others = (charged - 2 * count, every, 0)[config.access]
        self.chip.tally.add(
            phase,
            pulse_line_cells=charged * sides,
            half_selected=others * sides,
            cycle=2,
            analog_ns=slots * (config.width_ns[self.k] + config.gap_ns),
        )
        if config.disturb:
            self.disturb()


def update_row(chip: Any, layer: Any, row: int) -> Row:
    """A row of a rule's update: one plane, or both where both sides are pulsed."""
    planes = [0, 1] if chip.config.both_sides else [0]
    return Row(chip, layer, layer.config.pulse_class, row, planes)


def cut(ratio: int, k: int) -> tuple[int, int]:
    """SPEC 9.11: coarse and fine pulses that k are sent as."""
    if ratio == 0:
        return 0, k
    coarse = 256 * k // ratio
    return coarse, (256 * k - coarse * ratio + 128) >> 8


def end_of_row(chip: Any, layer: Any, row: Row) -> None:
    """SPEC 9.11.1, 17.2: what waits goes out, class by class; then each line's end."""
    if chip.config.coarse_ratio == 0:
        row.close("update")
        return
    classes = chip.config.coarse_class, layer.config.pulse_class
    for part, pulse_class in enumerate(classes):
        line = Row(chip, layer, pulse_class, row.line, row.planes)
        for where, *counts in row.waiting:
            if counts[part]:
                send_out(chip, layer, line, where, counts[part])
        line.close("update")


def send_out(
    chip: Any, layer: Any, row: Row, where: tuple[int, int], count: int
) -> None:
    """SPEC 9.6: pulses of one cell, on both sides where the chip has it so."""
    row.add(where, count)
    plans = [(0, count), (1, -count)][: len(row.planes)]
    chip.write(layer, "update", where, row.k, plans)


def issue(chip: Any, layer: Any, row: Row, where: tuple[int, int], n: int) -> int:
    """SPEC 9.3 to 9.6, 9.11: wished pulses out, up to the limit; the number sent."""
    defer = layer.config.rule == 3 and chip.config.excess == 0
    k, account = min(abs(n), chip.config.pulse_limit), chip.tally.account["update"]
    sides = len(row.planes)
    coarse, fine = cut(chip.config.coarse_ratio, k)
    account["requested"] += (coarse + fine + abs(n) - k) * sides
    account["issued"] += (coarse + fine) * sides
    account["deferred" if defer else "dropped"] += (abs(n) - k) * sides
    site = layer.sites[PULSE]
    site.saturated += k < abs(n)
    site.peak = max(site.peak, k)
    sign = 1 if n > 0 else -1
    if chip.config.coarse_ratio:
        row.waiting.append((where, sign * coarse, sign * fine))
    else:
        send_out(chip, layer, row, where, sign * k)
    return sign * k


def counted(chip: Any, layer: Any) -> Steps[None]:
    """SPEC 9.3."""
    rounding, shift = chip.config.sites[PULSE].rounding, -layer.t
    pairs = layer.pairs
    chip.tally.add("update", mac=pairs, compare=pairs)
    chip.tally.add("update", cycle=ceil_div(pairs, chip.config.lanes))
    yield
    for r, e in enumerate(layer.e):
        if e == 0:
            continue
        row = update_row(chip, layer, r)
        for c, x in enumerate(layer.x):
            if x == 0:
                continue
            product = x * e * layer.rate[0]
            n = stochastic(chip, "update", product, shift, rounding)
            n = max(-INT32, min(INT32, n))
            layer.sites[PULSE].underflowed += n == 0
            if n:
                issue(chip, layer, row, (r, c), n)
        end_of_row(chip, layer, row)
        yield


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


def trains(chip: Any, layer: Any) -> Steps[None]:
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
        row = update_row(chip, layer, r)
        for k, column_mask in enumerate(column_masks):
            n = (row_mask & column_mask).bit_count()
            if n:
                coincidences += n
                same = (layer.x[k] > 0) == (layer.e[r] > 0)
                issue(chip, layer, row, (r, k), n if same else -n)
        if c.disturb:
            for k, column_mask in enumerate(column_masks):
                fired = row_mask.bit_count() + column_mask.bit_count()
                own = abs(row.own[k])
                seen = [fired - 2 * own, 0]
                if c.access == 1:
                    seen = [seen[0] + length, max(0, length - fired + own)]
                up = (layer.x[k] >= 0) == (layer.e[r] >= 0)
                row.half_select((r, k), *(seen if up else seen[::-1]))
    sr = sum(m.bit_count() for m in row_masks)
    sc = sum(m.bit_count() for m in column_masks)
    cells = sc * layer.rows + sr * layer.columns
    every = 2 * length * layer.rows * layer.columns - coincidences
    slot = c.width_ns[layer.config.pulse_class] + c.gap_ns
    chip.tally.add(
        "update",
        mac=lines,
        compare=length * lines,
        lfsr_step=16 * length * (ran + more),
        pulse_line_cells=cells * len(layer.planes),
        half_selected=(cells - 2 * coincidences, every, 0)[c.access],
        cycle=layer.rows + layer.columns + 2 * length,
        analog_ns=2 * length * slot,
    )
    yield


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


def gather(chip: Any, layer: Any, where: tuple[int, int]) -> None:
    """SPEC 9.5.1, 9.5.2: one product into its accumulator."""
    (r, c), config = where, chip.config.sites[ACCUMULATOR]
    product, mode = layer.x[c] * layer.e[r], chip.config.sites[GRADIENT].rounding
    g = stochastic(chip, "update", product * layer.rate[0], -layer.t, mode)
    g = layer.sites[GRADIENT].narrow(g, -INT32, INT32)
    layer.sites[GRADIENT].underflowed += g == 0
    layer.requested += g
    wished = layer.chi[r][c] + g
    now = layer.sites[ACCUMULATOR].narrow(wished, *signed(config.bits), config.overflow)
    layer.lost += wished - now
    layer.chi[r][c] = now


def products(chip: Any, layer: Any) -> None:
    """SPEC 11, 12: what all products of mixed precision take."""
    pairs, size = layer.pairs, (chip.config.sites[ACCUMULATOR].bits + 7) // 8
    chip.tally.add("update", mac=pairs, add=pairs)
    chip.tally.add("update", sram_read=pairs * size, sram_write=pairs * size)
    if chip.config.transfer_every == 1:
        chip.tally.add("update", compare=pairs)
    chip.tally.add("update", cycle=ceil_div(pairs, chip.config.lanes))


def mixed(chip: Any, layer: Any) -> Steps[None]:
    """SPEC 9.5, 11.3: products; then rows at once, or all of them where it is due."""
    products(chip, layer)
    places = [
        (r, [c for c, x in enumerate(layer.x) if x])
        for r, e in enumerate(layer.e)
        if e and layer.pairs
    ]
    if chip.config.transfer_every == 1:
        yield
        for r, columns in places:
            row = update_row(chip, layer, r)
            for c in columns:
                gather(chip, layer, (r, c))
                transfer(chip, layer, row, (r, c))
            end_of_row(chip, layer, row)
            yield
        return
    for r, columns in places:
        for c in columns:
            gather(chip, layer, (r, c))
    layer.transfer_count += 1
    due = layer.transfer_count >= chip.config.transfer_every
    if due:
        layer.transfer_count = 0
    yield
    if due:
        yield from sweep(chip, layer)


def sweep(chip: Any, layer: Any) -> Steps[None]:
    """SPEC 9.5.5: every cell is transferred."""
    size = (chip.config.sites[ACCUMULATOR].bits + 7) // 8
    cells = layer.rows * layer.columns
    chip.tally.add("update", sram_read=cells * size, compare=cells)
    chip.tally.add("update", cycle=ceil_div(cells, chip.config.lanes))
    yield
    for r in range(layer.rows):
        row = update_row(chip, layer, r)
        for c in range(layer.columns):
            if transfer(chip, layer, row, (r, c)):
                chip.tally.add("update", sram_write=size)
        end_of_row(chip, layer, row)
        yield


def update(chip: Any, layer: Any) -> Steps[None]:
    """SPEC 9.1, 11.3: one layer's update."""
    layer.t = layer.exponent - layer.rate[1]
    layer.pairs = sum(e != 0 for e in layer.e) * sum(x != 0 for x in layer.x)
    rule = layer.config.rule
    if rule == 3 or (rule and layer.pairs):
        yield from (trains, counted, mixed)[rule - 1](chip, layer)
