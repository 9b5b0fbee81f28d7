"""Signs that learning has come to nothing, from a chip's own counters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edgeferro.chip.chip import Chip
    from edgeferro.core.tally import Tally
    from edgeferro.mapping.remarks import Remark

__all__ = ["MOST_PULSES", "divergence"]

# Pulses a cell and update. Ten passes of digits that learn take 0.02 to 0.2 under each
# rule; those that run away take 0.6 to 1.5 (ideal symmetric cells, 64-32-10).
MOST_PULSES: Final = 0.5
_ENOUGH: Final = 500  # updates; before that a few large errors send most of them
_SATURATES: Final = " saturates"


def divergence(
    chip: Chip, tally: Tally, cells: int, remarks: Sequence[Remark]
) -> list[str]:
    """What the counters say of a network that does not learn, with what may help.

    Args:
        chip: the chip file.
        tally: of all that was learned.
        cells: of all layers, one plane.
        remarks: of the run.
    """
    found = []
    pulses = tally.phase_pulses("update") / max(cells * tally.updates, 1)
    rate = chip.controller.learning_rate
    if pulses > MOST_PULSES and tally.updates >= _ENOUGH:
        found.append(
            f"{pulses:.2g} pulses a cell and update (above {MOST_PULSES:g} weights "
            f"run away: a controller.learning_rate below {rate:g} keeps them)"
        )
    said = [one.text for one in remarks if one.kind.endswith(_SATURATES)]
    if any(one.kind == f"adc{_SATURATES}" for one in remarks):
        said.append("network.signal_limit or converters.adc_range widen an ADC's range")
    return found + said
