"""Faults in what is kept of a run, run again and held beside it, and in its files."""

from __future__ import annotations

from typing import Final

from faults import within

__all__ = ["FAULTS"]

_AGAIN: Final = "commands/test_reproduce.py"
_TRAIL: Final = "commands/test_trail.py"
_CHIPS: Final = "commands/test_saved_images.py"
_FILES: Final = "package/test_image_files.py"
_KEPT: Final = "package/test_pretrained.py"
_POWER: Final = "commands/test_power_off.py"
_RANGES: Final = "commands/test_found_ranges.py"

# ---- a run again

AGAIN: Final = (
    within(
        "reproducing/parting.py",
        f"{_AGAIN}::test_where_it_left",
        {
            "data are not looked at": ("if trail.data != here.data:", "if False:"),
            "passes counted from 0": ('f"pass {index + 1}"', 'f"pass {index}"'),
            "pre-training is the image": (
                "and trail.weights != here.weights:",
                "and trail.weights == here.weights:",
            ),
            "an end like any": (
                'figures["signature"] != result.signature',
                "result.signature != here.passes[-1]",
            ),
        },
    )
    | within(
        "reproducing/parting.py",
        f"{_AGAIN}::test_figures_of_the_run",
        {"inner figures are not looked at": ("yield from _leaves(inner", "(inner")},
    )
    | within(
        "reproducing/job.py",
        f"{_AGAIN}::test_weights_that_round_otherwise",
        {"rounding is silent": ("rounded += 1", "rounded += 0")},
    )
    | within(
        "reproducing/job.py",
        f"{_AGAIN}::test_figures_of_the_run",
        {
            "figures of the whole don't count": (
                "return not self.parted and self.figures is None",
                "return not self.parted",
            ),
        },
    )
    | within(
        "reproducing/job.py",
        f"{_AGAIN}::test_versions_are_said",
        {"another contract is silent": ("if contract != CONTRACT:", "if False:")},
    )
    | within(
        "reproducing/job.py",
        f"{_AGAIN}::test_options_refused",
        {
            "findings over the run": (
                'check_apart({"--json": json_file}',
                "check_apart({}",
            ),
        },
    )
    | within(
        "reproducing/recorded.py",
        f"{_AGAIN}::test_options_refused",
        {
            "a folder that nothing reads": (
                'if places.mnist is not None and options.task != "mnist":',
                "if False:",
            ),
        },
    )
    | within(
        "reproducing/recorded.py",
        f"{_AGAIN}::test_files_that_moved_or_changed",
        {
            "the file's chip of today": (
                'chip = unpin_chip(pinned, NAMED, f"{self.where}: record.chip")',
                "chip = make_chip(options, self.changes)",
            ),
        },
    )
    | within(
        "reproducing/recorded.py",
        f"{_AGAIN}::test_both_chips_of_a_comparison",
        {"the first chip alone": ('if "compare" in content:', "if False:")},
    )
)

# ---- what a run leaves

LEFT: Final = (
    within(
        "training/trail.py",
        f"{_TRAIL}::test_the_first_step_that_differs",
        {
            "data without their codes": (
                "            lesson.learn_codes,\n"
                "            lesson.learn_labels,\n"
                "            lesson.learn_recordings,\n"
                "            lesson.test_codes,\n",
                "            lesson.learn_labels,\n",
            ),
            "weights told as targets": (
                "None if weights is None else arrays_digest(weights)",
                "None if weights is None else arrays_digest(lesson.image.targets)",
            ),
        },
    )
    | within(
        "training/trail.py",
        f"{_TRAIL}::test_rows_of_a_sweep",
        {
            "a digest of a step's name": (
                "arrays_digest([], repr(found))",
                "arrays_digest([], name)",
            ),
        },
    )
    | within(
        "training/record.py",
        f"{_TRAIL}::test_a_record_says_where_and_what",
        {
            "options as they came out": (
                '"options": asdict(options)',
                '"options": {**asdict(options), "settings": {}}',
            ),
            "a chip without its prices": ('    "energy.prices": Prices,\n', ""),
        },
    )
    | within(
        "training/saved.py",
        f"{_CHIPS}::test_the_same_run",
        {
            "float weights are forgotten": (
                '"weights": None if weights is None else list(weights)',
                '"weights": None',
            ),
        },
    )
    | within(
        "training/saved.py",
        f"{_CHIPS}::test_kept_across_a_stop",
        {
            "chips in the order in which they end": (
                "{unit.key: self._units[unit.key] for unit in plan.units}",
                "self._units",
            ),
        },
    )
    | within(
        "training/saved.py",
        f"{_CHIPS}::test_another_task_is_named",
        {
            "data are any data": (
                "arrays_digest(arrays, task.digest)",
                'arrays_digest([], "")',
            ),
        },
    )
    | within(
        "training/saved.py",
        f"{_CHIPS}::test_it_stops_and_goes_on",
        {
            "chips are not in the fingerprint": (
                "start.image.digest) for key",
                "0) for key",
            ),
        },
    )
)

