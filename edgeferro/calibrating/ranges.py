"""The range of each layer's ADC by what its own lines carry, as a controller finds it.

Means of hardware only: a layer's own codes, the largest of them and how many stood at
the end of the range, on samples that the chip has anyway. In integers:

1. The samples are inferred. Where a code of a layer stood at the end, its shift grows
   by one, which doubles its range, and they are inferred again; at most eight times.
2. Peak P of a layer is the largest magnitude of its codes, H are sixteenths of
   headroom. The wished gain is mantissa x half x 16 over P x H, half being the codes
   from 0 to full scale, with the layer's shift. The numerator is doubled, and the shift
   grows with it, until the quotient, rounded down, is 128 or more; the denominator is
   doubled, and the shift falls, while the quotient is above 255.

The activation tables follow the gain, so that it is found before a chip learns for
good.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from edgeferro.controller import Controller
from edgeferro.core.tally import Tally
from edgeferro.errors import DataError
from edgeferro.training.lesson import make_lesson
from edgeferro.training.plan import pass_order
from edgeferro.training.power import learn_between_losses

if TYPE_CHECKING:
    from edgeferro.chip.chip import Chip
    from edgeferro.mapping.network import Image
    from edgeferro.training.plan import Plan, Unit

__all__ = ["SIXTEENTHS", "FoundRange", "choose_gain", "find_ranges"]

SIXTEENTHS: Final = 16  # of headroom
_ROUNDS: Final = 8
_LOW, _HIGH = 128, 255  # of a mantissa (SPEC 5.2)


@dataclass(frozen=True)
class FoundRange:
    """What a layer's codes came to on one chip.

    Attributes:
        before: full scale as the chip file has it, a pre-activation.
        saturated: conversions at its end with that.
        conversions: of the samples, once.
        peak: the largest signal, a pre-activation.
        mantissa: of the gain that was chosen.
        shift: of the same.
        after: full scale of that gain, a pre-activation.
    """

    before: float
    saturated: int
    conversions: int
    peak: float
    mantissa: int
    shift: int
    after: float


def choose_gain(
    mantissa: int, shift: int, peak: int, half: int, sixteenths: int
) -> tuple[int, int]:
    """Give a layer the gain at which its peak is full scale over the headroom.

    Args:
        mantissa: of the gain that was measured with, 128..255.
        shift: of the same.
        peak: the largest magnitude of a code with it, 1..half.
        half: codes from 0 to full scale.
        sixteenths: of headroom, 1 or more.

    Returns:
        mantissa 128..255 and shift, the mantissa rounded down.
    """
    above, below = mantissa * half * SIXTEENTHS, peak * sixteenths
    while above // below < _LOW:
        above, shift = above * 2, shift + 1
    while above // below > _HIGH:
        below, shift = below * 2, shift - 1
    return above // below, shift


def _measure(
    plan: Plan, unit: Unit, chip: Chip
) -> tuple[Image, list[tuple[int, int]], Tally, int]:
    """Peaks and counts of a programmed chip's forward codes; what measuring took.

    Counters start at 0 and are of both directions: what has learned is written onto a
    chip that has not, which then infers and nothing else.
    """
    lesson = make_lesson(chip, plan.task, unit.subject, unit.seed)
    controller = Controller(lesson.image)
    controller.program()
    for index in range(plan.passes):
        order = pass_order(plan, unit, lesson, index)
        codes, labels = lesson.learn_codes[order], lesson.learn_labels[order]
        every, done = plan.chip.task.power_off_every, index * len(order)
        learn_between_losses(controller, codes, labels, done=done, every=every)
    if plan.passes:
        layers = range(controller.core.layers)
        learned = tuple(controller.peek("weight", layer).copy() for layer in layers)
        controller = Controller(replace(lesson.image, targets=learned))
        controller.program()
    before = controller.tally
    controller.predict(lesson.learn_codes)
    found = [
        (int(row["peak"]), int(row["saturated"]))
        for row in controller.site_report()
        if row["site"] == "adc"
    ]
    tally = controller.tally - before
    return lesson.image, found, tally, len(lesson.learn_codes)


def find_ranges(
    plan: Plan, unit: Unit, sixteenths: int
) -> tuple[list[FoundRange], Tally]:
    """Find the ranges of one chip; also the tally of all inferences that it took.

    Args:
        plan: chip, task, and the passes that are learned before measuring.
        unit: which chip.
        sixteenths: of headroom over the largest code.

    Raises:
        DataError: lines that no range holds, or that carry nothing.
    """
    half = 1 << (plan.chip.converters.adc_bits - 1)
    chip, spent = plan.chip, Tally.zero()
    first: list[tuple[float, int]] = []
    for _ in range(_ROUNDS):
        image, counts, tally, samples = _measure(plan, unit, chip)
        spent = spent + tally
        scales, layers = image.scales, image.registers.layers
        now = [scale.code * half for scale in scales]
        first = first or [(r, cut) for r, (_, cut) in zip(now, counts, strict=True)]
        if all(peak < half - 1 for peak, _ in counts):
            break
        pairs = zip(now, counts, strict=True)
        wider = [r * (2 if peak >= half - 1 else 1) for r, (peak, _) in pairs]
        chip = chip.with_(**{"converters.adc_range": wider})
    else:
        message = f"{unit.name}: {_ROUNDS} doublings of the ADC's range are not enough"
        raise DataError(message)
    found = []
    for index, (peak, _) in enumerate(counts):
        if not peak:
            message = f"{unit.name}: no line of layer {index} carries a signal"
            raise DataError(message)
        layer = layers[index]
        gain = (int(layer.gain_mantissa), int(layer.gain_shift))
        mantissa, shift = choose_gain(*gain, peak, half, sixteenths)
        ratio = gain[0] * 2.0 ** (shift - gain[1]) / mantissa
        before, cut = first[index]
        found.append(
            FoundRange(
                before=before,
                saturated=cut,
                conversions=samples * int(layer.rows),
                peak=peak * scales[index].code,
                mantissa=mantissa,
                shift=shift,
                after=now[index] * ratio,
            )
        )
    return found, spent
