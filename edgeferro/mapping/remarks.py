"""What a run of a chip says without being asked, the same in every command.

Nothing here is an error: a chip may be meant so. But each is what a designer wants to
be told before believing an accuracy: learning without a pulse, sites short of bits,
reads louder than a code, settings that change nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from edgeferro.errors import ConfigError, least_text
from edgeferro.mapping.verify import verify_code
from edgeferro.terminal import percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from edgeferro.chip.chip import Chip
    from edgeferro.core.tally import Tally
    from edgeferro.mapping.read_quality import ReadQuality

__all__ = ["IDLE", "Remark", "gathered", "run_remarks"]

IDLE: Final = "setting without effect"

# Parts of what a site has converted. A line at the end of its ADC tells the layer above
# nothing more; other sites lose a value's excess alone.
_SATURATED: Final = {"adc": 0.1}
_SATURATED_ELSE: Final = 0.5
_UNDERFLOWED: Final = 0.9
_READ_V: Final = 0.1  # volts that ferroelectric cells are known to be read with
_MARGIN: Final = 1.1  # a longer read also moves the converter's gain a little
_LONGEST: Final = 10**9  # ns, of a read
_ELECTRONS: Final = 1.5  # a code: about one, or less
_FINE: Final = 6  # adc bits at which a code is 1/64 of full scale
_WIDEST: Final = 14  # bits of any converter

# What a site converts, and what helps where that doesn't fit, or is too small for it.
# {} is the layer, where conversions are counted layer by layer.
_SITES: Final = {
    "input": (
        "input codes",
        "converters.input_bits holds less than the samples ask for",
        "the samples are too small for converters.input_bits",
    ),
    "adc": (
        "conversions of the ADC of layer {}",
        "its range is too small for what the line carries: converters.adc_headroom or "
        "adc_range widen it",
        "its range is too large for what the line carries, or converters.adc_bits is "
        "too small",
    ),
    "error": (
        "error codes of layer {}",
        "converters.error_bits holds less than the errors ask for",
        "a few large errors hide the others; more converters.error_bits keep them",
    ),
    "gradient": (
        "products of a learning step",
        "a lower controller.learning_rate keeps more",
        "a higher controller.learning_rate keeps more",
    ),
    "accumulator": (
        "sums in the accumulators",
        "more controller.accumulator_bits keep more",
        "",
    ),
    "pulse": (
        "products of a learning step",
        "a higher controller.pulse_limit lets more pass at once",
        "a higher controller.learning_rate keeps more",
    ),
    "reference": (
        "readable weights after a pulse",
        "the range of weights is too small for what is learned",
        "",
    ),
}
_LOST: Final = {
    "pulse": "ask for less than half a pulse and count as nothing",
    "gradient": "are below a unit and count as nothing",
}
_FULL: Final = {
    "adc": "are at its end",
    "pulse": "ask for more pulses than the limit",
    "reference": "are at the end of their range",
}


class Remark(NamedTuple):
    """One line that should not stay silent.

    Attributes:
        kind: what it is about, in a few words: the same in all runs.
        text: the line, with the run's numbers.
    """

    kind: str
    text: str

    def to_dict(self) -> dict[str, str]:
        """Return the words of ``--json``."""
        return self._asdict()


def run_remarks(
    chip: Chip,
    tally: Tally,
    rows: Sequence[int],
    sites: Sequence[dict[str, Any]],
    reads: Sequence[ReadQuality],
    *,
    trained: bool | None = None,
) -> list[Remark]:
    """Return a remark for each thing that should not stay silent.

    Args:
        chip: the chip file.
        tally: of all runs of it.
        rows: lines of each layer.
        sites: counters of the quantizer sites, summed over the runs; none where nobody
            looked at them.
        reads: each layer's forward read.
        trained: whether the network was trained before; None where nobody knows.
    """
    idle = chip.without_effect(trained=trained)
    return [
        *(Remark(IDLE, text) for text in idle),
        *_no_pulse(chip, tally),
        *_short_sites(chip, tally, rows, sites),
        *_volts(chip),
        *_disturb(chip),
        *_noise(chip, reads),
        *_electrons(reads),
        *_coarse_verify(chip),
        *_coarse_steps(chip),
    ]


def gathered(named: Iterable[tuple[str, Sequence[Remark]]]) -> list[str]:
    """Say the remarks of several runs: a line for each kind, with the first of it.

    Args:
        named: name and remarks of each run.
    """
    named = list(named)
    first: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for name, remarks in named:
        for remark in remarks:
            first.setdefault(remark.kind, f"{name}: {remark.text}")
        counts.update({remark.kind for remark in remarks})
    return [
        f"{kind} in {counts[kind]} of {len(named)} runs; the first, {text}"
        for kind, text in first.items()
    ]


def _no_pulse(chip: Chip, tally: Tally) -> Iterator[Remark]:
    """Learning steps that did not move one cell."""
    if tally.updates and not tally.phase_pulses("update"):
        yield Remark(
            "no pulse",
            f"{tally.updates} updates issued no pulse: nothing was learned on the "
            f"cells (controller.learning_rate is {chip.controller.learning_rate:g})",
        )


def _conversions(
    chip: Chip, tally: Tally, rows: Sequence[int], lost: int
) -> dict[tuple[str, int], int]:
    """What each site has converted, by layer; learning is counted over all layers.

    Args:
        chip: rule and reference.
        tally: of the run.
        rows: lines of each layer.
        lost: probabilities of lines that were too small to count as products.
    """
    rule, stored = chip.controller.rule, chip.array.reference in {"stored", "offset"}
    bias = int(chip.network.bias)
    later = sum(count + bias for count in rows[:-1])
    back, inferences = tally.event("backward", "adc"), tally.inferences
    found = {
        ("input", 0): tally.event("infer", "dac_input") - (later + bias) * inferences
    }
    for layer, count in enumerate(rows):
        share = rows[layer - 1] / sum(rows[:-1]) if layer else 0.0
        found["adc", layer] = count * inferences + round(back * share)
        found["error", layer] = count * tally.updates
    products = tally.event("update", "mac")
    if rule == "sgd-stochastic":
        found["gradient", -1] = products + lost
    elif rule == "mixed-precision":
        found["gradient", -1] = found["accumulator", -1] = products
    if rule != "sgd-stochastic":
        found["pulse", -1] = products
    read = sum(rows) * inferences if stored else 0
    found["reference", -1] = tally.total_pulses + read
    return found


def _short_sites(
    chip: Chip, tally: Tally, rows: Sequence[int], sites: Sequence[dict[str, Any]]
) -> Iterator[Remark]:
    """Sites where much is cut off, or nearly everything comes to nothing."""
    lines = sum(row["underflowed"] for row in sites if row["site"] == "gradient")
    conversions = _conversions(chip, tally, rows, lines)
    for (site, layer), count in conversions.items():
        mine = [
            row for row in sites if row["site"] == site and layer in {-1, row["layer"]}
        ]
        full, nothing = (
            sum(row[name] for row in mine) for name in ("saturated", "underflowed")
        )
        what, more, less = _SITES[site]
        what = what.format(layer)
        limit = _SATURATED.get(site, _SATURATED_ELSE)
        if count > 0 and full > limit * count:
            how = _FULL.get(site, "are cut off")
            yield Remark(
                f"{site} saturates",
                f"{percent(min(full / count, 1.0))} of the {what} {how}: {more}",
            )
        if less and count > 0 and nothing >= _UNDERFLOWED * count:
            how = _LOST.get(site, "are not 0 and come to code 0")
            yield Remark(
                f"{site} underflows",
                f"{percent(min(nothing / count, 1.0))} of the {what} {how}: {less}",
            )


def _volts(chip: Chip) -> Iterator[Remark]:
    """More volts than the lab reads with, of cells that say nothing of them."""
    if chip.array.noise == "none" or chip.array.read_v <= _READ_V:
        return
    if chip.load_device().read_v_max is None:
        yield Remark(
            "read volts unchecked",
            f"array.read_v is {chip.array.read_v:g} V, and device {chip.device.name} "
            f"has no read_v_max: whether such reads write its cells is not known",
        )


def _disturb(chip: Chip) -> Iterator[Remark]:
    """Half-selected cells that nothing is said of."""
    named = "array.access" in chip.given() and chip.array.access != "1t1r"
    if named and not chip.reliability.disturb:
        yield Remark(
            "half-selects disturb nothing",
            f"array.access is {chip.array.access} and reliability.disturb is 0: "
            f"half-selected cells are taken not to move",
        )


def _noise(chip: Chip, reads: Sequence[ReadQuality]) -> Iterator[Remark]:
    """Reads whose noise is above a code, in the emulated chip or left out of it."""
    if reads and chip.array.noise == "none" and "array.noise" not in chip.given():
        worst = max(reads, key=lambda read: read.noise_codes)
        yield Remark(
            "ideal reads",
            f"array.noise is not set, so reads are ideal: without the "
            f"{worst.noise_codes:.2g} codes of noise that their charge has in layer "
            f"{worst.layer}; array.noise 'charge' reads with it",
        )
    hidden = [read for read in reads if read.hidden]
    if hidden:
        worst = max(hidden, key=lambda read: read.noise_codes)
        yield Remark(
            "noise left out",
            f"the shot noise of these reads is {worst.noise_codes:.2g} codes in layer "
            f"{worst.layer}, and the chip file's array.read_noise states "
            f"{worst.stated_codes:.2g}: the accuracy is that of a quieter read than "
            f"this charge allows; with its noise: "
            f"--set array.read_noise={worst.floor:.3g}",
        )
    loud = [read for read in reads if round(read.stated_codes, 1) > 1.0]  # as printed
    if loud:
        worst = max(loud, key=lambda read: read.stated_codes)
        yield Remark(
            "read noise above a code",
            f"the noise of a read of layer {worst.layer} is {worst.stated_codes:.2g} "
            f"codes rms, {worst.bits:.1f} effective bits of {worst.adc_bits}; one code "
            f"needs {_quieter(chip, worst)}",
        )


def _quieter(chip: Chip, read: ReadQuality) -> str:
    """The setting at which a read's noise is a code."""
    own = read.amplifier_codes
    if own >= 1.0 or chip.array.noise != "charge":
        least = chip.array.read_noise / max(own, read.stated_codes)
        return f"array.read_noise {least:.2g}"
    charge = read.stated_codes**2 - own**2  # falls with the time, kT/C faster
    shot, room = read.noise_codes**2, 1.0 - own**2
    if charge > 2.0 * shot:  # kT/C: half of the room for each
        longer = max(_MARGIN * 2.0 * shot / room, 1.0)
        most = chip.array.capacitor_ff * longer**2 * room / 2.0 / (charge - shot)
        also = f" and array.read_ns {math.ceil(longer * chip.array.read_ns)}"
        found = f"about array.capacitor_ff {most / _MARGIN:.3g}"
        return f"{found}{also * (longer > 1.0)}: most of it is kT/C"
    length = math.ceil(_MARGIN * chip.array.read_ns * charge / room)
    if length > _LONGEST:
        return "fewer converters.adc_bits: no array.read_ns is long enough"
    return f"about array.read_ns {length}"


