"""Faults between a chip file and what the core is brought up from."""

from __future__ import annotations

from typing import Final

from faults import within

__all__ = ["FAULTS"]

SEAM: Final = "package/test_seam.py"
IMAGES: Final = "package/test_seam_images.py"

# ---- from chip file to structure

STRUCTURE: Final = (
    within(
        "chip/converters.py",
        SEAM,
        {
            "noise of signed inputs only": (
                "- int(self.input_signed))) - 1",
                "- 1)) - 1",
            ),
        },
    )
    | within(
        "mapping/read_chain.py",
        SEAM,
        {
            "spread unit": ("NOISE_SIGMA * 39 / 256", "NOISE_SIGMA * 40 / 256"),
            "shot noise without thermal": ("1.0 / math.tanh(angle)", "1.0"),
            "noise at half the angle": ("/ (2.0 * K *", "/ (4.0 * K *"),
            "G_max for G_min": (
                "G_CODES * device.g_min_ns.value",
                "G_CODES * device.g_max_ns.value",
            ),
            "amplifier in place of the capacitor": (
                "math.hypot(stated, math.sqrt(kelvin))",
                "max(stated, math.sqrt(kelvin))",
            ),
            "swing ignored": ("farads * array.swing_v", "farads * 0.8"),
            "offset in units of gain": (
                "adc_offset_error * 2**12",
                "adc_offset_error * 2**24",
            ),
        },
    )
    | within(
        "mapping/configuration.py",
        SEAM,
        {
            "ties up are ties away": (
                "rounding = ROUNDINGS",
                'rounding = {**ROUNDINGS, "nearest-up": 4}',
            ),
            "ties away are ties up": (
                "rounding = ROUNDINGS",
                'rounding = {**ROUNDINGS, "nearest-away": 2}',
            ),
            "stored is offset": (
                "REFERENCES[a.reference]",
                '{**REFERENCES, "stored": 3}[a.reference]',
            ),
            "counted is stochastic": (
                "RULES[k.rule]",
                '{**RULES, "sgd-counted": 1}[k.rule]',
            ),
            "reference_rounding ignored": ("rounding[c.reference_rounding]", "3"),
            "error_rounding ignored": ("rounding[c.error_rounding]", "3"),
            "gradient_rounding ignored": ("rounding[k.gradient_rounding]", "3"),
            "pulse_rounding of gradients": (
                "rounding[k.pulse_rounding]",
                "rounding[k.gradient_rounding]",
            ),
            "accumulator_overflow ignored": ("OVERFLOWS[k.accumulator_overflow]", "0"),
            "input_overflow ignored": ("OVERFLOWS[c.input_overflow]", "0"),
            "adc_overflow ignored": ("OVERFLOWS[c.adc_overflow]", "0"),
            "squared error ignored": ("ERROR_KINDS[k.error]", "0"),
            "excess ignored": ("EXCESSES[k.excess]", "0"),
            "train_managed ignored": ("int(k.train_managed)", "0"),
            "both_sides ignored": ("int(a.both_sides)", "0"),
            "lanes ignored": ("lanes=k.lanes", "lanes=16"),
            "gap_ns ignored": ("gap_ns=a.gap_ns", "gap_ns=20"),
            "stuck_high is stuck_low": ("_part(r.stuck_high,", "_part(r.stuck_low,"),
            "retention_level ignored": ("_state(r.retention_level)", "0"),
            "initial_state ignored": ("max(a.initial_state, ", "max(0.0, "),
            "program.reads ignored": ("=chip.program.reads", "=1"),
            "pulse_class ignored": ("=chip.device.pulse_class", "=0"),
            "program_class is pulse_class": (
                "=chip.device.program_class",
                "=chip.device.pulse_class",
            ),
            "rows share as columns": (
                "lines_per_row_lfsr=k.lines_per_row_lfsr",
                "lines_per_row_lfsr=k.lines_per_column_lfsr",
            ),
            "columns share as rows": (
                "lines_per_column_lfsr=k.lines_per_column_lfsr",
                "lines_per_column_lfsr=k.lines_per_row_lfsr",
            ),
            "imprint the other way": ("_part(r.imprint,", "_part(-r.imprint,"),
            "onset one doubling late": (
                "wear_onset.bit_length() - 1",
                "wear_onset.bit_length()",
            ),
            "disturb in units of fatigue": ("r.disturb, 1 << 20", "r.disturb, 1 << 16"),
            "drift of the full range": ("r.drift, _ONE /", "r.drift, 2 * _ONE /"),
            "additive noise of half the range": (
                "2 * _ONE / NOISE_SIGMA",
                "_ONE / NOISE_SIGMA",
            ),
            "access ignored": ("ARRAY_ACCESSES[a.access]", "0"),
            "upper bound from the lower": (
                "_state(device.bound_high)",
                "-_state(device.bound_low)",
            ),
            "asymmetry from the common part": (
                "spread.d2d_asymmetry.value",
                "spread.d2d_common.value",
            ),
        },
    )
    | within(
        "chip/chip.py",
        SEAM,
        {
            "d2d not shared between its parts": (
                "self.device.d2d / 2.0**0.5",
                "self.device.d2d",
            ),
            "c2c of the chip file ignored": (
                'changes["c2c"] = self.device.c2c',
                "pass",
            ),
        },
    )
    | within(
        "chip/device.py",
        SEAM,
        {
            "steps up for both ways": (
                "enumerate((pulses.up, pulses.down))",
                "enumerate((pulses.up, pulses.up))",
            ),
            "steps of W, not of the state": (
                "kernel.step(w, polarity) * 2.0",
                "kernel.step(w, polarity) * 1.0",
            ),
        },
    )
)

