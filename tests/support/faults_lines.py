"""Faults in what lines keep back, and in what energies are products of."""

from __future__ import annotations

from typing import Final

from faults import within

__all__ = ["FAULTS"]

DROP: Final = "package/test_ir_drop.py"
FACTORS: Final = "package/test_factors.py"
EVERY: Final = "package/test_every_price.py"
ROWS: Final = "package/test_rows.py"
EXPLAINED: Final = "commands/test_explain.py"

FAULTS: Final = (
    within(
        "mapping/ladder.py",
        f"{DROP}::test_kirchhoff_on_32_by_31",
        {
            "sensed lines without resistance": (
                "found += np.cumsum(beyond, axis=1)",
                "found += 0.0 * beyond",
            ),
            "drivers without resistance": (
                "found += driver * below[:1]",
                "found += 0.0 * below[:1]",
            ),
            "wires read at their far end": (
                "np.cumsum(current[::-1], axis=0)[::-1]",
                "np.cumsum(current, axis=0)",
            ),
            "one step": ("for _ in range(_MOST):", "for _ in range(2):"),
        },
    )
    | within(
        "mapping/ir_drop.py",
        f"{DROP}::test_no_change_makes_the_worst_read_worse",
        {
            "near cells high": (
                "siemens[-1, :near], siemens[-1, near:] = (low, high), (high, low)",
                "siemens[-1, :near], siemens[-1, near:] = (high, low), (low, high)",
            ),
            "other cells low": (
                "siemens = np.full((sensed, driven, planes), high)",
                "siemens = np.full((sensed, driven, planes), low)",
            ),
            "the nearest row": ("counts[-1] = 1.0", "counts[0] = 1.0"),
        },
    )
    | within(
        "mapping/ir_drop.py",
        f"{DROP}::test_a_chip_by_itself",
        {"every cell far": ("(lines + more + 1) // 2", "lines")},
    )
    | within(
        "mapping/ir_drop.py",
        f"{DROP}::test_codes_by_hand",
        {"half a window": ("_WINDOW: Final = 65536", "_WINDOW: Final = 32768")},
    )
    | within(
        "mapping/ir_drop.py",
        f"{DROP}::test_more_than_half_a_code_is_refused",
        {
            "a whole code": ("LIMIT: Final = 0.5", "LIMIT: Final = 1.0"),
            "wires always": ("if w * wire >= d * driver:", "if True:"),
        },
    )
    | within(
        "chip/wires.py",
        f"{DROP}::test_ohms_of_a_line",
        {
            "squares upside down": (
                "pitch_um(device, chip.array.access) / math.sqrt(",
                "1.0 / pitch_um(device, chip.array.access) * math.sqrt(",
            ),
            "a transistor takes no room": ('if access == "1t1r"', "if False"),
        },
    )
    | within(
        "energy/factors.py",
        FACTORS,
        {
            "triangular without the logarithm": (
                "np.log(ends) if self.low > 0.0 else ends",
                "ends",
            ),
            "a thick film takes more": ("== (self.power > 0)", "== True"),
        },
    )
    | within(
        "energy/draws.py",
        FACTORS,
        {
            "every factor in step": ("own.encode()", 'b"one"'),
        },
    )
    | within(
        "energy/products.py",
        FACTORS,
        {
            "lines without their volts": (
                'return found if event == "pulse_line_cells" else found[:1]',
                "return found[:1]",
            ),
            "nothing is drawn together": (
                "name = event if price.together is None else price.together",
                "name = event",
            ),
        },
    )
    | within(
        "budget/explain.py",
        EXPLAINED,
        {
            "every load under a load's name": (
                "if name in {row.event, _own(row.event)}]",
                "if name not in names()]",
            ),
            "sleep with its work": (
                'if row.phase == "idle"]',
                "if row.energy.value]",
            ),
        },
    )
    | within(
        "energy/rows.py",
        EXPLAINED,
        {
            "warmth unsaid": ("formula += _warmth(pricing, entry)", "pass"),
        },
    )
    | within(
        "energy/entries.py",
        ROWS,
        {
            "bias of as many ns as conversions": (
                '"bias_ns": "analog_ns"',
                '"bias_ns": "adc"',
            ),
            "bits that leak without their time": (
                "return rest * sum(",
                "return sum(",
            ),
        },
    )
    | within(
        "energy/rows.py",
        ROWS,
        {
            "a row's price is its low end": (
                "price=(low, value, high)",
                "price=(low, low, high)",
            ),
        },
    )
    | within(
        "energy/explain.py",
        ROWS,
        {
            "a run's counts as one's": ("[e.times(factor) for", "[e for"),
            "smallest first": ("-row.energy.value)", "row.energy.value)"),
        },
    )
    | within(
        "energy/price.py",
        EVERY,
        {
            "conversions at any clock": (
                "return number * self._haste(at)\n",
                "return number\n",
            ),
        },
    )
    | within(
        "energy/leakage.py",
        EVERY,
        {
            "as warm as the prices": (
                "2.0 ** (away / doubling)",
                "2.0 ** (0.0 / doubling)",
            ),
        },
    )
    | within(
        "energy/leakage.py",
        "package/test_energy.py::test_one_event_costs_its_price",
        {
            "buffers are kept through sleep": (
                "if name not in _BUFFERS",
                "if name",
            ),
        },
    )
    | within(
        "product/battery.py",
        EVERY,
        {
            "peak without its low end": (
                "self.peak_current_ma.bound(bound) * 1e-3",
                "self.peak_current_ma.value * 1e-3",
            ),
        },
    )
)