# ---- files of images, and weights that are kept

KEPT: Final = (
    within(
        "files/blocks.py",
        f"{_FILES}::test_cut_or_damaged_anywhere",
        {"any length": ("if size != found:", "if size > found:")},
    )
    | within(
        "mapping/image_file.py",
        f"{_CHIPS}::test_refused_with_an_image",
        {"another chip's image": ("    if found:\n", "    if not here:\n")},
    )
    | within(
        "mapping/image_file.py",
        f"{_FILES}::test_another_chip_is_named",
        {
            "the first difference twice": (
                '(and {len(found) - 1} more)" if len(found) > 1',
                '(and {len(found)} more)" if len(found) > 1',
            ),
        },
    )
    | within(
        "mapping/image_file.py",
        f"{_CHIPS}::test_a_taught_chip_is_taken_along",
        {"the first of all": ("return found[0]", "return [*self.units.values()][0]")},
    )
    | within(
        "mapping/pretrained.py",
        _KEPT,
        {
            "samples by their shape": (
                "            found.update(array.tobytes())",
                "            pass",
            ),
            "any version of pre-training": (
                'f"pre-training {PRETRAIN_VERSION}"',
                '"pre-training"',
            ),
            "defaults are not asked for": ("    bound.apply_defaults()\n", ""),
            "the newest goes first": ("popitem(last=False)", "popitem()"),
            "what was used is not younger": ("self._kept.move_to_end(key)", "pass"),
            "each thread for itself": ("with busy:", "with threading.Lock():"),
        },
    )
)

# ---- ranges that a chip's own codes give

RANGES: Final = within(
    "calibrating/ranges.py",
    _RANGES,
    {
        "a mantissa too low": (
            "while above // below < _LOW:",
            "while above // below < _LOW // 2:",
        ),
        "a mantissa of 256": ("above // below > _HIGH", "above // below > _HIGH + 1"),
        "a gain rounded up": (
            "return above // below, shift",
            "return above // below + 1, shift",
        ),
        "headroom the other way": (
            "mantissa * half * SIXTEENTHS, peak * sixteenths",
            "mantissa * half * sixteenths, peak * SIXTEENTHS",
        ),
        "rounds are free": ("spent = spent + tally", "spent = tally"),
        "what is cut off is the peak": (
            "if all(peak < half - 1 for peak, _ in counts):",
            "if counts:",
        ),
        "range of the last round": ("first = first or [", "first = ["),
    },
) | within(
    "calibrating/ranges_job.py",
    _RANGES,
    {
        "headroom to the nearest sixteenth": ("or found != headroom * SIXTEENTHS", ""),
        "a setting that is measured": (
            "_three(median(one.after for",
            "_three(median(one.before for",
        ),
    },
)

# ---- power that goes between learning steps

POWER: Final = (
    within(
        "training/power.py",
        _POWER,
        {
            "losses begin anew with each chunk": ("(done + start) % every", "0"),
            "no loss after a chunk's last step": (
                "if stop <= len(codes):",
                "if stop < len(codes):",
            ),
            "held is counted after the loss": (
                "            lost += _held(controller)\n"
                "            controller.power_cycle()\n",
                "            controller.power_cycle()\n"
                "            lost += _held(controller)\n",
            ),
            "one loss too many": ("return steps // every", "return -(-steps // every)"),
            "steps of one pass": ("plan.passes * min(counts)", "min(counts)"),
        },
    )
    | within(
        "training/unit.py",
        _POWER,
        {
            "losses of the last chunk": (
                "progress.forgotten += lost",
                "progress.forgotten = lost",
            )
        },
    )
    | within(
        "chip/chip.py",
        _POWER,
        {
            "every run loses power alike": (
                "if not self.task.power_off_every:",
                "if True:",
            ),
        },
    )
)

FAULTS: Final = {**AGAIN, **LEFT, **KEPT, **RANGES, **POWER}
