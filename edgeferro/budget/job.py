"""``edgeferro budget``: run or read a run, put the budget together, show it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgeferro.budget.budget import (
    Budget,
    find_battery,
    find_core,
    find_implant,
    find_product,
)
from edgeferro.budget.counts import RunFigures
from edgeferro.budget.day import EVENTS_OF_A_DAY
from edgeferro.budget.explain import explain_budget, explain_prices
from edgeferro.budget.figures import budget_figures
from edgeferro.budget.page import page
from edgeferro.budget.rows import csv_text
from edgeferro.budget.show import show_answer, show_budget, show_comparison
from edgeferro.budget.solve import Wish, check_wish, solve
from edgeferro.chip.chip import Chip
from edgeferro.core.tally import Tally
from edgeferro.energy.report import EnergyReport
from edgeferro.errors import ConfigError, DataError, StateError
from edgeferro.files.packages import need
from edgeferro.files.write import check_apart, check_place, write_json, write_whole
from edgeferro.product.rows import load_row
from edgeferro.terminal import hint
from edgeferro.training import show
from edgeferro.training.options import TrainOptions, make_plan
from edgeferro.training.run import check_workers, run_plan

if TYPE_CHECKING:
    from edgeferro.chip.chip import Chip
    from edgeferro.chip.sections import UsagePart
    from edgeferro.product.battery import Battery
    from edgeferro.product.implant import Implant
    from edgeferro.training.plan import Plan

__all__ = ["BudgetOptions", "run_budget"]

_PREFIXES = ("usage.", "energy.")  # settings that change no run
_CYCLED = {"task.power_off_every": 1}


@dataclass(frozen=True)
class BudgetOptions:
    """What ``edgeferro budget`` is asked for.

    Attributes:
        source: a chip, or the JSON of a run.
        run: of the task, where there is no run yet.
        explain: event to explain, instead of a budget.
        compare: a second chip, run or path=value.
        changes: the settings in it, where it is path=value.
        wish: what to solve for.
        vary: what to vary for it.
        draws: of prices, 100..1000000.
        seed: of the draws, 0..2^32-1.
        command: line that asked for it.
        run_options: names of given options that only a run has.
        cycled: the run is made with power off after each learning step too.
    """

    source: str
    run: TrainOptions
    explain: str | None
    compare: str | None
    wish: str | None
    vary: str | None
    draws: int
    seed: int
    json: Path | None
    csv: Path | None
    html: Path | None
    workers: int
    quiet: bool
    command: str
    run_options: tuple[str, ...] = ()
    changes: dict[str, Any] = field(default_factory=dict)
    cycled: bool = False

    @property
    def places(self) -> dict[str, Path | None]:
        """Outputs by option."""
        return {"--json": self.json, "--csv": self.csv, "--html": self.html}

    def check(self) -> None:
        """Refuse options and places before any work.

        Raises:
            ConfigError, DataError: names the option.
        """
        if not 100 <= self.draws <= 1_000_000:
            message = f"--draws: {self.draws} is not in 100..1000000"
            raise DataError(message)
        if not 0 <= self.seed < 1 << 32:
            message = f"--seed: {self.seed} is not in 0..4294967295"
            raise DataError(message)
        if (self.wish is None) != (self.vary is None):
            message = "--solve and --vary: one needs the other"
            raise ConfigError(message)
        check_workers(self.workers)
        places = self.places
        for name, place in places.items():
            check_place(name, place)
        compared = (self.compare or "", *self.changes.values())
        others = (Path(name) for name in compared if isinstance(name, str))
        check_apart(places, (Path(self.source), *others, *self.run.sources))
        if self.html is not None:
            need("jinja2", "--html (left out with --no-html)")


def _figures(options: BudgetOptions, source: str, extra: dict[str, Any]) -> RunFigures:
    """Take a run from its JSON, or make it."""
    settings = {**options.run.settings, **extra}
    if source.endswith(".json"):
        found = RunFigures.read(Path(source))
        check_apart(options.places, found.chip.files())
        if extra_run := options.run_options:
            message = f"{', '.join(extra_run)}: {source} is a run already"
            raise ConfigError(message)
        for path in settings:
            if not path.startswith(_PREFIXES):
                message = f"--set {path}: needs another run; {source} is one already"
                raise ConfigError(message)
        chip = found.chip.with_(**settings) if settings else found.chip
        return replace(found, chip=chip)
    plan = _plan(options, source, extra)
    for text in plan.task.notes():
        hint(text)
    with show.progress(plan, quiet=options.quiet) as on_progress:
        outcome = run_plan(plan, workers=options.workers, on_progress=on_progress)
    return RunFigures.of(outcome)


def _plan(options: BudgetOptions, source: str, extra: dict[str, Any]) -> Plan:
    """The run that is to be made, after all that no run would change was refused."""
    run = options.run  # which has read its chip
    if source != run.chip:
        run = replace(run, chip=source)
    plan = make_plan(run, extra)
    battery, implant = _parts(options, plan.chip)
    if options.wish is not None and options.vary is not None:
        check_wish(Wish.parse(options.wish), options.vary, battery, implant)
    converters, array = plan.chip.converters, plan.chip.array
    calibrates = converters.trim or array.reference_level == "calibrated"
    _refuse_unpriced(plan.chip.usage, updates=plan.passes > 0, calibrates=calibrates)
    return plan


def _first(options: BudgetOptions) -> Budget:
    """The budget that is asked for, with the second run of ``--cycled``.

    Raises:
        ConfigError: ``--cycled`` on a chip that loses power as it is.
    """
    if options.cycled and not options.source.endswith(".json"):
        every = make_plan(options.run).chip.task.power_off_every
        if every:
            message = f"--cycled: not together with task.power_off_every {every}"
            raise ConfigError(message)
        make_plan(options.run, _CYCLED)  # refused before any run
    budget = _budget(options, _figures(options, options.source, {}))
    if not options.cycled:
        return budget
    other = _figures(options, options.source, _CYCLED)
    return replace(budget, lost=other.accuracy)


def _budget(options: BudgetOptions, run: RunFigures) -> Budget:
    budget = Budget(run, run.chip.usage, options.draws, options.seed)
    _parts(options, run.chip)
    _refuse_unpriced(
        run.chip.usage,
        updates=bool(budget.day.counted["update cycle"]),
        calibrates=bool(budget.day.counted["calibration"]),
    )
    return budget


def _parts(options: BudgetOptions, chip: Chip) -> tuple[Battery | None, Implant | None]:
    """Battery and implant, after all that a product names was read and refused."""
    usage = chip.usage
    product, core = find_product(chip, usage), find_core(chip, usage)
    check_apart(options.places, product.files())
    once = dict.fromkeys(EVENTS_OF_A_DAY, Fraction(1))
    for name, part in product.parts.items():
        try:
            load_row(name, part, once, core)
        except DataError as error:
            message = f"product {product.name}: loads.{name}.runs: {error}"
            raise ConfigError(message) from None
    return find_battery(chip, usage), find_implant(chip, usage)


def _refuse_unpriced(usage: UsagePart, *, updates: bool, calibrates: bool) -> None:
    """Refuse updates and calibrations that a run without any can't price."""
    asked = usage.updates_per_day
    if asked > 0 and not updates:
        message = (
            f"usage.updates_per_day: {asked:g}, but the run "
            f"has no update cycle to price; give it passes, or set this to 0"
        )
        raise ConfigError(message)
    asked = usage.calibrations_per_year
    if asked > 0 and not calibrates:
        message = (
            f"usage.calibrations_per_year: {asked:g}, but the run has no calibration "
            f"to price; give it --calibrate, or set this to 0"
        )
        raise ConfigError(message)


