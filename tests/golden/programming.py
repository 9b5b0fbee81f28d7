"""SPEC 5.5 and 10: verify reads, write and verify, direct pulses."""

from __future__ import annotations

from typing import Any

from golden.arithmetic import AWAY, clamp, round_shift, signed
from golden.cell import conductance
from golden.randomness import draw, noise
from golden.reads import ADC, REFERENCE, plain_mode
from golden.updating import Row


def code_of(chip: Any, layer: Any, weight: int, extra: int) -> int:
    """SPEC 5.5: the code of one verify read."""
    config = layer.config
    value = (weight * config.verify_code + extra) * config.verify_mantissa
    code = round_shift(value, config.verify_shift, plain_mode(chip))
    return clamp(code, *signed(chip.config.sites[ADC].bits))


def seen(chip: Any, layer: Any, plane: int, where: tuple[int, int]) -> int:
    """SPEC 5.5: W."""
    r, c = where
    if plane == 1:
        mode = chip.config.sites[REFERENCE].rounding
        return clamp(round_shift(layer.planes[1].states[r][c], 16, mode), -32768, 32767)
    stored = layer.stored[r][c] if chip.config.reference == 2 else 0
    found: int = layer.weights[r][c] - stored
    return found


def read_group(
    chip: Any, layer: Any, plane: int, column: int, reads: int, pending: list[int]
) -> dict[int, int]:
    """SPEC 5.5 with its events (12): sums of codes by row."""
    sums = {}
    for r in pending:
        weight, total = seen(chip, layer, plane, (r, column)), 0
        for k in range(reads):
            index = (layer.verify_reads * 4096 + r) * 64 + k
            drawn = noise(draw(layer.keys["verify"], index))
            extra = drawn * chip.config.read_noise >> 8 if chip.config.read_noise else 0
            total += code_of(chip, layer, weight, extra)
        sums[r] = total
    layer.verify_reads += 1
    pair = plane == 0 and len(layer.planes) == 2
    planes = layer.planes if pair else [layer.planes[plane]]
    cells = reads * layer.rows * len(planes)
    g = sum(conductance(row[column]) for p in planes for row in p.states)
    verify_code, count = layer.config.verify_code, len(pending)
    chip.tally.add(
        "program",
        dac_input=reads,
        line_cells=cells,
        read_codes=cells * verify_code,
        read_charge=reads * verify_code * g,
        adc=reads * count,
        compare=count,
        cycle=reads * (1 + count),
        analog_ns=reads * chip.config.read_ns,
    )
    if chip.config.reference == 2:
        chip.tally.add("program", sram_read=2 * count, add=count)
    return sums


def send(chip: Any, layer: Any, row: Row, where: tuple[int, int], plan: Any) -> None:
    """SPEC 10: pulses that are all requested and issued; plan is plane and count."""
    phase, plane, count = plan
    account = chip.tally.account[phase]
    account["requested"] += abs(count)
    account["issued"] += abs(count)
    row.add(count)
    chip.write(layer, phase, where, row.k, [(plane, count)])


def program(chip: Any, layer: Any, plane: int, column: int, targets: list[int]) -> int:
    """SPEC 10.1: how many rows missed."""
    c, pending = chip.config, list(range(layer.rows))
    for i in range(c.program_iterations + 1):
        got = read_group(chip, layer, plane, column, c.program_reads, pending)
        row = Row(chip, layer, layer.config.program_class, 1)
        left = []
        for r in pending:
            want = c.program_reads * code_of(chip, layer, targets[r], 0)
            away = want - got[r]
            if abs(away) <= c.program_tolerance * c.program_reads:
                continue
            left.append(r)
            if i < c.program_iterations:
                product = abs(away) * c.program_mantissa
                k = clamp(
                    round_shift(product, c.program_shift, AWAY), 1, c.program_limit
                )
                plan = ("program", plane, k if away > 0 else -k)
                send(chip, layer, row, (r, column), plan)
        row.close("program", layer.rows, layer.columns)
        pending = left
        if not pending:
            break
    return len(pending)


def direct(chip: Any, layer: Any, plane: int, k: int, counts: list[list[int]]) -> None:
    """SPEC 10.2."""
    for r, line in enumerate(counts):
        row = Row(chip, layer, k, 1)
        for c, count in enumerate(line):
            if count:
                send(chip, layer, row, (r, c), ("update", plane, count))
        row.close("update", layer.columns, layer.rows)
