"""What one of each count takes on a chip: prices, device and settings put together."""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Final

from edgeferro.energy.blocks import shapes_from
from edgeferro.energy.cells import CellPrices, PulseTerms
from edgeferro.energy.ends import BOUNDS
from edgeferro.energy.entry import Entry, Three
from edgeferro.energy.leakage import ROOM, retained_bits, warm
from edgeferro.energy.price import FROM_DEVICE, Operating
from edgeferro.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from edgeferro.chip.chip import Chip
    from edgeferro.chip.device import Device
    from edgeferro.energy.prices import Prices
    from edgeferro.energy.quantity import Quantity

__all__ = ["Pricing"]

_REST: Final = ("leak_bit", "leak_base")
_QJ_PER_ZJ: Final = 10**9


class Pricing:
    """Prices of all that a chip can be counted for.

    Args:
        prices: the technology.
        device: for conductances, area, polarization and pulse amplitude.
        chip: for read voltage and time.
        scale: factor on every price, for what-if.
        sizes: inputs, hidden neurons and outputs; what leaks needs them.
    """

    def __init__(
        self,
        prices: Prices,
        device: Device,
        chip: Chip,
        scale: Fraction | int = 1,
        sizes: Sequence[int] | None = None,
    ) -> None:
        """Keep all."""
        self.prices = prices
        self.device = device
        self.chip = chip
        self.scale = Fraction(scale)
        pulse = device.classes[chip.device.pulse_class]
        self.operating = Operating(
            chip.converters.adc_bits,
            {
                "dac_input": chip.converters.input_bits,
                "dac_error": chip.converters.error_bits,
            },
            chip.array.read_v,
            {bound: pulse.amplitude_v.bound(bound) for bound in BOUNDS},
            chip.controller.clock_mhz,
        )
        self.cells = CellPrices(device, chip)
        self.sizes = None if sizes is None else tuple(sizes)

    @cached_property
    def retained_bits(self) -> dict[str, int]:
        """Bits that the chip keeps while it sleeps, by what they hold.

        Raises:
            ConfigError: made without the network's sizes.
        """
        if self.sizes is None:
            message = (
                "sizes: what leaks goes with the bits that a network keeps; say its "
                "inputs, hidden neurons and outputs"
            )
            raise ConfigError(message)
        return retained_bits(
            self.chip, shapes_from(self.sizes, bias=self.chip.network.bias)
        )

    def each(self, event: str, bound: str = "value") -> int:
        """Price of one count of an event, quectojoules, without ``scale``."""
        if event == "half_selected":
            return self.cells.half_selected(self.chip.device.pulse_class, bound)
        if event in FROM_DEVICE:
            return self.cells.read_terms()[event == "read_charge"]
        price = self.prices.events[event]
        return round(price.energy(event, bound, self.operating) * _QJ_PER_ZJ)

    def pulse_terms(self, pulse_class: int, bound: str = "value") -> PulseTerms:
        """Return the prices of one class's pulses, at one end of the range."""
        return self.cells.pulse_terms(pulse_class, bound)

    def published_pulse(self, bound: str) -> int | None:
        """Energy of a pulse in its cell where the prices hold one, quectojoules."""
        pulse = self.prices.pulse
        if pulse is None:
            return None
        return round(pulse.energy("pulse", bound, self.operating) * _QJ_PER_ZJ)

    def scaled(self, ends: Mapping[str, int | Fraction]) -> Three:
        """Quectojoules by bound, with ``scale``."""
        low, value, high = (ends[bound] * self.scale for bound in BOUNDS)
        return low, value, high

    def entry(self, phase: str, event: str, count: int | Fraction) -> Entry:
        """So many of a priced event in a phase, whether or not a tally has them."""
        ends = {bound: self.each(event, bound) for bound in BOUNDS}
        return Entry(phase, event, event, count, self.scaled(ends))

    def resting(
        self,
        seconds: Fraction | int,
        celsius: tuple[float, float, float] = ROOM,
    ) -> list[Entry]:
        """What leaks in some time: retained bits times seconds, and the base.

        Args:
            seconds: all of them, asleep or at work.
            celsius: temperature of the chip, its low end, typical and high.

        Raises:
            ConfigError: made without the network's sizes.
        """
        bits = sum(self.retained_bits.values())
        found = []
        for event, count in zip(_REST, (bits * seconds, seconds), strict=True):
            ends = {
                bound: self.each(event, bound) * warm(self.prices, degrees, bound)
                for bound, degrees in zip(BOUNDS, celsius, strict=True)
            }
            found.append(Entry("idle", event, event, count, self.scaled(ends)))
        return found

    def asleep(
        self,
        seconds: Fraction | int,
        celsius: tuple[float, float, float] = ROOM,
    ) -> dict[str, Quantity]:
        """Energy of :meth:`resting` by event."""
        return {entry.event: entry.energy for entry in self.resting(seconds, celsius)}
