"""Clauses of SPEC 11.3 and 18 to 20 misread, one at a time, by the golden bus.

Lockstep is symmetric: a golden that misreads a clause and a bus that does are told
apart by the same accesses. So each row stands for a fault of the C too, whose rows are
in `core/test_mutation.py`, and says which test sees it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["FAULTS", "Misread"]

TESTS: Final = "core/test_bus_lockstep.py::"
RANDOM: Final = f"{TESTS}test_a_million_random_accesses"
CUTS: Final = f"{TESTS}test_cut_at_every_step"
WRAP: Final = f"{TESTS}test_numbers_of_commands_wrap"
FIFO: Final = f"{TESTS}test_the_ends_of_the_fifo"


class Misread(NamedTuple):
    """One clause misread.

    Attributes:
        clause: of SPEC.
        file: of the golden model.
        before: as it stands, once.
        after: in its place.
        test: that must turn red.
    """

    clause: str
    file: str
    before: str
    after: str
    test: str = RANDOM


def of(
    clause: str, file: str, changes: dict[str, tuple[str, ...]]
) -> dict[str, Misread]:
    """Rows of one clause in one file, by name."""
    return {name: Misread(clause, file, *change) for name, change in changes.items()}


STEPS: Final = (
    of(
        "11.3",
        "reads.py",
        {
            "a read and its look-up are two steps": (
                'forward(chip, layer, "infer")\n        if index',
                'forward(chip, layer, "infer")\n        yield\n        if index',
            )
        },
    )
    | of(
        "11.3",
        "updating.py",
        {
            "a sweep without a step of its own": (
                "cells, chip.config.lanes))\n    yield\n",
                "cells, chip.config.lanes))\n",
            ),
            "mixed without products where nothing is": (
                "if rule == 3 or (rule and layer.pairs):",
                "if (rule == 3 and chip.config.transfer_every > 1) or "
                "(rule and layer.pairs):",
            ),
        },
    )
    | of(
        "11.3",
        "trimming.py",
        {
            "trims are set at the end": (
                "            if bit == 0:\n",
                "            yield\n            if bit == 0:\n",
            )
        },
    )
    | of(
        "11.3",
        "calibrating.py",
        {
            "a reading and its pulses are one": (
                "got[r]\n            yield\n",
                "got[r]\n",
            )
        },
    )
    | of(
        "11.3",
        "learning.py",
        {
            "errors below that stay": (
                "without_errors(chip.layers[: index + 1])",
                "without_errors(chip.layers[:index])",
            )
        },
    )
    | of(
        "18.3",
        "chip.py",
        {
            "kept accumulators are lost": (
                "        if not keep:\n            self.lose()",
                "        if True:\n            self.lose()",
            )
        },
    )
)

TIME: Final = of(
    "19.1",
    "bus_parts.py",
    {"an access of five periods": ("SETTLE_NS = 4, 2,", "SETTLE_NS = 5, 2,")},
) | of(
    "19.4",
    "bus.py",
    {
        "analog time is rounded down": ("waits = -(-ns *", "waits = (ns *"),
        "a command ends with its last step": (
            "running.over, running.until = True, self.now + 1",
            "running.over, running.until = True, self.now + 2",
        ),
        "the next one doesn't start": (
            "        self.ended_now(running)\n        self.start_next()",
            "        self.ended_now(running)",
        ),
        "idle though one waits": ("b.DONE if self.queue else", "b.DONE if 0 else"),
        "updates move at a refusal": (
            "            if bus_commands.learns",
            "        if 1:\n            if bus_commands.learns",
        ),
    },
)

ACCESSES: Final = of(
    "19.2",
    "bus.py",
    {
        "results don't wait": ("if register.waits and self.busy", "if False"),
        "reads behind the harness": (
            '            b.refuse("write_only")\n        if address >= HARNESS',
            '            b.refuse("write_only")\n        if address > 2**32',
        ),
        "busy before reserved bits": (
            "        if value & ~register.write:\n",
            "        if self.busy and not register.while_busy:\n"
            '            b.refuse("busy")\n        if value & ~register.write:\n',
        ),
        "an error overwrites": ('if v["ERROR"] == 0:', "if True:"),
        "refusals without interrupt": ('v["IRQ_STATUS"] |= b.ERROR', "pass"),
    },
) | of(
    "19.2",
    "bus_registers.py",
    {
        "ROW stays at LAYER": (
            'bus.v["LAYER"], bus.v["ROW"], bus.v["COLUMN"] = value, 0, 0',
            'bus.v["LAYER"], bus.v["COLUMN"] = value, 0',
        ),
        "ROW stays at a read": (
            '    bus.v["ROW"] += 1\n    return',
            "    return",
        ),
        "a window as long as rows": (
            "return max(layer.rows, layer.columns)",
            "return layer.rows",
        ),
        "gains up to 48": ('gain("gain", 47)', 'gain("gain", 48)'),
        "mantissas of 0": ("within(mantissa, 1, 255)", "within(mantissa, 0, 255)"),
        "READS of 0": ("1 <= v <= 64", "0 <= v <= 64"),
        "EXPONENT 1024": ("<= 1023", "<= 1024"),
        "a pair without room": (
            "if len(bus.fifo) + len(codes) > b.FIFO",
            "if len(bus.fifo) >= b.FIFO",
            FIFO,
        ),
    },
)

COMMANDS: Final = (
    of(
        "19.3",
        "bus_commands.py",
        {
            "codes of commands that wait": (
                "if codes and bus.unclaimed != codes:",
                "if codes and len(bus.fifo) != codes:",
            ),
            "too long is too short": ('"underrun" if bus', '"length" if bus'),
            "a lock behind the chip": (
                'if v["LOCK"] & LOCKS.get(name, 0):',
                'if can(bus, name) and v["LOCK"] & LOCKS.get(name, 0):',
            ),
            "five that wait": ("== b.QUEUE:", "== b.QUEUE + 1:"),
            "0 behind 65535": (
                "bus.accepted % 65535 + 1",
                "(bus.accepted + 1) % 65536",
                WRAP,
            ),
            "the label of its start": (
                'places = v["LABEL"],',
                "places = 0,",
            ),
        },
    )
    | of(
        "19.5",
        "bus.py",
        {
            "the oldest result is lost": (
                "        if len(self.results) < b.RESULTS:",
                "        if len(self.results) == b.RESULTS:\n"
                "            self.results.pop(0)\n"
                "        if len(self.results) < b.RESULTS:",
            ),
            "a lost result of the last number": (
                'self.error("overrun", b.RESULT_AT, entry.number',
                'self.error("overrun", b.RESULT_AT, self.accepted',
            ),
        },
    )
    | of(
        "19.6",
        "bus.py",
        {
            "errors don't halt": (
                "or not self.queue or self.halted",
                "or not self.queue",
            ),
            "a watermark that is reached from below": (
                "if before > mark >= len(self.fifo)",
                "if before >= mark >= len(self.fifo)",
            ),
            "no opcode of a refused write": (
                "value & 0xFF if address == b.COMMAND else 0",
                "0",
            ),
            "its own opcode is the last one's": (
                "word = entry.number | entry.opcode << 16",
                "word = self.accepted | entry.opcode << 16",
            ),
        },
    )
    | of(
        "19.7",
        "bus_layer.py",
        {
            "what is written is lost": (
                "layer.lost -= value - row[entry.column]",
                "layer.lost += value - row[entry.column]",
            ),
            "a peak that stays": (
                "site.peak = max(site.peak, abs(value))",
                "pass",
            ),
            "above up to 512": ("-512 <= above <= 511", "-513 <= above <= 512"),
            "a stored row": (
                "row[entry.column] = value\n    bus",
                "row[0] = value\n    bus",
            ),
        },
    )
    | of(
        "19.7",
        "bus_array.py",
        {
            "a CRC begun with 0": ("    crc = 0\n", "    crc = 0xFFFFFFFF\n"),
            "one record is cleared": (
                "bus.points = [Point() for _ in bus.points]",
                "bus.points[0] = Point()",
            ),
            "codes of a trim up to the end": ("< 3 * 2 **", "<= 3 * 2 **"),
        },
    )
    | of(
        "19.7",
        "bus_work.py",
        {"targets of 17 bits": ("low: int = -(2**15)", "low: int = -(2**16)")},
    )
    | of(
        "19.8",
        "bus_commands.py",
        {
            "accumulators of a rule that is left": (
                "            layer.lose()",
                "            pass",
            ),
        },
    )
    | of(
        "19.8",
        "bus_descriptors.py",
        {
            "accumulators that aren't there": (
                "if rule == MIXED and not has_accumulators[index]",
                "if False",
            ),
            "layers before settings": ("raise FieldError(24)", "raise FieldError(23)"),
        },
    )
)

STOPS: Final = (
    of(
        "19.9",
        "bus_registers.py",
        {
            "a key for good": (
                'bus.v["LOCK"], bus.unlocked = value, False',
                'bus.v["LOCK"] = value',
            ),
            "setting takes the key": (
                'if bus.v["LOCK"] & ~value and not bus.unlocked',
                'if bus.v["LOCK"] != value and not bus.unlocked',
            ),
            "rates aren't locked": (
                "unlocked(bus)\n        mantissa,",
                'name == "rate" or unlocked(bus)\n        mantissa,',
            ),
        },
    )
    | of(
        "19.10",
        "bus.py",
        {
            "CYCLE counts while the clock stands": (
                'if access or self.busy or self.v["POWER"] & 3 == b.RUN:',
                "if True:",
            ),
            "CYCLE stands under a command": (
                'if access or self.busy or self.v["POWER"] & 3 == b.RUN:',
                'if access or self.v["POWER"] & 3 == b.RUN:',
            ),
            "it goes on resting": ('self.v["POWER"] &= ~3', "pass"),
            "it wakes though it works": ("if mode and not self.busy:", "if mode:"),
        },
    )
    | of(
        "19.11",
        "bus.py",
        {
            "a cut before the step": (
                '                self.v["CUT_AFTER"] -= 1\n'
                '                if self.v["CUT_AFTER"] == 0:',
                '                self.v["CUT_AFTER"] -= 1\n'
                '                if self.v["CUT_AFTER"] <= 1:',
            )
        },
    )
    | of(
        "19.12",
        "bus.py",
        {
            "an abort leaves what takes no codes": (
                "        self.queue.clear()\n        self.drop(0, len",
                "        self.queue = [e for e in self.queue if not e.codes]\n"
                "        self.drop(0, len",
            ),
            "an aborted command has results": (
                "        self.note_cut(self.running, cause)\n        self.ended_now",
                "        self.note_cut(self.running, cause)\n"
                "        if self.running.leave:\n            self.running.leave()\n"
                "        self.ended_now",
            ),
            "a reset that an abort undoes": (
                "            running.stopping = max(cause, running.stopping)",
                "            running.stopping = cause",
            ),
            "a reset clears CUT": ('("LOCK", "CUT")', '("LOCK",)'),
            "a reset opens the lock": ('("LOCK", "CUT")', '("CUT",)'),
        },
    )
    | of(
        "19.12",
        "bus_registers.py",
        {
            "a flush takes what is claimed": (
                "bus.drop(len(bus.fifo) - bus.unclaimed, len(bus.fifo))",
                "bus.drop(0, len(bus.fifo))",
            )
        },
    )
    | of(
        "19.13",
        "bus.py",
        {
            "LOCK outlasts the power": (
                '        self.v["LOCK"] = b.MAP.by_name["LOCK"].reset\n',
                "",
            ),
            "CYCLE outlasts the power": (
                "        self.cycle = 0\n        self.base",
                "        self.base",
            ),
            "TALLY counts from before": (
                "        self.base = self.chip.tally.words()\n        self.losses",
                "        self.losses",
            ),
            "rates outlast the power": (
                'layer.rate = [numbers["rate_mantissa"], numbers["rate_shift"]]',
                "pass",
            ),
            "what is cut counts": (
                "        keep = bool",
                "        if self.running is not None:\n"
                "            self.chip.tally.updates += 1\n        keep = bool",
            ),
        },
    )
    | of(
        "19.14",
        "bus.py",
        {
            "pulses of all time": (
                "self.chip.tally.issued > running.spent[2]",
                "self.chip.tally.issued > 0",
            ),
            "the step that was under way is left out": (
                "min(running.steps, 65535)",
                "min(max(running.steps - 1, 0), 65535)",
            ),
        },
    )
)

FAULTS: Final = STEPS | TIME | ACCESSES | COMMANDS | STOPS
