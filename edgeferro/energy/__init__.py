"""What a tally costs, with the source of every price."""

from edgeferro.energy.prices import Prices
from edgeferro.energy.report import EnergyReport

__all__ = ["EnergyReport", "Prices"]
