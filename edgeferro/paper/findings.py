"""The paper's findings, judged by intervals over seeds; what isn't shown is said.

A finding is judged at several widths, and a task has several findings: each interval is
so wide that all intervals of one finding hold together in 95 of 100 comparisons
(C. E. Bonferroni, 1936).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from edgeferro.energy.report import Quantity
from edgeferro.intervals.estimate import CONFIDENCE, Estimate
from edgeferro.intervals.paired import Paired
from edgeferro.paper.comparison import ENERGIES, Result, width_text
from edgeferro.paper.schemes import Scheme

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "NOT_DECIDED",
    "NOT_SHOWN",
    "NOT_TESTED",
    "REVERSED",
    "SHOWN",
    "Finding",
    "find_findings",
    "judge",
]

SHOWN: Final = "shown"
REVERSED: Final = "reversed"
NOT_SHOWN: Final = "not shown"
NOT_DECIDED: Final = "not decided"
NOT_TESTED: Final = "not tested"
_PER_DECADE: Final = 0.05  # of a quantity, for a trend: below, no trend is shown
MIXED: Final = "mixed-precision"
SGD: Final = {"sgd-stochastic": "stochastic", "sgd-counted": "counted"}


@dataclass(frozen=True)
class Finding:
    """One finding, looked for in the results.

    Attributes:
        claim: in words.
        rates: 'tuned' or 'common'.
        verdict: shown; reversed; not shown: less than asked for, either way; not
            decided; or not tested. Of several widths: where.
        numbers: what the results show.
    """

    claim: str
    rates: str
    verdict: str
    numbers: str


def energy_text(femtojoules: float) -> str:
    """Write an energy with its unit."""
    return str(Quantity.of_fj(femtojoules))


def judge(found: Estimate, resolve: float) -> str:
    """Say what an interval shows of a claim that a value is above 0."""
    if found.seeds < 2:
        return NOT_TESTED
    if found.low > 0.0:
        return SHOWN
    if found.high < 0.0:
        return REVERSED
    inside = max(abs(found.low), abs(found.high)) < resolve
    return NOT_SHOWN if inside else NOT_DECIDED


def _together(verdicts: dict[str, str]) -> str:
    """One verdict of several widths, or where each holds."""
    kinds = list(dict.fromkeys(verdicts.values()))
    if len(kinds) == 1:
        return kinds[0]
    parts = []
    for kind in kinds:
        where = ", ".join(w for w, v in verdicts.items() if v == kind)
        parts.append(f"{kind}: {where}")
    return "; ".join(parts)


def slopes(found: Sequence[Result], values: np.ndarray) -> np.ndarray:
    """Change a decade of width of each seed's values, of shape (widths, seeds)."""
    decades = np.log10([r.width_ns for r in found])
    away = decades - decades.mean()
    return np.asarray(away @ values / (away @ away))


def _trend(
    claim: str,
    found: Sequence[Result],
    of: Callable[[Result], np.ndarray],
    *,
    rates: str,
    sign: int = 1,
    text: Callable[[float], str] = energy_text,
) -> Finding:
    """Judge whether a quantity rises (sign 1) or falls with width, in logarithms.

    The measured widths decide; what all widths give is told beside it. A quantity that
    a seed has no value of (a goal that was not reached) decides nothing.
    """
    order = sorted(found, key=lambda r: r.width_ns)
    means = [(r, of(r)) for r in order]
    told = ", ".join(
        f"{width_text(r.width_ns)} {_mean_text(v, text)}" for r, v in means
    )
    if len(order) < 2 or order[0].curve.shape[1] < 2:
        return Finding(claim, rates, NOT_TESTED, told)
    words, verdict = [], NOT_TESTED
    for name, some in (
        ("measured widths", [r for r in order if r.measured]),
        ("all widths", order),
    ):
        values = np.array([of(r) for r in some])
        if len(some) < 2:
            continue
        if not np.isfinite(values).all() or (values <= 0).any():
            judged = NOT_DECIDED
            words.append(f"{name}: not reached by every seed")
        else:
            each = sign * slopes(some, np.log(values))
            estimate = Estimate.over_seeds(each, 1.0 - (1.0 - CONFIDENCE) / 2.0)
            judged = judge(estimate, _PER_DECADE)
            part = f"{100 * sign * estimate.mean:+.1f} ±{100 * estimate.half:.1f} %"
            words.append(f"{name} {part} a decade")
        verdict = judged if verdict == NOT_TESTED else verdict
    return Finding(claim, rates, verdict, f"{'; '.join(words)} ({told})")


def _mean_text(values: np.ndarray, text: Callable[[float], str]) -> str:
    known = values[np.isfinite(values)]
    mean = text(float(known.mean())) if known.size else "-"
    return mean if known.size == values.size else f"{mean} [{known.size}/{values.size}]"


