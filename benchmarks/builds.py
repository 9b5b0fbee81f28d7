"""The core built out of any revision's sources, several of them in one process.

A build is a shared library of ``csrc`` with the flags of the wheel, opened by cffi; its
declarations are cut out of its own headers. Registers are filled in by name, so that a
chip of today can be laid out for a core that had its fields in other places.
"""

from __future__ import annotations

import io
import platform
import re
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
from cffi import FFI

if TYPE_CHECKING:
    from types import SimpleNamespace

__all__ = ["ROOT", "Build", "Chip", "export"]

ROOT: Final = Path(__file__).resolve().parent.parent
_FLAGS: Final = (
    "-std=c11 -O3 -falign-functions=64 -DNDEBUG -ffreestanding -fPIC "
    "-fvisibility=hidden"
).split()
_V2: Final = ["-march=x86-64-v2"] if platform.machine() in {"x86_64", "AMD64"} else []
# Hidden, as in the wheel, but for what the public header declares.
_SHOWN: Final = (
    "#pragma GCC visibility push(default)\n"
    '#include "edgeferro.h"\n'
    "#pragma GCC visibility pop\n"
)
_VIEWS: Final = {"state": 0, "wear": 2, "weight": 3, "chi": 4}  # enum ef_view
_CACHE_LINE: Final = 64


