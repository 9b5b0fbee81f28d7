"""Write and verify: what a verify read can tell apart, and what it accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edgeferro.errors import ConfigError, most_text

if TYPE_CHECKING:
    from edgeferro.chip.chip import Chip
    from edgeferro.chip.device import Device

__all__ = ["tolerance_codes", "verify_code", "verify_span"]

_LEVEL_SPREAD: Final = 0.2  # of symmetry points from cell to cell
_CODES: Final = 255  # what the register of the tolerance holds


def verify_span(chip: Chip, device: Device) -> float:
    """Weight (or state) at a verify read's full scale: it covers what is programmed."""
    level = abs(chip.reference_state(device))
    level += _LEVEL_SPREAD if chip.calibrates else 0.0
    return min(1.0, max(2 * chip.array.weight_span, 1.25 * level))


def verify_code(chip: Chip, device: Device) -> float:
    """Weight (or state) of one code of a verify read."""
    return verify_span(chip, device) / 2.0 ** (chip.converters.adc_bits - 1)


def tolerance_codes(chip: Chip, device: Device) -> int:
    """The accepted difference in whole codes of a verify read, the nearest number.

    Raises:
        ConfigError: more codes than the register holds.
    """
    tolerance, code = chip.program.tolerance, verify_code(chip, device)
    found = round(tolerance / code)
    if found > _CODES:
        most = most_text(_CODES * code)
        message = (
            f"program.tolerance: {tolerance:g} is {found} codes of a verify read with "
            f"converters.adc_bits {chip.converters.adc_bits}, above {_CODES}; at most "
            f"{most}"
        )
        raise ConfigError(message)
    return found
