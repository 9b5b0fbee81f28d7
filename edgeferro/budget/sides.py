"""The one or two budgets that are asked for: all of it checked before any run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from edgeferro.budget.budget import (
    Budget,
    find_battery,
    find_core,
    find_implant,
    find_product,
)
from edgeferro.budget.counts import RunFigures
from edgeferro.budget.day import EVENTS_OF_A_DAY
from edgeferro.budget.solve import Wish, check_counted, check_wish
from edgeferro.energy.prices import Prices
from edgeferro.errors import ConfigError, DataError
from edgeferro.files.write import check_apart
from edgeferro.product.rows import load_row
from edgeferro.terminal import hint
from edgeferro.training import show
from edgeferro.training.options import make_plan
from edgeferro.training.run import run_plan

if TYPE_CHECKING:
    from edgeferro.budget.options import BudgetOptions
    from edgeferro.chip.chip import Chip
    from edgeferro.chip.sections import UsagePart
    from edgeferro.training.plan import Plan

__all__ = ["Side", "Sides"]

_PREFIXES: Final = ("usage.", "energy.")  # settings that change no run
_CYCLED: Final = {"task.power_off_every": 1}


@dataclass(frozen=True)
class Side:
    """One budget: a run's figures that are there, or the plan of a run.

    Attributes:
        options: places, draws, and how a run is made.
        chip: with the settings of this side.
        source: plan of a run, its figures, or another side whose run this one has.
    """

    options: BudgetOptions
    chip: Chip
    source: Plan | RunFigures | Side

    @classmethod
    def of(cls, options: BudgetOptions, name: str, changes: dict[str, Any]) -> Self:
        """Read a run, or plan one.

        Args:
            options: of the command.
            name: of a chip, or a run's JSON.
            changes: in the chip's settings, beside those of ``--set``.

        Raises:
            ConfigError, DataError: a file or setting that can't be, or one that needs
                another run.
        """
        run = options.run  # which has read its chip
        if not name.endswith(".json"):
            if name != run.chip:
                run = replace(run, chip=name)
            check_apart(options.places, run.sources)
            plan = make_plan(run, changes)
            return cls(options, plan.chip, plan)
        found = RunFigures.read(Path(name))
        check_apart(options.places, found.chip.files())
        for option, settings in (("--set", run.settings), ("--compare", changes)):
            for path in settings:
                if not path.startswith(_PREFIXES):
                    why = f"needs another run; {name} is one already"
                    message = f"{option} {path}: {why}"
                    raise ConfigError(message)
        settings = {**run.settings, **changes}
        chip = found.chip.with_(**settings) if settings else found.chip
        return cls(options, chip, found)

    @property
    def updates(self) -> bool:
        """Whether its run has update cycles."""
        if isinstance(self.source, RunFigures):
            return self.source.tally.updates > 0
        if isinstance(self.source, Side):
            return self.source.updates
        return self.source.passes > 0

    @property
    def calibrates(self) -> bool:
        """Whether its run has a calibration."""
        if isinstance(self.source, RunFigures):
            return self.source.tally.event("calibrate", "cycle") > 0
        if isinstance(self.source, Side):
            return self.source.calibrates
        array = self.source.chip.array
        trims = self.source.chip.converters.trim
        return trims or array.reference_level == "calibrated"

    def check(self) -> None:
        """Refuse files that the chip names, and what its run can't price.

        Raises:
            ConfigError, DataError: names file or setting.
        """
        self.chip.named(Prices, self.chip.energy.prices)
        usage = self.chip.usage
        _check_product(self.options, self.chip)
        _ = find_battery(self.chip, usage), find_implant(self.chip, usage)
        _refuse_unpriced(usage, updates=self.updates, calibrates=self.calibrates)

    def check_wish(self) -> None:
        """Refuse a wish that its run can't answer.

        Raises:
            ConfigError: names the option.
        """
        wish, vary = self.options.wish, self.options.vary
        if wish is None or vary is None:
            return
        chip, usage = self.chip, self.chip.usage
        parts = find_battery(chip, usage), find_implant(chip, usage)
        check_wish(Wish.parse(wish), vary, *parts)
        check_counted(vary, updates=self.updates, calibrates=self.calibrates)

    @cached_property
    def run(self) -> RunFigures:
        """The run's figures; a planned one is run once."""
        if isinstance(self.source, RunFigures):
            return replace(self.source, chip=self.chip)
        if isinstance(self.source, Side):
            return replace(self.source.run, chip=self.chip)
        plan, options = self.source, self.options
        for text in plan.task.notes():
            hint(text)
        with show.progress(plan, quiet=options.quiet) as on_progress:
            outcome = run_plan(plan, workers=options.workers, on_progress=on_progress)
        return RunFigures.of(outcome)

    @cached_property
    def budget(self) -> Budget:
        """What follows from it.

        Raises:
            ConfigError: the run turned out to lack what the usage asks for.
        """
        usage, options = self.chip.usage, self.options
        found = Budget(self.run, usage, options.draws, options.seed)
        counted = found.day.counted
        updates, calibrates = counted["update cycle"] > 0, counted["calibration"] > 0
        _refuse_unpriced(usage, updates=updates, calibrates=calibrates)
        return found


@dataclass(frozen=True)
class Sides:
    """What a command asks for.

    Attributes:
        first: the budget.
        cycled: the same with power off after each learning step.
        second: what it is compared with.
    """

    first: Side
    cycled: Side | None
    second: Side | None

    @classmethod
    def of(cls, options: BudgetOptions) -> Self:
        """Read and check all of it, before any run.

        Raises:
            ConfigError, DataError: names the option, file or setting.
        """
        first, cycled, second = Side.of(options, options.source, {}), None, None
        first.check()
        first.check_wish()
        if options.cycled:
            every = first.chip.task.power_off_every
            if every:
                message = f"--cycled: not together with task.power_off_every {every}"
                raise ConfigError(message)
            cycled = Side.of(options, options.source, _CYCLED)
        if options.compare is not None:
            second = _second(options, options.compare, first)
            second.check()
        return cls(first, cycled, second)

    @property
    def budget(self) -> Budget:
        """The first one, with what losing power costs in learning."""
        if self.cycled is None:
            return self.first.budget
        return replace(self.first.budget, lost=self.cycled.run.accuracy)


def _second(options: BudgetOptions, text: str, first: Side) -> Side:
    """The other one of a comparison; a change of use or prices needs no other run."""
    changes = options.changes
    if not changes:
        return Side.of(options, text, {})
    if all(path.startswith(_PREFIXES) for path in changes):
        return Side(options, first.chip.with_(**changes), first)
    return Side.of(options, options.source, changes)


def _check_product(options: BudgetOptions, chip: Chip) -> None:
    """Refuse a product whose files or loads can't be."""
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