def _differences(
    claim: str,
    pairs: Sequence[tuple[str, Result, Result]],
    *,
    rates: str,
    resolve: float,
    offset: float = 0.0,
) -> Finding:
    """Judge at each width that one is above the other, less an offset, in points.

    With an offset the claim is that one is at most that far below the other.
    """
    if not pairs or pairs[0][1].curve.shape[1] < 2:
        return Finding(claim, rates, NOT_TESTED, "no passes")
    confidence = 1.0 - (1.0 - CONFIDENCE) / len(pairs)
    verdicts, told = {}, []
    for width, one, other in pairs:
        gap = Paired.of(100 * one.after, 100 * other.after, confidence).over_seeds
        verdicts[width] = judge(
            Estimate.over_seeds(100 * (one.after - other.after) + offset, confidence),
            resolve,
        )
        half = f" ±{gap.half:.1f}" if np.isfinite(gap.half) else ""
        told.append(f"{width} {gap.mean:+.1f}{half}")
    return Finding(claim, rates, _together(verdicts), ", ".join(told))


def _of_width(found: Sequence[Result], goal: float, rates: str) -> list[Finding]:
    """The findings (a) to (c), in mixed precision at mid-level."""
    mine = Scheme(MIXED, "mid-level")
    mixed = [r for r in found if r.rates == rates and r.scheme == mine]
    reach = f"to {100 * goal:g} %"
    made = [
        _trend(
            "(a) a shorter pulse takes less energy in its cell",
            mixed,
            lambda r: r.cell_fj,
            rates=rates,
        ),
        _trend(
            "(a) ... and an update of the whole chip",
            mixed,
            lambda r: r.update_fj,
            rates=rates,
        ),
        _trend(
            f"(b) shorter pulses need more epochs {reach}",
            mixed,
            lambda r: r.epochs_to(goal),
            rates=rates,
            sign=-1,
            text="{:.2f}".format,
        ),
    ]
    for name in ENERGIES:
        of = partial(Result.energy_to, goal=goal, name=name)
        claim = f"(c) and still less energy {reach}: {name}"
        made.append(_trend(claim, mixed, of, rates=rates))
    return made


def _of_rules(found: Sequence[Result], rates: str, resolve: float) -> list[Finding]:
    """The findings (c) and (d) on accuracy: pairs of schemes with the same seeds."""
    by = {(r.scheme, r.device): r for r in found if r.rates == rates}
    devices = sorted({d for _, d in by}, key=lambda d: _width(by, d))

    def pairs(one: Scheme, other: Scheme) -> list[tuple[str, Result, Result]]:
        return [
            (width_text(by[one, d].width_ns), by[one, d], by[other, d])
            for d in devices
            if (one, d) in by and (other, d) in by
        ]

    mixed = Scheme(MIXED, "mid-level")
    shortest, *longer = [d for d in devices if (mixed, d) in by]
    made = [
        _differences(
            f"(c) without loss of accuracy: mixed precision at the shortest width less "
            f"than {resolve:g} points below each longer one",
            [
                (width_text(by[mixed, d].width_ns), by[mixed, shortest], by[mixed, d])
                for d in longer
            ],
            rates=rates,
            resolve=resolve,
            offset=resolve,
        )
    ]
    for rule, short in SGD.items():
        mid, model = Scheme(rule, "mid-level"), Scheme(rule, "model")
        asked = [
            (
                f"(d) mixed precision is above {short} SGD, both at mid-level",
                mixed,
                mid,
                0.0,
            )
        ]
        for reference in ("model", "calibrated"):
            there = Scheme(rule, reference)
            asked.append(
                (f"(d) the shift by {reference} lifts {short} SGD", there, mid, 0.0)
            )
        asked.append(
            (
                f"(d) shifted by model, {short} SGD is less than 2 points below mixed "
                "precision",
                model,
                mixed,
                2.0,
            )
        )
        for claim, one, other, offset in asked:
            its = pairs(one, other)
            if its:
                made.append(
                    _differences(
                        claim, its, rates=rates, resolve=resolve, offset=offset
                    )
                )
    its = pairs(Scheme(MIXED, "model"), mixed)
    made.append(
        _differences(
            "(ours) the shift by model lifts mixed precision",
            its,
            rates=rates,
            resolve=resolve,
        )
    )
    return made


def _width(by: dict[tuple[Scheme, str], Result], device: str) -> int:
    return next(r.width_ns for (_, d), r in by.items() if d == device)


def find_findings(
    found: Sequence[Result], goal: float, resolve: float = 1.0
) -> list[Finding]:
    """Look for the paper's findings, tuned and (where there are such runs) at one rate.

    Args:
        found: of :func:`edgeferro.paper.comparison.results`.
        goal: accuracy for epochs and energy.
        resolve: points below which a difference is none.
    """
    made = []
    for rates in dict.fromkeys(r.rates for r in found):
        made += _of_width(found, goal, rates)
        made += _of_rules(found, rates, resolve)
    return made
