"""Random small chips and random actions for the lockstep of the bus (its seeds)."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, Final

from golden.bus_commands import LOCKS
from golden.bus_map import the_map
from golden.bus_registers import HARNESS_KEY, UNLOCK_KEY
from random_chips import random_registers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import SimpleNamespace

    from lockstep_bus import Action

MAP: Final = the_map()
AT: Final = {name: register.address for name, register in MAP.by_name.items()}
ALL: Final = [*AT.values(), 0x84, 0x9C, 0x110, 0x7FC, 0x818, 2, 0x41]
CLOCKS: Final = (1000, 32768, 10**6, 10**7, 10**8, 333_333_333, 10**9, 10**10)
SAMPLES: Final = ("INFER", "LEARN", "LEARN_TARGETS")
OTHERS: Final = [name for name in MAP.opcodes if name not in SAMPLES]
LONG: Final = ("PROGRAM_COLUMN", "CALIBRATE_COLUMN", "TRIM", "CHECKSUM", "UPDATE")
WORD: Final = 2**32 - 1


def small_chip(seed: int) -> tuple[SimpleNamespace, int]:
    """A chip of at most three rows and three inputs a layer, and a clock."""
    rng = random.Random(f"bus {seed}")
    registers = random_registers(rng.randrange(2**32))
    inputs = rng.randint(1, 3)
    for layer in registers.layers:
        layer.inputs, layer.rows = inputs, rng.randint(1, 3)
        inputs = layer.rows
        if layer.activation is not None:
            entries = 1 << min(registers.sites[1].bits, 12)
            layer.activation = layer.activation[:entries]
    if rng.random() < 0.4 and registers.coarse_ratio == 0:
        for layer in registers.layers:
            layer.rule = 3
    registers.program_reads = rng.choice([1, 1, 2])
    registers.program_iterations = rng.choice([1, 2, 4])
    registers.train_length = rng.choice([1, 7, 12])
    registers.read_ns = rng.choice([1, 100, 2000])
    registers.gap_ns = rng.choice([0, 20, 1000])
    return registers, rng.choice(CLOCKS)


class Drawer:
    """Draws actions; it looks at the golden bus so that most commands are taken."""

    def __init__(self, seed: int, golden: Any) -> None:
        self.rng, self.golden = random.Random(f"actions {seed}"), golden
        self.kinds = [kind for kind, share in SHARES for _ in range(share)]

    def draw(self) -> list[Action]:
        """A few actions that belong together."""
        found: list[Action] = self.rng.choice(self.kinds)(self)
        return found

    # -- numbers

    def value(self, name: str) -> int:
        """What could be written to a register: mostly of its bits, mostly in range."""
        rng, register, golden = self.rng, MAP.by_name[name], self.golden
        chosen = LIKELY.get(name)
        if chosen is not None and rng.random() < 0.85:
            return int(chosen(rng, golden)) & WORD
        mask = register.write or WORD
        found = rng.choice([0, 1, mask, register.reset, rng.randrange(2**32) & mask,
                            rng.randrange(16) & mask])  # fmt: skip
        return found if rng.random() < 0.9 else rng.randrange(2**32)

    def number(self) -> int:
        """A number for the window: small, of a code, of an end, or any."""
        rng = self.rng
        return rng.choice(
            [0, 1, -1, rng.randint(-7, 7), rng.randint(-127, 127),
             rng.randint(-127, 127), rng.randint(-32768, 32767), 255, -256, 2**31 - 1]
        ) & WORD  # fmt: skip

    def code(self) -> int:
        """A code for the FIFO."""
        rng = self.rng
        return rng.choice(
            [0, 0, 1, rng.randint(-7, 7), 127, rng.randint(-127, 127),
             rng.randint(-127, 127), rng.randint(-511, 511)]
        ) & WORD  # fmt: skip

    # -- kinds of actions

    def reads(self) -> list[Action]:
        """Some registers, those of state more often."""
        rng = self.rng
        often = ["STATUS", "STATUS", "BUSY", "NUMBER", "ERROR", "IRQ_STATUS", "RESULT",
                 "CUT", "WINDOW", "OUTPUT", "ERROR_COMMAND", "CYCLE_LOW"]  # fmt: skip
        return [
            ("r", AT[rng.choice(often)] if rng.random() < 0.6 else rng.choice(ALL))
            for _ in range(rng.randint(1, 6))
        ]

    def writes(self) -> list[Action]:
        """A register or two."""
        rng, found = self.rng, []
        for _ in range(rng.randint(1, 2)):
            name = rng.choice([*AT])
            found.append(("w", AT[name], self.value(name)))
        return found

    def wild(self) -> list[Action]:
        """Anything anywhere."""
        rng = self.rng
        address = rng.choice([*ALL, rng.randrange(2**32), rng.randrange(0x900)])
        value = rng.choice([0, 1, WORD, rng.randrange(2**32)])
        return [rng.choice([("r", address), ("w", address, value)])]

    def waits(self) -> list[Action]:
        """Time that ends with, just before, or far from what comes next."""
        rng, event = self.rng, self.golden.next_event
        near = [event, event, event, max(0, event - 1), event + 1, event * 3]
        far = [0, 1, 3, rng.randrange(100), rng.randrange(1000), rng.randrange(10**6)]
        return [("a", rng.choice(near + far))]

    def samples(self) -> list[Action]:
        """A sample and what is to be done with it."""
        rng, golden = self.rng, self.golden
        name = rng.choice(SAMPLES if golden.config.error_kind else SAMPLES[:2])
        found: list[Action] = []
        if rng.random() < 0.7:
            found.append(("w", AT["LABEL"], rng.randrange(golden.chip.layers[-1].rows)))
        if name == "LEARN_TARGETS" and rng.random() < 0.8:
            found += self.fill(golden.chip.layers[-1].rows)
        return found + self.send(name, golden.chip.layers[0].inputs)

    def send(self, name: str, takes: int) -> list[Action]:
        """Codes as far as they are wanting, and a command."""
        rng, have = self.rng, self.golden.unclaimed
        if rng.random() < 0.05:
            takes += rng.choice([-1, 1])
        found: list[Action] = []
        if takes and have > takes:
            found.append(("w", AT["CONTROL"], self.golden.v["CONTROL"] | 1 << 8))
            have = 0
        wanting = takes - have
        while wanting > 0:
            if wanting > 1 and rng.random() < 0.4:
                both = (self.code() & 0xFFFF) | (self.code() & 0xFFFF) << 16
                found.append(("w", AT["SAMPLE_PAIR"], both))
                wanting -= 2
            else:
                found.append(("w", AT["SAMPLE"], self.code()))
                wanting -= 1
        return [*found, ("w", AT["COMMAND"], MAP.opcodes[name])]

    def fill(self, count: int) -> list[Action]:
        """Numbers into the window."""
        top = self.rng.choice([0, 7, 100, 0])
        return [("w", AT["ROW"], 0)] + [
            ("w", AT["WINDOW"],
             self.rng.randint(-top, top) & WORD if top else self.number())
            for _ in range(count)
        ]  # fmt: skip

    def others(self, names: Sequence[str] = OTHERS) -> list[Action]:
        """Another command with what it takes."""
        rng, golden = self.rng, self.golden
        name, layers = rng.choice(names), golden.chip.layers
        index = golden.v["LAYER"]
        found: list[Action] = []
        if rng.random() < 0.5:
            index = rng.randrange(len(layers))
            found.append(("w", AT["LAYER"], index))
        layer = layers[index]
        if rng.random() < 0.6:
            found.append(("w", AT["COLUMN"], rng.randrange(layer.columns)))
            found.append(("w", AT["PLANE"], rng.randrange(len(layer.planes))))
        if rng.random() < 0.6:
            found += self.fill(max(layer.rows, layer.columns))
        needs = {"CALIBRATE_COLUMN": ["CAL_WINDOW", "CAL_GAIN", "CAL_LIMIT"],
                 "TRIM": ["TRIM"], "ERRORS": ["EXPONENT"], "UPDATE": ["EXPONENT"],
                 "APPLY": ["LAYER_RULE", "LAYER_GAIN", "LAYER_THRESHOLD", "PROGRAM"],
                 "REST": ["REST"], "CHECKSUM": ["READS"],
                 "READ_COLUMN": ["READS"]}.get(name, [])  # fmt: skip
        for need in needs:
            if rng.random() < 0.5:
                found.append(("w", AT[need], self.value(need)))
        if LOCKS.get(name, 0) & golden.v["LOCK"] and rng.random() < 0.8:
            found += [("w", AT["UNLOCK"], UNLOCK_KEY), ("w", AT["LOCK"], 0)]
        if MAP.opcodes[name] >= 128 and not golden.open and rng.random() < 0.9:
            found.append(("w", AT["HARNESS_KEY"], HARNESS_KEY))
        takes = {"FORWARD": layer.columns, "UPDATE": layer.columns,
                 "SLOPES": layer.rows}.get(name, 0)  # fmt: skip
        return found + self.send(name, takes)

    def clears(self) -> list[Action]:
        """Errors and interrupts are seen to."""
        found: list[Action] = [("r", AT["ERROR"]), ("w", AT["ERROR"], 0x7FFF)]
        return [*found, ("w", AT["IRQ_STATUS"], self.rng.randrange(32))]

    def enables(self) -> list[Action]:
        """The controller is turned on, mostly."""
        if self.golden.v["CONTROL"] & 1 and self.rng.random() < 0.9:
            return self.waits()
        on = self.rng.choice([1, 1, 1, 3, 0])
        return [("w", AT["CONTROL"], on), ("w", AT["IRQ_ENABLE"], 0x1F)]

    def stops(self) -> list[Action]:
        """Flush, abort, reset, or some of them."""
        bits = self.rng.choice([1, 2, 2, 2, 4, 6, 3, 5, 7]) << 8
        return [("w", AT["CONTROL"], self.golden.v["CONTROL"] | bits)]

    def cuts_short(self) -> list[Action]:
        """A command that soon is stopped."""
        rng = self.rng
        found = self.others(LONG) if rng.random() < 0.7 else self.samples()
        later: list[Action] = [("a", rng.choice([0, 1, 7, 40, 300]))]
        return found + later + self.stops()

    def cuts(self) -> list[Action]:
        """Power is lost, now or later."""
        rng = self.rng
        steps = rng.choice([1, 2, 3, 5, 9])
        keeps: list[Action] = [("w", AT["POWER"], rng.choice([0x100, 0x100, 0]))]
        later: list[Action] = [
            ("w", AT["HARNESS_KEY"], HARNESS_KEY), ("w", AT["CUT_AFTER"], steps)
        ]  # fmt: skip
        ways: list[list[Action]] = [[("power",)], [("cut", steps)], later]
        return keeps + rng.choice(ways)

    def locks(self) -> list[Action]:
        """Locks set and cleared, with the key mostly."""
        rng = self.rng
        key: list[Action] = [("w", AT["UNLOCK"], UNLOCK_KEY)]
        wanted = rng.choice([0, 0, 0, 1, rng.randrange(16)])
        return key * (rng.random() < 0.8) + [("w", AT["LOCK"], wanted)]

    def sweep(self) -> list[Action]:
        """Every register, and some places between them."""
        return [("r", address) for address in ALL]

    def looks(self) -> list[Action]:
        """Snapshots are compared, and now and then another bus goes on."""
        return [("move",) if self.rng.random() < 0.2 else ("look",)]


SHARES: Final = (
    (Drawer.reads, 60),
    (Drawer.writes, 40),
    (Drawer.wild, 3),
    (Drawer.waits, 70),
    (Drawer.samples, 9),
    (Drawer.others, 14),
    (Drawer.clears, 12),
    (Drawer.enables, 12),
    (Drawer.stops, 3),
    (Drawer.cuts_short, 4),
    (Drawer.cuts, 2),
    (Drawer.locks, 1),
    (Drawer.sweep, 1),
    (Drawer.looks, 1),
)


def gain(rng: random.Random, golden: Any) -> int:
    """A mantissa and a shift about those of the chip."""
    layer = golden.applied.layers[golden.v["LAYER"]]
    shift = layer["gain_shift"] + rng.choice([0, 0, 0, -1, 1])
    shift = rng.choice([shift] * 20 + [47, 48])
    return rng.choice([layer["gain_mantissa"], 129, 255, 0]) | max(0, shift) << 8


LIKELY: Final = {
    "CONTROL": lambda rng, golden: rng.choice([1, 1, 1, 3, 3, 0, 0x101]),
    "LABEL": lambda rng, golden: rng.randrange(golden.chip.layers[-1].rows + 1),
    "OUTPUT_SELECT": lambda rng, golden: rng.randrange(golden.chip.layers[-1].rows + 1),
    "LAYER": lambda rng, golden: rng.randrange(len(golden.chip.layers) + 1),
    "COLUMN": lambda rng, golden: rng.randrange(5),
    "ROW": lambda rng, golden: rng.randrange(5),
    "WINDOW": lambda rng, golden: rng.randint(-100, 100),
    "SAMPLE": lambda rng, golden: rng.choice(
        [rng.randint(-128, 127), 2**15 - 1, 2**15, -(2**15), -(2**15) - 1]
    ),
    "SAMPLE_PAIR": lambda rng, golden: rng.randrange(2**32),
    "WATERMARK": lambda rng, golden: rng.choice([*range(8), 4096, 4097]),
    "COMMAND": lambda rng, golden: rng.choice([0, 8, 9, 23, 2, 3, 18, 22, 128, 131]),
    "LAYER_RULE": lambda rng, golden: (
        rng.randrange(4)
        | rng.randrange(golden.config.class_count) << 4
        | rng.randrange(golden.config.class_count + (rng.random() < 0.1)) << 8
    ),
    "LAYER_GAIN": gain,
    "LAYER_BACK_GAIN": gain,
    "LAYER_VERIFY_GAIN": gain,
    "LAYER_RATE": lambda rng, golden: (
        rng.choice([1, 200, 255, 0]) | rng.choice([2, 13, 16, 24, 62, 63]) << 8
    ),
    "LAYER_THRESHOLD": lambda rng, golden: rng.choice(
        [1, 60, 1000, 2**20, 2**30, 2**30 + 1, 0]
    ),
    "LAYER_CODES": lambda rng, golden: (
        rng.choice([127, 1, 0, 511, 512, -255, -256]) % 2**16
        | rng.choice([127, 1, 511, 512, 0, -1]) % 2**16 << 16
    ),
    "PROGRAM": lambda rng, golden: (
        rng.choice([0, 2, 255])
        | rng.choice([1, 2, 4, 4, 0]) << 8
        | rng.choice([1, 5, 127, 0]) << 16
        | rng.choice([1, 2, 2, 0, 65]) << 24
    ),
    "READS": lambda rng, golden: rng.choice([1, 1, 2, 3, 0, 65]),
    "CAL_WINDOW": lambda rng, golden: (
        rng.randrange(golden.config.class_count)
        | rng.choice([1, 1, 2, 0]) << 8
        | rng.choice([1, 2, 3, 0]) << 16
        | rng.choice([1, 1, 2, 0]) << 24
    ),
    "CAL_GAIN": lambda rng, golden: (
        rng.choice([255, 64, 4, 0])
        | rng.choice([3, 5, 15, 2]) << 8
        | rng.choice([129, 255, 1, 0]) << 16
        | rng.choice([21, 22, 0, 48]) << 24
    ),
    "CAL_LIMIT": lambda rng, golden: rng.choice([1, 8, 1000, 60000, 1000, 60001, 0]),
    "TRIM": lambda rng, golden: (
        rng.choice([1, 2, 3, 3]) * (1 << (golden.config.sites[1].bits - 3))
        - rng.choice([0, 0, 1])
        | rng.choice([1, 2, 3, 0, 65]) << 16
        | rng.randrange(2) << 24
    ),
    "POWER": lambda rng, golden: rng.choice([0, 0, 0, 1, 2, 0x100, 0x101, 0x102, 3]),
    "LOCK": lambda rng, golden: rng.choice([1, 0, 1, rng.randrange(16)]),
    "TALLY_SELECT": lambda rng, golden: (
        rng.randrange(7)
        | rng.randrange(21) << 8
        | rng.choice([0, 0, 1, 2, 3]) << 16
        | rng.randrange(golden.config.class_count) << 20
        | rng.randrange(2) << 24
    ),
    "EXPONENT": lambda rng, golden: rng.choice(
        [0, 1, -5, 10, 20, 511, -512, 512, 1023, -1024, 1024, -1025]
    ),
    "UNLOCK": lambda rng, golden: rng.choice([UNLOCK_KEY, 0]),
    "HARNESS_KEY": lambda rng, golden: rng.choice([HARNESS_KEY, HARNESS_KEY, 0]),
    "REST": lambda rng, golden: rng.choice([1, 60, 86400, WORD, 0]),
    "CUT_AFTER": lambda rng, golden: rng.choice([0, 0, 1, 2, 7, 30]),
    "IRQ_ENABLE": lambda rng, golden: rng.randrange(32),
}
