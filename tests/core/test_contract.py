"""The public functions, from their prototypes: nulls by one rule, const means const."""

from __future__ import annotations

import ctypes
import mmap
import multiprocessing
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import plain
import pytest
from edgeferro._core import ffi, lib

from edgeferro.core import binding

INCLUDE = Path(__file__).resolve().parents[2] / "csrc" / "include"
# Pointers that a comment in the header calls optional.
TRACED: Final = (
    "learn",
    "learn_targets",
    "update_layer",
    "program_column",
    "calibrate_column",
    "array_pulse",
)
OPTIONAL: Final = {
    ("ef_job_step", "points"),
    ("ef_job_step", "trace"),
    ("ef_infer", "codes"),
    ("ef_learn", "predicted"),
    ("ef_learn_targets", "codes"),
    *((f"ef_{name}", "trace") for name in TRACED),
}
NO_STATUS: Final = {"ef_bus_interrupt"}  # its int is a level


class Function(NamedTuple):
    """A prototype: what it returns, and its parameters' types and names."""

    name: str
    returns: str
    parameters: list[tuple[str, str]]

    def pointers(self) -> list[int]:
        """Places of the parameters that are pointers."""
        return [i for i, (kind, _) in enumerate(self.parameters) if "*" in kind]


def functions() -> dict[str, Function]:
    """All prototypes between the cdef marks of the public headers."""
    found = {}
    for path in sorted(INCLUDE.glob("*.h")):
        text = path.read_text(encoding="utf-8")
        inside = "".join(re.findall(r"// <cdef>(.*?)// </cdef>", text, re.DOTALL))
        inside = re.sub(r"//.*", "", inside)
        for returns, name, inner in re.findall(
            r"^(\w[\w ]*?[ *]+)(ef_\w+)\(([^()]*)\);", inside, re.MULTILINE
        ):
            parts = [re.sub(r"\s+", " ", part).strip() for part in inner.split(",")]
            split = [re.fullmatch(r"(.*?)(\w+)", part) for part in parts]
            parameters = [(m[1].strip(), m[2]) for m in split if m]
            found[name] = Function(name, returns.strip(), parameters)
    return found


FUNCTIONS: Final = functions()


class Chip:
    """A small chip and a bus, each in a block of its own, and arguments for calls."""

    def __init__(self) -> None:
        """Bring both up, with a step learned so that the state is no power-up."""
        table = np.clip(np.arange(-256, 256), -255, 255).astype(np.int16)
        layer = plain.layer(3, 4, bias=1, activation=table, slope=abs(table))
        registers = plain.registers([layer], reference=2, error_kind=1)
        _, self.config, self.keep = binding.allocate(registers)
        size = ffi.new("uint64_t *")
        fault = ffi.new("struct ef_fault *")
        assert lib.EF_OK == lib.ef_block_size(size, fault, self.config)
        self.size = int(size[0])
        self.blocks = [mmap.mmap(-1, self.size) for _ in range(2)]
        self.views = [ffi.from_buffer(block) for block in self.blocks]
        made = ffi.new("struct ef_chip **")
        first, second = self.views
        assert lib.EF_OK == lib.ef_init(made, first, self.size, fault, self.config)
        self.chip = made[0]
        self.bus = ffi.new("struct ef_bus *")
        status = lib.ef_bus_init(self.bus, second, self.size, fault, self.config, 10**7)
        assert lib.EF_OK == status
        done, label = ffi.new("uint64_t *"), ffi.new("int32_t *", 1)
        codes = ffi.new("int16_t[]", [100, -50, 20, 127])
        null = ffi.NULL
        lib.ef_learn(self.chip, done, null, null, codes, label, 1)

    def value(self, function: Function, place: int) -> Any:
        """An argument that is in order: records of zeros, counts of one."""
        kind, name = function.parameters[place]
        if "struct ef_chip *" in kind and "**" not in kind:
            return self.chip
        if "struct ef_bus *" in kind:
            return self.bus
        if "struct ef_config *" in kind:
            return self.config
        if name == "how":
            how = {"reads": 1, "quads": 1, "windows": 1, "tolerance": 4, "probe": 3}
            return ffi.new(
                "struct ef_calibration *", {**how, "mantissa": 1, "limit": 9}
            )
        if name == "trace":
            self.keep.append(ffi.new("struct ef_pulse[]", 999))
            record = {"entries": self.keep[-1], "capacity": 999}
            return ffi.new("struct ef_trace *", record)
        if kind == "void *" and name == "block":
            return ffi.from_buffer(mmap.mmap(-1, self.size))
        if "*" in kind:
            if kind == "void *" or kind == "ef_bus_observer":
                return ffi.NULL
            item = ffi.typeof(kind.replace("const ", "").strip()).item
            return ffi.new(
                ffi.getctype(item, f"[{1 << (19 if name == 'bytes' else 12)}]")
            )
        snapshot = "snapshot" in function.name or "restore" in function.name
        if name == "size" and snapshot:
            of_bus = "bus" in function.name
            measure = lib.ef_bus_snapshot_size if of_bus else lib.ef_snapshot_size
            return measure(self.bus if of_bus else self.chip)
        first = dict.fromkeys(("layer", "plane", "row", "column", "pulse_class"), 0)
        counts = {
            "size": self.size,
            "count": lib.ef_config_words(1),
            "clock_hz": 10**7,
        }
        return {**first, **counts}.get(name, 1)

    def arguments(self, function: Function) -> list[Any]:
        """One for each parameter."""
        places = range(len(function.parameters))
        return [self.value(function, place) for place in places]

    def images(self) -> list[bytes]:
        """What must be as it was: both blocks and the bus."""
        return [*(bytes(block) for block in self.blocks), bytes(ffi.buffer(self.bus))]


