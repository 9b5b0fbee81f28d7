"""What a run did that nobody asked for: learning without a pulse, sites short of bits.

Nothing here is an error: a chip may be meant so. But each is what a designer wants to
be told before believing an accuracy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edgeferro.terminal import percent

if TYPE_CHECKING:
    from edgeferro.training.outcome import Outcome

__all__ = ["run_remarks"]

SATURATED: Final = 0.1  # part of the conversions of a layer's ADC
UNDERFLOWED: Final = 0.9  # part of the products of all layers
# where a product that is too small becomes nothing, by rule
_PRODUCTS: Final = {"sgd-counted": "pulse", "mixed-precision": "gradient"}
_LOST: Final = {
    "pulse": "ask for less than half a pulse",
    "gradient": "are below a unit",
}


def run_remarks(outcome: Outcome) -> list[str]:
    """Return a line for each thing that should not stay silent."""
    found = [_no_pulse(outcome), _lost_products(outcome), *_full_converters(outcome)]
    return [text for text in found if text]


def _no_pulse(outcome: Outcome) -> str:
    """Learning steps that did not move one cell."""
    updates = outcome.tally.updates
    if not updates or outcome.update_pulses:
        return ""
    controller = outcome.plan.chip.controller
    return (
        f"{updates} updates issued no pulse: nothing was learned on the cells "
        f"(controller.learning_rate is {controller.learning_rate:g})"
    )


def _lost_products(outcome: Outcome) -> str:
    """Products of input and error that are nearly all too small for their register."""
    rule = outcome.plan.chip.controller.rule
    site = _PRODUCTS.get(rule)
    if site is None:
        return ""
    products = outcome.tally.event("update", "mac")
    lost = sum(row["underflowed"] for row in outcome.sites if row["site"] == site)
    if not products or lost < UNDERFLOWED * products:
        return ""
    return (
        f"{percent(lost / products)} of the products of a learning step {_LOST[site]} "
        f"and count as nothing: a higher controller.learning_rate keeps more"
    )


def _full_converters(outcome: Outcome) -> list[str]:
    """Layers whose ADC stands at its end much of the time."""
    found = []
    rows = outcome.results[0].rows
    for row in outcome.sites:
        if row["site"] != "adc":
            continue
        layer = row["layer"]
        conversions = rows[layer] * outcome.tally.inferences
        if conversions and row["saturated"] > SATURATED * conversions:
            found.append(
                f"the ADC of layer {layer} is at its end {row['saturated']} times in "
                f"{conversions} forward conversions: its range is too small for what "
                f"the line carries"
            )
    return found