def export(revision: str, folder: Path) -> Path:
    """Copy a revision's ``csrc`` out of git into a folder, and return where it is.

    Raises:
        SystemExit: git doesn't know the revision.
    """
    done = subprocess.run(
        ["git", "-C", str(ROOT), "archive", revision, "csrc"],
        check=False,
        capture_output=True,
    )
    if done.returncode != 0:
        raise SystemExit(done.stderr.decode("utf-8", "replace").strip())
    with tarfile.TarFile(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder / "csrc"


def _declarations(csrc: Path) -> str:
    regions: list[str] = []
    for name in ("ef_enums.h", "ef_fields.h", "edgeferro.h"):
        for header in csrc.rglob(name):
            text = header.read_text(encoding="utf-8")
            regions += re.findall(r"// <cdef>\n(.*?)// </cdef>", text, re.DOTALL)
    return re.sub(r"//.*", "", "\n".join(regions))


class Build:
    """A core, compiled and opened.

    Args:
        csrc: its sources.
        folder: an empty one for what is made of them.
    """

    def __init__(self, csrc: Path, folder: Path) -> None:
        """Compile the sources, link them, and read what the headers declare."""
        folder.mkdir(parents=True, exist_ok=True)
        shown = folder / "shown.h"
        shown.write_text(_SHOWN, encoding="utf-8")
        places = [f"-I{place}" for place in {h.parent for h in csrc.rglob("*.h")}]
        objects = []
        for source in sorted(csrc.rglob("*.c")):
            objects.append(folder / f"{len(objects)}-{source.stem}.o")
            line = ["cc", *_FLAGS, *_V2, *places, "-include", str(shown), "-c"]
            subprocess.run([*line, str(source), "-o", str(objects[-1])], check=True)
        self._library = folder / "core.so"
        line = ["cc", "-shared", *map(str, objects), "-o", str(self._library)]
        subprocess.run(line, check=True)
        self.ffi = FFI()
        self.ffi.cdef(_declarations(csrc))
        self._opened = [self.ffi.dlopen(str(self._library))]  # never closed
        self.lib = self._opened[0]

    def move(self) -> None:
        """Open the library once more, so that its code lies elsewhere in memory."""
        copy = self._library.with_stem(f"core-{len(self._opened)}")
        shutil.copy(self._library, copy)
        self.lib = self.ffi.dlopen(str(copy))
        self._opened.append(self.lib)

    def fill(self, record: Any, values: Any, keep: list[Any], used: set[str]) -> None:
        """Copy registers into the structure that has their names.

        Args:
            record: of the build's own ``struct ef_config``.
            values: an object with the registers; what it hasn't is 0.
            keep: takes what must outlive the record.
            used: takes the names that the record has.
        """
        for name, field in self.ffi.typeof(record).fields:
            kind = field.type.kind
            if kind == "struct":
                self.fill(getattr(record, name), values, keep, used)
                continue
            value = getattr(values, name, None)
            used.add(name)
            if value is None:
                continue
            if kind == "pointer":
                dtype = field.type.item.cname.removesuffix("_t")
                keep.append(np.ascontiguousarray(value, dtype))
                raw = self.ffi.from_buffer(keep[-1])
                setattr(record, name, self.ffi.cast(field.type, raw))
            elif kind == "array" and field.type.item.kind == "struct":
                for target, source in zip(getattr(record, name), value, strict=False):
                    self.fill(target, source, keep, used)
            elif kind == "array":
                for i, item in enumerate(value):
                    getattr(record, name)[i] = int(item)
            else:
                setattr(record, name, int(value))

    def chip(self, registers: SimpleNamespace) -> Chip:
        """Bring a chip up.

        Raises:
            LookupError: a register that isn't 0 is unknown to this core; names it.
        """
        config, keep = self.ffi.new("struct ef_config *"), []
        used = {"layers"}
        self.fill(config[0], registers, keep, used)
        for name, value in vars(registers).items():
            if name not in used and np.any(value):
                raise LookupError(name)
        return Chip(self, registers, config)


class Chip:
    """A chip of one build, with the methods of ``core.emulator.Core`` that chips need.

    Args:
        build: whose core it is.
        registers: as they were filled in.
        config: ``struct ef_config``; only for the time of the call.
    """

    def __init__(self, build: Build, registers: SimpleNamespace, config: Any) -> None:
        """Bring the chip up in a block of its own."""
        self.build, self.lib, self.registers = build, build.lib, registers
        self.layers = len(registers.layers)
        ffi, lib = build.ffi, build.lib
        size, fault = ffi.new("uint64_t *"), ffi.new("struct ef_fault *")
        self._check(lib.ef_block_size(size, fault, config))
        self._block = self._room(int(size[0]))
        self._chip = self._look()
        found, memory = ffi.new("struct ef_chip **"), ffi.from_buffer(self._block)
        self._check(lib.ef_init(found, memory, size[0], fault, config))

    @staticmethod
    def _check(status: int) -> None:
        if status != 0:
            message = f"the core returned {status}"
            raise RuntimeError(message)

    @staticmethod
    def _room(size: int) -> np.ndarray:
        raw = np.zeros(size + _CACHE_LINE, np.uint8)
        skip = -raw.ctypes.data % _CACHE_LINE
        return raw[skip : skip + size]

    def _look(self) -> Any:
        ffi = self.build.ffi
        return ffi.cast("struct ef_chip *", ffi.from_buffer(self._block))

    def clone(self) -> Self:
        """Return the same chip in another block: a copy of it is a copy of the chip."""
        twin = self.__class__.__new__(self.__class__)
        twin.__dict__.update(self.__dict__)
        twin._block = self._room(self._block.nbytes)
        twin._chip = twin._look()
        twin.adopt(self)
        return twin

    def adopt(self, other: Chip) -> None:
        """Become what another chip of the same build and registers is."""
        np.copyto(self._block, other._block)

    def shape(self, layer: int) -> tuple[int, int]:
        """Rows and columns of a layer's array, the bias column included."""
        its = self.registers.layers[layer]
        return its.rows, its.inputs + its.bias

    def program_column(
        self, layer: int, plane: int, column: int, targets: np.ndarray
    ) -> None:
        """Write a column of weights, int16 (rows,)."""
        codes = np.ascontiguousarray(targets, np.int16)
        missed, null = self.build.ffi.new("uint32_t *"), self.build.ffi.NULL
        source = self.build.ffi.from_buffer("int16_t[]", codes)
        program = self.lib.ef_program_column
        self._check(program(self._chip, missed, null, layer, plane, column, source))

    def learn(self, inputs: np.ndarray, labels: np.ndarray) -> None:
        """Take learning steps: int16 (n, inputs), int32 (n,)."""
        ffi = self.build.ffi
        done, null, count = ffi.new("uint64_t *"), ffi.NULL, len(labels)
        source = ffi.from_buffer("int16_t[]", inputs)
        wanted = ffi.from_buffer("int32_t[]", labels)
        learn = self.lib.ef_learn
        self._check(learn(self._chip, done, null, null, source, wanted, count))

    def infer(self, inputs: np.ndarray) -> None:
        """Run forward passes: int16 (n, inputs)."""
        classes = self.build.ffi.new("int32_t[]", len(inputs))
        source = self.build.ffi.from_buffer("int16_t[]", inputs)
        null, count = self.build.ffi.NULL, len(inputs)
        self._check(self.lib.ef_infer(self._chip, classes, null, source, count))

    def read_back(self, errors: np.ndarray) -> None:
        """Read the first layer's array backward: int16 (n, rows)."""
        found = self.build.ffi.new("int16_t[]", self.registers.layers[0].inputs)
        source = self.build.ffi.from_buffer("int16_t[]", errors)
        for i in range(len(errors)):
            one = source + i * errors.shape[1]
            self._check(self.lib.ef_array_backward(self._chip, found, 0, one))

    def contents(self) -> list[bytes]:
        """All cells' states, wear, weights and accumulators."""
        found, size = [], self.build.ffi.new("uint64_t *")
        for layer in range(self.layers):
            for view in _VIEWS.values():
                at = self.lib.ef_peek(self._chip, size, layer, 0, view)
                if at != self.build.ffi.NULL:
                    found.append(bytes(self.build.ffi.buffer(at, size[0])))
        return found
