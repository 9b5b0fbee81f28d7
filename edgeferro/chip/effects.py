"""Which settings of a chip file have an effect beside which others.

One row a setting; where one is left without effect, a file that sets it is refused, or
the commands that run the chip remark it. Most settings always act, and their row says
so: a new setting needs one (a test walks all of them).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["EFFECTS", "Needs", "lost_settings", "without_effect"]


@dataclass(frozen=True)
class Needs:
    """What a setting needs so as to have an effect.

    Attributes:
        acts: whether it has one, by the other settings.
        why: what leaves it without; other settings' paths stand in braces.
        refused: a file that sets it is refused; else it is remarked.
    """

    acts: Callable[[Callable[[str], Any]], bool]
    why: str
    refused: bool = False

    def text(self, get: Callable[[str], Any]) -> str:
        """Say what leaves the setting without effect."""
        parts = self.why.split("{")
        rest = (part.partition("}") for part in parts[1:])
        return parts[0] + "".join(f"{get(path)}{more}" for path, _, more in rest)


def _rules(*rules: str) -> Needs:
    return Needs(
        lambda get: get("controller.rule") in rules,
        f"with rule {{controller.rule}} (only with {', '.join(rules)})",
        refused=True,
    )


def _trimmable(get: Callable[[str], Any]) -> bool:
    """Whether converters have an error, or a register for one."""
    names = ("adc_gain_error", "adc_offset_error", *_RANGES)
    return any(get(f"converters.{name}") for name in names)


_RANGES: Final = ("trim_offset_range", "trim_gain_range")
_CALIBRATED: Final = Needs(
    lambda get: (
        get("array.reference") != "none"
        and get("array.reference_level") == "calibrated"
    ),
    "without array.reference_level 'calibrated'",
)
_CHARGE: Final = Needs(
    lambda get: get("array.noise") == "charge",
    "with noise {array.noise}",
    refused=True,
)
_RANGED: Final = Needs(
    lambda get: get("converters.adc_range") is None,
    "with converters.adc_range",
    refused=True,
)
_TRIM: Final = Needs(
    lambda get: get("converters.trim") and _trimmable(get),
    "without converters.trim",
    refused=True,
)
_HIDDEN: Final = Needs(
    lambda get: len(get("network.hidden")) > 0, "without a layer in network.hidden"
)
_REST: Final = Needs(
    lambda get: get("task.rest_s") > 0, "in a run that never rests (task.rest_s is 0)"
)
_STOCHASTIC: Final = _rules("sgd-stochastic")
_MIXED: Final = _rules("mixed-precision")
# Networks that start from nothing take their scales from the file; one that was trained
# brings its own. Which of them a chip gets, only its command knows.
FROM_NOTHING: Final = ("network.weight_limit", "network.signal_limit")

_ALWAYS: Final[dict[str, None]] = dict.fromkeys(
    f"{part}.{name}"
    for part, names in {
        "chip": "name description",
        "device": "name pulse_class program_class d2d c2c",
        "array": "reference weight_span access noise read_ns read_v line_ohm "
        "driver_ohm gap_ns initial_state",
        "converters": "input_bits input_signed input_overflow adc_bits adc_rounding "
        "adc_overflow adc_range adc_gain_error adc_offset_error adc_inl error_bits "
        "error_rounding reference_rounding",
        "controller": "rule learning_rate error error_deadband clock_mhz",
        "program": "tolerance iterations limit reads",
        "network": "hidden bias weight_limit",
        "reliability": "stuck_low stuck_high fatigue imprint",
        "energy": "prices",
        "task": "passes rest_s power_off_every",
        "usage": "sample_period_s duty_cycle updates_per_day calibrations_per_year "
        "product battery implant",
    }.items()
    for name in names.split()
)

EFFECTS: Final[dict[str, Needs | None]] = {
    **_ALWAYS,
    "array.reference_level": Needs(
        lambda get: get("array.reference") != "none",
        "with reference none",
        refused=True,
    ),
    "array.both_sides": Needs(
        lambda get: get("array.reference") == "cell" or not get("array.both_sides"),
        "with a reference other than cell",
        refused=True,
    ),
    "array.read_noise": Needs(
        lambda get: get("array.noise") != "none",
        "with noise none (only with stated, charge)",
        refused=True,
    ),
    "device.coarse_class": Needs(
        lambda get: (
            get("device.coarse_class") is None
            or get("controller.rule") != "sgd-stochastic"
        ),
        "with rule {controller.rule} (only with sgd-counted, mixed-precision)",
        refused=True,
    ),
    "device.coarse_ratio": Needs(
        lambda get: get("device.coarse_class") is not None,
        "without device.coarse_class",
        refused=True,
    ),
    "array.temperature_k": _CHARGE,
    "array.capacitor_ff": _CHARGE,
    "array.swing_v": _CHARGE,
    "converters.adc_headroom": _RANGED,
    "converters.adc_percentile": _RANGED,
    "converters.activation_bits": Needs(
        lambda get: (
            len(get("network.hidden")) > 0 or get("controller.error") == "squared"
        ),
        "without a layer in network.hidden, with error softmax",
    ),
    "converters.trim": Needs(
        lambda get: _trimmable(get) or not get("converters.trim"),
        "without converters.adc_gain_error, adc_offset_error, trim_offset_range or "
        "trim_gain_range",
        refused=True,
    ),
    "converters.trim_offset_range": _TRIM,
    "converters.trim_gain_range": _TRIM,
    "converters.trim_reads": _TRIM,
    "controller.pulse_limit": Needs(
        lambda get: (
            get("controller.rule") != "sgd-stochastic"
            or get("controller.pulse_limit") < get("controller.train_length")
        ),
        "on trains of {controller.train_length} slots",
    ),
    "controller.train_length": _STOCHASTIC,
    "controller.train_bits": _STOCHASTIC,
    "controller.train_managed": _STOCHASTIC,
    "controller.lines_per_row_lfsr": _STOCHASTIC,
    "controller.lines_per_column_lfsr": _STOCHASTIC,
    "controller.accumulator_bits": _MIXED,
    "controller.accumulator_overflow": _MIXED,
    "controller.threshold": _MIXED,
    "controller.transfer_every": _MIXED,
    "controller.excess": _MIXED,
    "controller.gradient_rounding": _rules("mixed-precision", "sgd-stochastic"),
    "controller.pulse_rounding": _rules("sgd-counted"),
    "controller.lanes": Needs(
        lambda get: (
            get("controller.rule") != "sgd-stochastic"
            or get("array.reference") in {"stored", "offset"}
        ),
        "with rule sgd-stochastic and reference {array.reference}",
    ),
    "network.activation": _HIDDEN,
    "network.output": Needs(
        lambda get: get("controller.error") != "softmax",
        "with error softmax",
        refused=True,
    ),
    "network.signal_limit": _RANGED,
    "calibration.reads": _CALIBRATED,
    "calibration.quads": _CALIBRATED,
    "calibration.windows": _CALIBRATED,
    "calibration.tolerance": _CALIBRATED,
    "calibration.probe": _CALIBRATED,
    "calibration.limit": _CALIBRATED,
    "reliability.wear_onset": Needs(
        lambda get: bool(get("reliability.fatigue") or get("reliability.imprint")),
        "where reliability.fatigue and imprint are 0",
    ),
    "reliability.disturb": Needs(
        lambda get: get("array.access") != "1t1r" or not get("reliability.disturb"),
        "with array.access 1t1r",
        refused=True,
    ),
    "reliability.drift": _REST,
    "reliability.retention_s": _REST,
    "reliability.retention_level": Needs(
        lambda get: get("reliability.retention_s") > 0,
        "where reliability.retention_s is 0",
    ),
}


def lost_settings(paths: Iterable[str], get: Callable[[str], Any]) -> dict[str, Needs]:
    """Those of the settings that are left without effect, with what they need.

    Args:
        paths: of settings.
        get: from a path to its value.
    """
    found = {}
    for path in paths:
        needs = EFFECTS.get(path)
        try:
            if needs is not None and not needs.acts(get):
                found[path] = needs
        except TypeError:  # a value of another kind, which is refused as such
            continue
    return found


def without_effect(
    paths: Iterable[str], get: Callable[[str], Any], *, trained: bool | None = None
) -> list[str]:
    """A line for each reason that leaves some of the settings without effect.

    Args:
        paths: of settings that somebody set.
        get: from a path to its value.
        trained: whether the network was trained before; None where nobody knows.
    """
    paths = list(paths)
    reasons: dict[str, list[str]] = {}
    for path, needs in lost_settings(paths, get).items():
        reasons.setdefault(needs.text(get), []).append(path)
    if trained:
        scales = [path for path in paths if path in FROM_NOTHING]
        reasons["on a network that was trained before"] = scales
    return [
        f"{', '.join(names)}: no effect {why}"
        for why, names in reasons.items()
        if names
    ]
