"""The chip behind its register map, as a driver sees it; and a record of what passes.

Registers go by the names of ``csrc/bus/edgeferro.rdl`` (:data:`REGISTERS`).
"""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from edgeferro._core import ffi, lib
from edgeferro.core.arguments import given_number
from edgeferro.core.binding import allocate, check
from edgeferro.core.emulator import Core
from edgeferro.core.enums import BUS_KINDS, COMMANDS
from edgeferro.core.register_map import REGISTERS, Register
from edgeferro.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["COMMANDS", "Bus", "BusEvent", "clock_hertz"]


_U32: Final = (1 << 32) - 1
_U63: Final = (1 << 63) - 1  # periods; far beyond any run


class BusEvent(NamedTuple):
    """One thing that happened: see ``enum ef_bus_kind``.

    ``write`` and ``data`` are of a refusal: whether it was a write, and of what.
    """

    cycle: int
    kind: str
    address: int
    value: int
    write: bool = False
    data: int = 0


@ffi.def_extern()  # type: ignore[untyped-decorator]
def ef_observe(context: Any, event: Any) -> None:
    """Hand an event of the core to the bus that it belongs to."""
    told = BusEvent(
        event.cycle,
        BUS_KINDS[event.kind],
        event.address,
        event.value,
        bool(event.write),
        event.data,
    )
    ffi.from_handle(context)(told)


def clock_hertz(clock_mhz: float, name: str = "clock_mhz") -> int:
    """Take a controller's clock to the nearest hertz, as the bus counts it.

    Raises:
        DataError: not in 0.001..10000 MHz.
    """
    if isinstance(clock_mhz, Real) and 0.001 <= clock_mhz <= 10_000:
        return round(clock_mhz * 1e6)
    message = f"{name}: {clock_mhz!r} is not in 0.001..10000"
    raise DataError(message)


def _register(name: str) -> Register:
    """Find a register by name."""
    if isinstance(name, str) and name in REGISTERS:
        return REGISTERS[name]
    message = f"register: {name!r} is not in the map (csrc/REGISTERS.md)"
    raise DataError(message)


