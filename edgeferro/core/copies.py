"""Copies and pickles of what drives a core: its registers and a snapshot."""

from __future__ import annotations

from typing import Any

from edgeferro.core.emulator import Core, TraceBuffer
from edgeferro.core.sites import site_rows
from edgeferro.core.tally import Tally
from edgeferro.errors import StateError

__all__ = ["Snapshotted"]


class Snapshotted:
    """Something with a core, copied and pickled bit for bit, at any moment."""

    core: Core
    image: Any
    _buffer: TraceBuffer | None = None
    _on_pulses: Any = None

    def _core_registers(self) -> Any:
        """What the core was brought up from."""
        return self.image.registers

    def __repr__(self) -> str:
        """Say the arrays' sizes, and what they have been through."""
        shapes = [self.core.shape(layer) for layer in range(self.core.layers)]
        sizes = ", ".join(f"{rows} x {columns}" for rows, columns in shapes)
        tally = Tally.from_words(self.core.tally_words())
        return (
            f"{type(self).__name__}({sizes} cells; {tally.updates:,} updates, "
            f"{tally.inferences:,} inferences, {tally.total_pulses:,} pulses)"
        )

    def _repr_html_(self) -> str:
        """Show the quantizer sites' counters in a notebook."""
        return site_rows(self.core).table(repr(self))

    def __getstate__(self) -> dict[str, Any]:
        """Put the snapshot in the core's place.

        Raises:
            StateError: pulses go to a callback, which stays where it is.
        """
        if self._on_pulses is not None:
            message = (
                "on_pulses: a controller with a callback is not copied or pickled, as "
                "the callback can't be; snapshot() and save() hold its state"
            )
            raise StateError(message)
        state = dict(self.__dict__)
        state["core"] = self.core.snapshot()
        if self._buffer is not None:
            state["_buffer"] = len(self._buffer.entries)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Bring the chip up again and restore its state."""
        self.__dict__.update(state)
        snapshot = state["core"]
        self.core = Core(self._core_registers())
        self.core.restore(snapshot)
        if state.get("_buffer") is not None:
            self._buffer = TraceBuffer(state["_buffer"])
