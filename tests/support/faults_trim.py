"""Faults in trim and nonlinearity of converters, from the chip file to the report."""

from __future__ import annotations

from typing import Final

from faults import within

__all__ = ["FAULTS"]

SEAM: Final = "package/test_seam.py"
TRIM: Final = "package/test_trim.py"
SETTINGS: Final = "package/test_trim_settings.py"

FAULTS: Final = (
    within(
        "mapping/trim.py",
        SEAM,
        {
            "curve in eighths of a code": ("_INL: Final = 256", "_INL: Final = 8"),
            "trim of 128 units": ("_UNITS: Final = 127", "_UNITS: Final = 128"),
            "gain's trim without its range": (
                "_own_gain(adc_gain) if gain is None else",
                "_own_gain(adc_gain) if True else",
            ),
            "trim of offsets in units of gain": (
                "else offset * 2**12",
                "else offset * 2**24",
            ),
            "trim that can't be off": ("_BEYOND: Final = 1.25", "_BEYOND: Final = 1.0"),
        },
    )
    | within(
        "mapping/trim.py",
        "package/test_seam_images.py",
        {
            "trim at an eighth of the range": (
                "1 << (converters.adc_bits - 2)",
                "1 << (converters.adc_bits - 3)",
            ),
            "trim_reads ignored": ("Trim(converters.trim_reads,", "Trim(16,"),
            "two registers always": ("sum(unit > 0 for unit in units)", "2"),
        },
    )
    | within(
        "chip/converters.py",
        SETTINGS,
        {
            "spread that ends early": ("127 / (43690", "100 / (43690"),
            "a gain's range of nothing": ("ge=0.00194", "ge=1e-5"),
        },
    )
    | within(
        "errors.py",
        SETTINGS,
        {"number that does not pass": ("math.ceil(value", "math.floor(value")},
    )
    | within(
        "mapping/trim.py",
        SETTINGS,
        {"units of nothing": ("max(adc_gain * _BEYOND, _FINEST)", "adc_gain * 1.25")},
    )
    | within(
        "chip/nonlinearity.py",
        SETTINGS,
        {
            "codes in any order": ("codes and code <= codes[-1]", "False"),
            "highest code not needed": ("codes[-1] < half - 1", "codes[-1] < 0"),
            "curve of half the range": (
                "np.linspace(-half, half,",
                "np.linspace(-half / 2, half / 2,",
            ),
        },
    )
    | within(
        "chip/chip.py",
        SETTINGS,
        {
            "a curve where Python runs": ('("converters.adc_inl", _CURVES)', ""),
            "a curve that outputs may replace": ("if kind == _CURVES]", "if False]"),
        },
    )
    | within(
        "chip/effects.py",
        SETTINGS,
        {
            "trims of nothing are accepted": (
                "_trimmable(get) or not get(",
                "True or not get(",
            ),
            "trim settings without trim": (
                'get("converters.trim") and _trimmable(get)',
                "True",
            ),
        },
    )
    | within(
        "core/converters.py",
        TRIM,
        {
            "offsets in units of gain": (
                "_OFFSET: Final = 2.0**-12",
                "_OFFSET = _GAIN",
            ),
            "gains in units of offset": ("_GAIN: Final = 2.0**-16", "_GAIN = 2.0**-12"),
            "inputs are not trimmed": (
                "if whole or layer or not side",
                "if whole or not side",
            ),
            "mean in place of rms": ("np.mean(values**2)", "np.mean(values) ** 2"),
            "one register each": (
                "int(lines) * how.registers",
                "int(lines)",
            ),
        },
    )
    | within(
        "controller.py",
        TRIM,
        {
            "trimmed each time": ("and not trimmed(self.core)", ""),
            "calibrated untrimmed": (
                "self._trim_once()\n        maps = []",
                "maps = []",
            ),
        },
    )
    | within(
        "array.py",
        TRIM,
        {"an array's rows alone": ("how, whole=True", "how, whole=False")},
    )
    | within(
        "training/trims.py",
        TRIM,
        {
            "drawn for what is left": (
                'codes=rms("converters", "offset_codes")',
                'codes=rms("drawn", "offset_codes")',
            ),
            "trim of all chips": ("spent.share(count)", "spent.share(1)"),
            "mean of rms": ("sum(v * v for v in values)", "sum(values) ** 2"),
            "a trim counted as calibration": (
                "if r.trimming is not None]\n    return reduce",
                "if False]\n    return reduce",
            ),
        },
    )
    | within(
        "training/unit.py",
        TRIM,
        {
            "a resumed run forgets its trim": (
                "trimming=_trimming(progress.trimming)",
                "trimming=controller.trimming",
            ),
        },
    )
)