def _check_second(options: BudgetOptions) -> None:
    """Refuse the other one of a comparison before the first one's run."""
    text, changes = options.compare or "", options.changes
    if text and not changes:
        if text.endswith(".json"):
            _budget(options, _figures(options, text, {}))
        else:
            _plan(options, text, {})
    elif changes and not options.source.endswith(".json"):
        _plan(options, options.source, changes)


def _second(options: BudgetOptions, first: RunFigures) -> tuple[str, RunFigures]:
    """The other one of a comparison; a change of use or prices needs no other run."""
    text, changes = options.compare or "", options.changes
    if not changes:
        return text, _figures(options, text, {})
    if all(path.startswith(_PREFIXES) for path in changes):
        return text, replace(first, chip=first.chip.with_(**changes))
    return text, _figures(options, options.source, changes)


def run_budget(options: BudgetOptions) -> None:
    """Run, write, print; what does not fit ends with an error.

    Raises:
        StateError: something fails, by name.
    """
    options.check()
    wish = None if options.wish is None else Wish.parse(options.wish)
    if options.explain is not None:
        print(_explain(options, options.explain))  # noqa: T201
        return
    _check_second(options)
    budget = _first(options)
    run = budget.run
    second = None
    if options.compare is not None:
        name, other = _second(options, run)
        second = (name, _budget(options, other))
    answer = None
    if wish is not None and options.vary is not None:
        answer = solve(budget, wish, options.vary)
    figures = budget_figures(budget, options.command)
    if second is not None:
        figures["compare"] = {"with": second[0], **budget_figures(second[1])}
    if answer is not None:
        figures["solve"] = {
            "wish": str(answer.wish),
            "text": answer.text,
            "vary": answer.path,
            "low": answer.low,
            "high": answer.high,
            "reached": answer.reached,
        }
    _write(options, budget, figures)
    for text in run.energy.prices.remarks():
        hint(text)
    show_budget(budget)
    if second is not None:
        show_comparison(budget, second[1], second[0])
        if second[1].run == run:
            hint(f"--compare {second[0]}: changes nothing")
    if answer is not None:
        show_answer(answer)
    if options.html is not None:
        print(f"page: {options.html}")  # noqa: T201
    for name, one in (("", budget), *([second] if second else [])):
        if one.fails:
            first, names = one.fails[0], dict.fromkeys(v.name for v in one.fails)
            which = f"{name and f'{name}: '}{', '.join(names)}"
            message = f"FAILS: {which}; {first.name}: {first.text}"
            raise StateError(message)


def _write(options: BudgetOptions, budget: Budget, figures: dict[str, Any]) -> None:
    """Write what was asked for, before anything is printed: a pipe may close early."""
    if options.json is not None:
        write_json(options.json, figures)
    if options.csv is not None:
        write_whole(options.csv, csv_text(figures["rows"]).encode())
    if options.html is not None:
        write_whole(options.html, page(budget, figures).encode())


def _explain(options: BudgetOptions, name: str) -> str:
    """Counts of a run with their prices; of a chip the prices alone."""
    if options.source.endswith(".json"):
        run = _figures(options, options.source, {})
        return explain_budget(Budget(run, run.chip.usage), name)
    chip = Chip.load(options.source)
    if options.run.settings:
        chip = chip.with_(**options.run.settings)
    return explain_prices(EnergyReport.of_chip(Tally.zero(), chip), name)