ENUMERATIONS: Final = within(
    "core/enums.py",
    SEAM,
    {
        "numbers in the order of names": (
            "in sorted(names.items())",
            "in enumerate(sorted(names.values()))",
        ),
        "another rounding named toward zero": (
            '"toward-zero" if name == "zero" else name: number',
            '"toward-zero" if name == "zero" else name: number ^ (number == 1)',
        ),
    },
)

# ---- from a network to its scales

SCALES: Final = (
    within(
        "mapping/network.py",
        IMAGES,
        {
            "one side moves": ("plan.step * plan.sides", "plan.step"),
            "rate without its threshold": (
                "factor *= chip.controller.threshold",
                "factor *= 4096",
            ),
            "rate the other way": (
                "factor = chip.controller.learning_rate *",
                "factor = 0.01 / chip.controller.learning_rate *",
            ),
            "output as the hidden layers": (
                "chip.network.output if last else",
                "chip.network.activation if last else",
            ),
            "targets of unsigned outputs": ("-top_code if signed else 0", "0"),
            "reference level mirrored": (
                "round(plan.level * _Q15)",
                "round(-plan.level * _Q15)",
            ),
            "search with other pulses": (
                "pulses = chip.device.pulse_class",
                "pulses = 0",
            ),
            "bias as any weight": (
                "scaled[:, -1] /= scale.bias",
                "scaled[:, -1] /= 1.5",
            ),
        },
    )
    | within(
        "mapping/images.py",
        IMAGES,
        {
            "span of trained weights": (".max()) / span", ".max()) * 2"),
            "signal_limit ignored": ("each_layer(least, len", "each_layer(6.0, len"),
            "weight_limit ignored": ("scales = [limit]", "scales = [1.0]"),
        },
    )
    | within(
        "mapping/verify.py",
        IMAGES,
        {
            "verify range of half the span": (
                "max(2 * chip.array.weight_span",
                "max(chip.array.weight_span",
            ),
        },
    )
    | within(
        "mapping/lookup_tables.py",
        IMAGES,
        {
            "table codes all unsigned": ("(bits - int(found.signed))", "bits"),
            "slopes of Q7.7": ("_SLOPE_ONE = 256", "_SLOPE_ONE = 128"),
        },
    )
    | within(
        "training/unit.py",
        IMAGES,
        {
            "rest of a second": (
                "controller.rest(plan.chip.task.rest_s)",
                "controller.rest(1)",
            )
        },
    )
    | within(
        "budget/day.py",
        IMAGES,
        {
            "updates without their inference": (
                "max(inferences, updates)",
                "inferences",
            ),
            "duty_cycle ignored": ("exact(usage.duty_cycle) /", "1 /"),
            "a year of 365 days": ("/ exact(YEAR_DAYS)", "/ 365"),
        },
    )
)

FAULTS: Final = {**STRUCTURE, **ENUMERATIONS, **SCALES}