def _electrons(reads: Sequence[ReadQuality]) -> Iterator[Remark]:
    """Reads that count single electrons."""
    few = [
        read
        for read in reads
        if read.electrons_per_code < _ELECTRONS and not read.ideal
    ]
    if few:
        worst = min(few, key=lambda read: read.electrons_per_code)
        yield Remark(
            "an electron a code",
            f"a code of a read of layer {worst.layer} is "
            f"{worst.electrons_per_code:.2g} electrons: no charge is finer than one; "
            f"more array.read_ns or read_v, or fewer converters.adc_bits",
        )


def _coarse_verify(chip: Chip) -> Iterator[Remark]:
    """A tolerance below a code of the reads that tell whether it is met."""
    code, tolerance = verify_code(chip, chip.load_device()), chip.program.tolerance
    if round(tolerance / code, 2) < 1.0:
        yield Remark(
            "verify reads too coarse",
            f"program.tolerance {tolerance:g} is {tolerance / code:.2g} codes of a "
            f"verify read, which are {least_text(code)} of a weight each: what is off "
            f"by less than a code counts as written",
        )


def _coarse_steps(chip: Chip) -> Iterator[Remark]:
    """Symmetry points looked for by codes coarser than a step, or than 1/64."""
    if not chip.calibrates:
        return
    pulses, bits = chip.device.pulse_class, chip.converters.adc_bits
    try:
        device = chip.load_device()
        step, _ = device.step_at(device.symmetry_point(pulses), pulses)
    except ConfigError:
        return  # no symmetry point: bringing such a chip up says so
    codes = step * 2.0 ** (bits - 1)  # their range is that of the states, -1..1
    if codes < 1.0 or bits < _FINE:
        enough = max(bits + math.ceil(math.log2(1.0 / codes)), _FINE)
        wider = "a device of larger steps"
        yield Remark(
            "calibration by coarse codes",
            f"a pulse moves a cell by {codes:.2g} codes of a calibration's reads, each "
            f"1/{2**bits} of full scale: symmetry points are found coarsely, and "
            f"below a code a step wrongly or not at all; it takes "
            f"{wider if enough > _WIDEST else f'converters.adc_bits {enough}'}",
        )