def nothing(function: Function) -> Any:
    """What a null gives, by the header's first paragraph."""
    if function.returns == "void":
        return None
    if "*" in function.returns:
        return ffi.NULL
    status = function.returns in {"int", "int32_t"} and function.name not in NO_STATUS
    return lib.EF_ERROR_NULL if status else 0


CASES = [
    (name, place)
    for name, function in FUNCTIONS.items()
    for place in function.pointers()
]


def test_the_prototypes_are_all_there() -> None:
    """What is read here are the functions that the extension was built with."""
    built = {n for n in dir(lib) if n.startswith("ef_") and callable(getattr(lib, n))}
    assert built - {"ef_observe"} == set(FUNCTIONS)
    names = {(f.name, name) for f in FUNCTIONS.values() for _, name in f.parameters}
    assert names >= OPTIONAL


@pytest.mark.parametrize(("name", "place"), CASES)
def test_null(name: str, place: int) -> None:
    """A null is told or passed over by one rule, and nothing has changed."""
    function, chip = FUNCTIONS[name], Chip()
    call: Callable[..., Any] = getattr(lib, name)
    arguments = chip.arguments(function)
    arguments[place] = ffi.NULL
    before = chip.images()
    found = call(*arguments)
    if (name, function.parameters[place][1]) in OPTIONAL:
        assert lib.EF_OK == found
        return
    assert nothing(function) == found
    assert before == chip.images()


@pytest.mark.parametrize("name", TRACED)
def test_a_trace_that_is_none(name: str) -> None:
    """No buffer, or one with more entries than room: refused, nothing has changed."""
    function, chip = FUNCTIONS[f"ef_{name}"], Chip()
    place = [n for _, n in function.parameters].index("trace")
    entries = ffi.new("struct ef_pulse[]", 999)
    wrong = [
        {"entries": ffi.NULL, "capacity": 999},
        {"entries": entries, "capacity": 999, "count": 1000},
        {"entries": entries, "capacity": 3},
    ]
    for record in wrong:
        arguments = chip.arguments(function)
        arguments[place] = ffi.new("struct ef_trace *", record)
        before = chip.images()
        assert lib.EF_ERROR_TRACE == getattr(lib, function.name)(*arguments)
        assert before == chip.images()


def constant() -> list[str]:
    """Functions that only look at a chip or a bus."""
    kinds = {"const struct ef_chip *", "const struct ef_bus *"}
    return [n for n, f in FUNCTIONS.items() if kinds & {k for k, _ in f.parameters}]


def look(protect: bool, answers: Any) -> None:
    """Call every function that takes a const chip, its block read-only or not."""
    chip = Chip()
    if protect:
        libc = ctypes.CDLL(None, use_errno=True)
        for view in chip.views:
            address = ctypes.c_void_p(int(ffi.cast("uintptr_t", view)))
            assert 0 == libc.mprotect(address, ctypes.c_size_t(chip.size), 1)
    found = []
    for name in constant():
        arguments = chip.arguments(FUNCTIONS[name])
        answer = getattr(lib, name)(*arguments)
        if isinstance(answer, ffi.CData):
            answer = bytes(ffi.buffer(answer))
        written = [
            bytes(ffi.buffer(value))
            for (kind, _), value in zip(
                FUNCTIONS[name].parameters, arguments, strict=True
            )
            if "*" in kind and "const" not in kind
        ]
        found.append((name, answer, written))
    answers.put(found)


def answers_of(protect: bool) -> list[Any]:
    """What the functions say, in a process that may die of it."""
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    process = context.Process(target=look, args=(protect, answers))
    process.start()
    found: list[Any] = answers.get() if answers._poll(60) else []
    process.join()
    assert 0 == process.exitcode
    return found


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mprotect"), reason="no mprotect")
@pytest.mark.parametrize("status", [-(2**31), -11, 1, 2**31 - 1])
def test_a_status_that_is_none_has_a_text(status: int) -> None:
    """The text of any int lies within the table, that of the smallest too."""
    assert b"unknown status" == ffi.string(lib.ef_status_text(status))


def test_const_is_const() -> None:
    """On memory that can't be written, they do what they do elsewhere."""
    assert len(constant()) >= 9
    assert answers_of(protect=False) == answers_of(protect=True)
