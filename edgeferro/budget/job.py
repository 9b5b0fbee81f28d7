"""``edgeferro budget``: run or read a run, put the budget together, show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edgeferro.budget.budget import Budget
from edgeferro.budget.explain import explain_budget, explain_prices
from edgeferro.budget.figures import budget_figures
from edgeferro.budget.page import page
from edgeferro.budget.rows import csv_text
from edgeferro.budget.show import show_answer, show_budget, show_comparison
from edgeferro.budget.sides import Side, Sides
from edgeferro.budget.solve import Answer, Wish, solve
from edgeferro.budget.uncertain import compared
from edgeferro.chip.chip import Chip
from edgeferro.core.tally import Tally
from edgeferro.energy.report import EnergyReport
from edgeferro.errors import StateError
from edgeferro.files.write import write_json, write_whole
from edgeferro.terminal import hint

if TYPE_CHECKING:
    from edgeferro.budget.options import BudgetOptions

__all__ = ["run_budget"]

_BODY_C = 37.0


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
    sides, second = Sides.of(options), None
    budget = sides.budget
    run = budget.run
    if sides.second is not None:
        second = (str(options.compare), sides.second.budget)
    answer = None
    if wish is not None and options.vary is not None:
        answer = solve(budget, wish, options.vary)
    figures = budget_figures(budget, options.command)
    if second is not None:
        figures["compare"] = {
            "with": second[0],
            **compared(budget, second[1]),
            **budget_figures(second[1]),
        }
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
    _remark(budget)
    show_budget(budget, figures)
    if second is not None:
        show_comparison(budget, second[1], second[0], figures["compare"])
        if second[1].run == run:
            hint(f"--compare {second[0]}: changes nothing")
    if answer is not None:
        show_answer(answer)
    if options.html is not None:
        print(f"page: {options.html}")  # noqa: T201
    _judge([("", budget), *([second] if second else [])], answer)


def _remark(budget: Budget) -> None:
    """Say which prices are unusual, and an implant whose chip is colder than a body."""
    for text in budget.run.energy.prices.remarks():
        hint(text)
    warm = budget.product.temperature_c.bound("high")
    if budget.implant is not None and warm < _BODY_C:
        hint(
            f"what leaks is priced at {warm:g} C (product {budget.product.name}: "
            f"temperature_c); a body has {_BODY_C:g} C"
        )


def _judge(sides: list[tuple[str, Budget]], answer: Answer | None) -> None:
    """End with an error where something fails, or a wish has no answer.

    Raises:
        StateError: names what fails.
    """
    for name, one in sides:
        if one.fails:
            first, names = one.fails[0], dict.fromkeys(v.name for v in one.fails)
            which = f"{name and f'{name}: '}{', '.join(names)}"
            message = f"FAILS: {which}; {first.name}: {first.text}"
            raise StateError(message)
    if answer is not None and answer.low is None:
        message = f"--solve: {answer.text}"
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
        return explain_budget(Side.of(options, options.source, {}).budget, name)
    chip = Chip.load(options.source)
    if options.run.settings:
        chip = chip.with_(**options.run.settings)
    return explain_prices(EnergyReport.of_chip(Tally.zero(), chip), name)
