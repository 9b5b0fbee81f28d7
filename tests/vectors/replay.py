"""Replays a file of vectors (SPEC 22) on the compiled core, by the public header alone.

python tests/vectors/replay.py [FILE]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from edgeferro._core import ffi, lib


class Replay:
    """A configuration that grows line by line, and the chip that is made of it."""

    def __init__(self) -> None:
        """Nothing is set, nothing was found yet."""
        self.config, self.tables, self.found = ffi.new("struct ef_config *"), [], {}

    def set(self, name: str, *words: str) -> None:
        """Put numbers into a field, the last one again and again until it is full."""
        record, numbers = self.config[0], [*map(int, words)]
        if name.startswith("layers["):
            index, name = name.removeprefix("layers[").split("].")
            record = record.layers[int(index)]
        elif name not in dir(record):
            record = record.settings
        kind = dict(ffi.typeof(record).fields)[name].type
        if kind.kind == "primitive":
            setattr(record, name, *numbers)
            return
        size = self.entries(name) if kind.kind == "pointer" else kind.length
        if name == "sites":  # of four bytes each
            kind, size = ffi.typeof("uint8_t *"), 4 * size
        numbers += numbers[-1:] * (size - len(numbers))
        self.tables.append(ffi.new(ffi.getctype(kind.item, f"[{size}]"), numbers))
        if name == "sites":
            ffi.memmove(record.sites, self.tables[-1], size)
        else:
            setattr(record, name, self.tables[-1])

    def entries(self, table: str) -> int:
        """How many entries a table has, from what was set before it."""
        knots = self.config.settings.class_count * 2 * lib.EF_KNOTS
        sizes = {"knots": knots, "exp_table": lib.EF_EXP_ENTRIES}
        sizes["adc_inl"] = lib.EF_KNOTS
        return int(sizes.get(table) or lib.ef_table_entries(self.config))

    def up(self) -> None:
        """Bring the chip up."""
        size, fault = ffi.new("uint64_t *"), ffi.new("struct ef_fault *")
        chip = ffi.new("struct ef_chip **")
        assert lib.EF_OK == lib.ef_block_size(size, fault, self.config)
        self.memory = ffi.new("uint8_t[]", size[0] + lib.EF_ALIGNMENT)
        skip = -int(ffi.cast("uintptr_t", self.memory)) % lib.EF_ALIGNMENT
        status = lib.ef_init(chip, self.memory + skip, size[0], fault, self.config)
        assert lib.EF_OK == status
        self.chip = chip[0]

    def command(self, what: str, function: Any, *arguments: Any) -> None:
        """Run a command; the one number that it gives is found as what it is."""
        number = ffi.new(ffi.typeof(function).args[1])
        assert lib.EF_OK == function(self.chip, number, *arguments)
        self.found[what] = [number[0]]

    def learn(self, label: str, *raw: str) -> None:
        """One learning step."""
        predicted, inputs = ffi.new("int32_t *"), [*map(int, raw)]
        arguments = predicted, ffi.NULL, inputs, [int(label)], 1
        self.command("steps", lib.ef_learn, *arguments)
        assert [1] == self.found["steps"]
        self.found["predicted"] = [predicted[0]]

    def program(self, *words: str) -> None:
        """Write and verify a column."""
        layer, plane, column, *targets = map(int, words)
        place = layer, plane, column
        self.command("missed", lib.ef_program_column, ffi.NULL, *place, targets)

    def trim(self, *words: str) -> None:
        """Trim a side's converters."""
        self.command("ends", lib.ef_trim, *map(int, words))

    def expect(self, what: str, *words: str) -> None:
        """Compare what the chip says."""
        if what == "codes":
            last, size = self.config.settings.layer_count - 1, ffi.new("uint64_t *")
            seen = lib.ef_peek(self.chip, size, last, 0, lib.EF_VIEW_CODE)
            self.found[what] = ffi.unpack(ffi.cast("int16_t *", seen), size[0] // 2)
        elif what == "digest":
            self.found[what] = [f"{lib.ef_config_digest(self.config):016x}"]
        elif what == "signature":
            self.found[what] = [f"{lib.ef_signature(self.chip):016x}"]
        assert list(words) == [*map(str, self.found[what])], what


def replay(lines: list[str]) -> int:
    """Go through the lines; how many expectations held."""
    here, held = Replay(), 0
    for number, line in enumerate(lines, 1):
        verb, *words = line.split() or ["#"]
        try:
            if verb == "spec":
                assert [str(lib.EF_SPEC_VERSION)] == words, "SPEC of another version"
            elif verb == "chip":
                here = Replay()
            elif verb != "#":
                getattr(here, verb)(*words)
        except Exception as error:
            error.add_note(f"line {number}: {line[:70]}")
            raise
        held += verb == "expect"
    return held


def main(*arguments: Any) -> None:
    """Replay the file beside this one, or that which is named."""
    path = Path(*arguments or [Path(__file__).parent / "learning.txt"])
    held = replay(path.read_text(encoding="utf-8").splitlines())
    print(f"{path.name}: {held} expectations held")


if __name__ == "__main__":
    main(*sys.argv[1:])
