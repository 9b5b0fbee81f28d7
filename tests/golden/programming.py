"""SPEC 5.5 and 10: verify reads, write and verify, direct pulses."""

from __future__ import annotations

from typing import Any, NamedTuple

from golden.arithmetic import AWAY, clamp, round_shift, signed
from golden.cell import conductance
from golden.chain import Read, add_noise, clipped, noise_size
from golden.counting import Steps
from golden.reads import ADC, REFERENCE, plain_mode
from golden.updating import Row


class Verify(NamedTuple):
    """SPEC 5.5: how a column is read."""

    phase: str
    plane: int
    reads: int
    alone: bool
    mantissa: int
    shift: int


def as_programmed(layer: Any, plane: int, reads: int) -> Verify:
    """SPEC 5.5: a verify read."""
    gain = layer.config.verify_mantissa, layer.config.verify_shift
    return Verify("program", plane, reads, plane == 1, *gain)


def code_of(chip: Any, how: Verify, value: int) -> int:
    """SPEC 5.6, 10.1: the code of a scaled sum."""
    code = round_shift(value, how.shift, plain_mode(chip))
    return clamp(code, *signed(chip.config.sites[ADC].bits))


def seen(chip: Any, layer: Any, how: Verify, where: tuple[int, int]) -> int:
    """SPEC 5.5: W."""
    r, c = where
    if how.alone:
        mode = chip.config.sites[REFERENCE].rounding
        state = layer.planes[how.plane].states[r][c]
        return clamp(round_shift(state, 16, mode), -32768, 32767)
    stored = layer.stored[r][c] if chip.config.reference >= 2 else 0
    found: int = layer.weights[r][c] - stored
    return found


def read_group(
    chip: Any, layer: Any, how: Verify, column: int, pending: list[int]
) -> dict[int, int]:
    """SPEC 5.5 with its events (12): sums of codes by row."""
    sums, verify_code, count = {}, layer.config.verify_code, len(pending)
    planes = [layer.planes[how.plane]] if how.alone else layer.planes
    cells = layer.rows * len(planes)
    g = sum(conductance(row[column]) for p in planes for row in p.states)
    read = Read(verify_code * g, verify_code * cells, layer.rows)
    size = noise_size(chip, read)
    for r in pending:
        line, total = seen(chip, layer, how, (r, column)) * verify_code, 0
        for k in range(how.reads):
            index = (layer.verify_reads * 4096 + r) * 64 + k
            held = clipped(chip, add_noise(line, size, layer.keys["verify"], index))
            scaled = held * how.mantissa
            scaled = layer.row_converters.scaled(r, scaled, how.shift)
            total += code_of(chip, how, scaled)
        sums[r] = total
    layer.verify_reads += 1
    chip.tally.add(
        how.phase,
        dac_input=how.reads,
        line_cells=how.reads * cells,
        read_codes=how.reads * read.codes,
        read_charge=how.reads * read.charge,
        adc=how.reads * count,
        cycle=how.reads * (1 + count),
        analog_ns=how.reads * chip.config.read_ns,
    )
    if chip.config.reference >= 2 and not how.alone:
        each = chip.config.reference == 2
        chip.tally.add(how.phase, sram_read=2 * count if each else 2, add=count)
    return sums


def send(chip: Any, layer: Any, row: Row, where: tuple[int, int], plan: Any) -> None:
    """SPEC 10: pulses that are all requested and issued; plan is plane and count."""
    phase, plane, count = plan
    account = chip.tally.account[phase]
    account["requested"] += abs(count)
    account["issued"] += abs(count)
    row.add(where, count)
    chip.write(layer, phase, where, row.k, [(plane, count)])


def program(
    chip: Any, layer: Any, plane: int, column: int, targets: list[int]
) -> Steps[int]:
    """SPEC 10.1, 11.3: reads and pulses turn by turn; how many rows missed."""
    c, pending = chip.config, list(range(layer.rows))
    how = as_programmed(layer, plane, c.program_reads)
    for i in range(c.program_iterations + 1):
        got = read_group(chip, layer, how, column, pending)
        chip.tally.add("program", compare=len(pending))
        left: dict[int, int] = {}
        for r in pending:
            wished = targets[r] * layer.config.verify_code * how.mantissa
            want = c.program_reads * code_of(chip, how, wished)
            away = want - got[r]
            if abs(away) <= c.program_tolerance * c.program_reads:
                continue
            product = round_shift(abs(away) * c.program_mantissa, c.program_shift, AWAY)
            k = clamp(product, 1, c.program_limit)
            left[r] = k if away > 0 else -k
        yield
        pending = list(left)
        if not pending or i == c.program_iterations:
            break
        row = Row(chip, layer, layer.config.program_class, column, [plane], True)
        for r, k in left.items():
            send(chip, layer, row, (r, column), ("program", plane, k))
        row.close("program")
        yield
    return len(pending)


def direct(chip: Any, layer: Any, plane: int, k: int, counts: list[list[int]]) -> None:
    """SPEC 10.2."""
    for r, line in enumerate(counts):
        row = Row(chip, layer, k, r, [plane])
        for c, count in enumerate(line):
            if count:
                send(chip, layer, row, (r, c), ("update", plane, count))
        row.close("update")
