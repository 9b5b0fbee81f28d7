"""What ``edgeferro budget`` is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgeferro.errors import ConfigError, DataError
from edgeferro.files.packages import need
from edgeferro.files.write import check_apart, check_place
from edgeferro.training.run import check_workers

if TYPE_CHECKING:
    from edgeferro.training.options import TrainOptions

__all__ = ["BudgetOptions"]


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
        self._check_run_options()
        places = self.places
        for name, place in places.items():
            check_place(name, place)
        compared = (self.compare or "", *self.changes.values())
        others = (Path(name) for name in compared if isinstance(name, str))
        check_apart(places, (Path(self.source), *others, *self.run.sources))
        if self.html is not None:
            need("jinja2", "--html (left out with --no-html)")

    def _check_run_options(self) -> None:
        """Refuse options of a run where nothing is run."""
        read, compare = self.source.endswith(".json"), self.compare
        asked = self.run_options
        if compare is not None and not self.changes and not compare.endswith(".json"):
            asked = tuple({"--cycled"}.intersection(asked))  # which is the first one's
        if read and asked:
            message = f"{', '.join(asked)}: {self.source} is a run already"
            raise ConfigError(message)