class Bus:
    """A chip whose registers are read and written, 32 bits at a time.

    Args:
        registers: of the chip as it comes out of the fab: its tables, device and sizes;
            what the map can set is the reset value.
        clock_mhz: of the controller, 0.001..10000; taken to the nearest hertz.

    Raises:
        ConfigError: a register is out of range.
        DataError: a clock that is.
    """

    def __init__(self, registers: Any, clock_mhz: float = 10.0) -> None:
        """Bring the chip up behind its bus."""
        self._hertz = clock_hertz(clock_mhz)
        self._block, config, self._keep = allocate(registers)
        self._bus = ffi.new("struct ef_bus *")
        fault = ffi.new("struct ef_fault *")
        memory = ffi.from_buffer("uint8_t[]", self._block)
        status = lib.ef_bus_init(
            self._bus, memory, self._block.size, fault, config, self._hertz
        )
        check(status, "chip")
        self.core = Core.of_block(self._block, self._bus.chip, registers)
        self._handle: Any = None

    def observe(self, observer: Callable[[BusEvent], None] | None) -> None:
        """Tell an observer each access and each change; None: nobody."""
        self._handle = None if observer is None else ffi.new_handle(observer)
        self._bus.context = self._handle or ffi.NULL
        self._bus.observer = ffi.NULL if observer is None else lib.ef_observe

    @property
    def pointer(self) -> Any:
        """``struct ef_bus *``, for firmware that runs in this process."""
        return self._bus

    def access_read(self, address: int) -> tuple[bool, int]:
        """Read a word; False and 0 if the access is refused (see ERROR)."""
        value = ffi.new("uint32_t *")
        status = lib.ef_bus_read32(self._bus, address & 0xFFFFFFFF, value)
        return status == lib.EF_OK, int(value[0])

    def access_write(self, address: int, value: int) -> bool:
        """Write a word; False if the access is refused (see ERROR)."""
        word = value & 0xFFFFFFFF
        status = lib.ef_bus_write32(self._bus, address & 0xFFFFFFFF, word)
        return bool(status == lib.EF_OK)

    def read(self, name: str) -> int:
        """Read a register by name.

        Raises:
            DataError: the access is refused.
        """
        done, value = self.access_read(_register(name).address)
        if not done:
            message = f"read of {name} refused: {', '.join(self.errors())}"
            raise DataError(message)
        return value

    def write(self, name: str, value: int) -> None:
        """Write a register by name.

        Raises:
            DataError: the access is refused.
        """
        if not self.access_write(_register(name).address, value):
            message = f"write of {value:#x} to {name}: {', '.join(self.errors())}"
            raise DataError(message)

    def field(self, name: str) -> int:
        """Read one field, as in 'STATUS.busy'."""
        register, _, field = name.partition(".")
        fields = _register(register).fields
        if field not in fields:
            message = f"{name}: not one of {', '.join(fields)} of {register}"
            raise DataError(message)
        high, low = fields[field]
        return (self.read(register) >> low) & ((1 << (high - low + 1)) - 1)

    def errors(self) -> list[str]:
        """Names of the bits that are set in ERROR."""
        _, bits = self.access_read(REGISTERS["ERROR"].address)
        fields = REGISTERS["ERROR"].fields.items()
        return [name for name, (_, low) in fields if bits >> low & 1]

    def clear_errors(self) -> None:
        """Clear ERROR and the interrupt status."""
        for name in ("ERROR", "IRQ_STATUS"):
            self.write(name, REGISTERS[name].clear)

    def command(self, name: str) -> None:
        """Write a command and wait until it has ended.

        Raises:
            DataError: it is refused.
        """
        if name not in COMMANDS:
            message = f"command: {name!r} is not one of {', '.join(COMMANDS)}"
            raise DataError(message)
        self.write("COMMAND", COMMANDS[name])
        while self.field("STATUS.busy") and not self.field("STATUS.halted"):
            self.advance(max(1, self.next_event))
        if found := self.errors():
            message = f"{name}: {', '.join(found)}"
            raise DataError(message)

    def advance(self, cycles: int) -> None:
        """Let periods of the controller's clock go by.

        Raises:
            DataError: no whole number of 0 or more.
        """
        lib.ef_bus_advance(self._bus, given_number(cycles, "cycles", 0, _U63))

    @property
    def next_event(self) -> int:
        """Periods until something happens by itself; 0 where nothing is under way."""
        return int(lib.ef_bus_next_event(self._bus))

    @property
    def now(self) -> int:
        """Periods of the clock since the chip was made; looking takes none."""
        return int(self._bus.now)

    @property
    def interrupt(self) -> bool:
        """Level of the interrupt line."""
        return bool(lib.ef_bus_interrupt(self._bus))

    @property
    def steps(self) -> int:
        """Steps of commands that have begun (SPEC 11.3)."""
        return int(self._bus.steps)

    @property
    def losses(self) -> int:
        """How often power was lost."""
        return int(self._bus.losses)

    def cut_after(self, steps: int) -> None:
        """Lose power when so many more steps have begun; 0: never.

        Raises:
            DataError: no such number.
        """
        lib.ef_bus_cut(self._bus, given_number(steps, "steps", 0, _U32))

    def power_cycle(self) -> None:
        """Lose power and get it back: cells stay, registers and SRAM don't."""
        lib.ef_bus_power_cycle(self._bus)

    def snapshot(self) -> bytes:
        """Return everything of bus and chip; :meth:`restore` goes on from it."""
        size = int(lib.ef_bus_snapshot_size(self._bus))
        data = ffi.new("uint8_t[]", size)
        check(lib.ef_bus_snapshot(self._bus, data, size), "snapshot")
        return bytes(ffi.buffer(data))

    def restore(self, data: bytes) -> None:
        """Take bus and chip from a snapshot; all or nothing.

        Raises:
            SnapshotError: not one, cut short, damaged, or of another chip.
        """
        source = ffi.from_buffer("uint8_t[]", data)
        check(lib.ef_bus_restore(self._bus, source, len(data)), "snapshot")
