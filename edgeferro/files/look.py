"""One look for all pictures, which a deuteranope and a grey printer tell apart.

Series differ in colour, in mark and in line. Colours are M. Okabe's and K. Ito's
(Color Universal Design, 2008), which also seem different to people who see no green,
without their yellow, too faint for a line on white. Legends stand outside the axes:
what is inside is data.
"""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from edgeferro.intervals.estimate import Estimate

__all__ = [
    "COLOURS",
    "FILLS",
    "GREY",
    "Look",
    "add_legend",
    "bars_said",
    "below_said",
    "colours_of",
    "draw_estimates",
    "energy_unit",
    "logarithmic_limits",
    "look_of",
    "mark_of",
    "percent_limits",
    "settle",
    "tick_logarithm",
]

COLOURS: Final = ("#0072B2", "#E69F00", "#009E73", "#56B4E9", "#CC79A7", "#D55E00")
GREY: Final = "0.45"
FILLS: Final = ("full", "none", "left", "bottom", "right", "top")
_MARKS: Final = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h", "d")
_LINES: Final = (
    "-",
    "--",
    "-.",
    ":",
    (0, (8, 2)),
    (0, (5, 1, 1, 1, 1, 1)),
    (0, (1, 3)),
)
_SMALL: Final = 8  # points of a legend's letters
_THICK, _THIN = 1.6, 0.7  # lines of bars over seeds, and over subjects too
_UNITS: Final = (
    (1.0, "J"),
    (1e3, "mJ"),
    (1e6, "uJ"),
    (1e9, "nJ"),
    (1e12, "pJ"),
    (1e15, "fJ"),
)
# Places of ticks within a decade, from few to many, and the decades that they suit.
_STEPS: Final = ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0), (1.0, 1.5, 2.0, 3.0, 5.0, 7.0))
_BELOW: Final = "a bar that meets the lower edge reaches 0 or below"
_TICKS: Final = 3  # the least that a scale has


@dataclass(frozen=True)
class Look:
    """Colour, mark and line of a series."""

    colour: Any
    mark: str
    line: Any


def mark_of(index: int) -> str:
    """A mark; after the twelfth, numbers, so that none comes twice."""
    return _MARKS[index] if index < len(_MARKS) else f"${index + 1}$"


def look_of(index: int) -> Look:
    """How the series of an index looks; a colour that comes again has another mark."""
    line = _LINES[index % len(_LINES)]
    return Look(COLOURS[index % len(COLOURS)], mark_of(index), line)


def colours_of(number: int) -> list[Any]:
    """As many colours; of more than the palette has, from dark to light (cividis)."""
    if number <= len(COLOURS):
        return list(COLOURS[:number])
    from matplotlib import colormaps

    return [colormaps["cividis"](index / (number - 1)) for index in range(number)]


def draw_estimates(
    axes: Any,
    across: Sequence[float],
    found: Sequence[Estimate],
    look: Look,
    label: str,
    *,
    wide: Sequence[Estimate] = (),
    shift: float = 0.0,
    scale: float = 1.0,
    measured: bool = True,
    joined: bool = True,
) -> None:
    """Draw means with bars of their intervals; where nothing is known, no bar.

    Args:
        axes: to draw on.
        across: of each.
        found: thick bars; a mean that isn't finite leaves a gap.
        look: of the series.
        label: in the legend.
        wide: thin bars, such as those over seeds and subjects.
        shift: points to the side, so that bars of several series are seen; the numbers
            that are drawn stay.
        scale: from the estimates' unit to the axes'.
        measured: what isn't is hollow and thin.
        joined: with a line.
    """
    from matplotlib.transforms import ScaledTranslation

    figure = axes.get_figure()
    aside = ScaledTranslation(shift / 72.0, 0.0, figure.dpi_scale_trans)
    place = {"transform": axes.transData + aside, "color": look.colour}
    means = [scale * one.mean for one in found]
    for bars, width, cap in ((wide, _THIN, 0.0), (found, _THICK, 2.5)):
        halves = [scale * one.half if math.isfinite(one.half) else 0.0 for one in bars]
        if any(halves):
            thin = {"elinewidth": width, "capsize": cap, "fmt": "none"}
            axes.errorbar(across, means, yerr=halves, label="_bars", **thin, **place)
    axes.plot(
        across,
        means,
        marker=look.mark,
        linestyle=look.line if joined else "none",
        linewidth=1.5 if measured else 0.8,
        markersize=5,
        fillstyle="full" if measured else "none",
        label=label,
        **place,
    )
    known = [(x, y) for x, y in zip(across, means, strict=True) if math.isfinite(y)]
    if known:  # what is drawn aside doesn't widen the scales by itself
        axes.update_datalim(known)
        axes.autoscale_view()


def bars_said(thick: str, thin: str = "") -> list[Any]:
    """Entries of a legend that say what thick and thin bars are over; none for ''."""
    from matplotlib.lines import Line2D

    both = bool(thick and thin)
    said = [("thick bars" if both else "bars", thick, _THICK)]
    said += [("thin bars" if both else "bars", thin, _THIN)]
    look: dict[str, Any] = {"color": GREY, "marker": "|"}
    return [
        Line2D([], [], linewidth=width, label=f"{name}: 95 % over {text}", **look)
        for name, text, width in said
        if text
    ]


def add_legend(figure: Any, panels: Iterable[Any], more: Sequence[Any] = ()) -> None:
    """Put one legend below all panels, as wide as the figure lets it be.

    Args:
        figure: the figure.
        panels: axes whose series it names; what two of them share stands once.
        more: entries beside those.
    """
    entries: dict[str, Any] = {}
    for axes in panels:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    entries |= {entry.get_label(): entry for entry in more}
    lines = {"\n".join(_broken(label, 76)): entry for label, entry in entries.items()}
    for columns in range(len(lines), 0, -1):
        legend = figure.legend(
            list(lines.values()),
            list(lines),
            loc="outside lower center",
            ncols=columns,
            fontsize=_SMALL,
        )
        if legend.get_window_extent().width <= 0.98 * figure.bbox.width:
            return
        if columns > 1:
            legend.remove()


def energy_unit(joules: Iterable[float]) -> tuple[float, str]:
    """A joule in the one unit in which a figure gives its energies, and that unit.

    It suits the middle of what is drawn, on a logarithmic scale.

    Args:
        joules: all that is drawn; what isn't finite or above 0 isn't looked at.
    """
    known = [one for one in joules if math.isfinite(one) and one > 0.0] or [1.0]
    middle = math.sqrt(min(known)) * math.sqrt(max(known))
    suited = [(times, unit) for times, unit in _UNITS if middle * times >= 1.0]
    return suited[0] if suited else _UNITS[-1]


def tick_logarithm(axis: Any, low: float, high: float) -> None:
    """Ticks of a logarithmic axis, few enough not to meet, written without exponents.

    Args:
        axis: x or y axis of some axes.
        low: end of the scale, above 0.
        high: its other end.
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    stride = max(1, (last - first) // 7)
    ticks: list[float] = []
    for steps in _STEPS:
        decades = range(first, last + 1, stride if len(steps) == 1 else 1)
        ticks = [m * 10.0**e for e in decades for m in steps]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) >= _TICKS:
            break
    else:
        from matplotlib.ticker import MaxNLocator

        places = MaxNLocator(nbins=4).tick_values(low, high)
        ticks = [float(tick) for tick in places if low <= tick <= high]
    axis.set_ticks(ticks, [f"{tick:,.12g}" for tick in ticks])
    axis.set_ticks([], minor=True)


def percent_limits(axes: Any, found: Iterable[Estimate]) -> None:
    """Fit a scale of percent to estimates, parts of one; none goes beyond 0 and 100."""
    ends = [
        100.0 * (one.mean + side * (one.half if math.isfinite(one.half) else 0.0))
        for one in found
        for side in (-1, 1)
        if math.isfinite(one.mean)
    ]
    if not ends:
        return
    low, high = max(min(ends), 0.0), min(max(ends), 100.0)
    room = max(0.05 * (high - low), 0.5)
    axes.set_ylim(max(low - room, -0.5), min(high + room, 100.5))


def logarithmic_limits(
    axes: Any, found: Iterable[Estimate], scale: float = 1.0
) -> list[Any]:
    """Fit a logarithmic scale up to estimates, with ticks.

    An interval that reaches down to 0 or below has no end on such a scale: its bar goes
    to the lower edge.

    Returns:
        an entry of a legend that says so, if there is one.
    """
    known = [one for one in found if math.isfinite(one.mean) and one.mean > 0.0]
    halves = [one.half if math.isfinite(one.half) else 0.0 for one in known]
    pairs = list(zip(known, halves, strict=True))
    lows = [scale * (one.mean - half) for one, half in pairs]
    highs = [scale * (one.mean + half) for one, half in pairs]
    means = [scale * one.mean for one in known]
    low = min([*(one for one in lows if one > 0.0), *(0.3 * one for one in means)])
    low, high = 0.8 * low, 1.25 * max(highs)
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    tick_logarithm(axes.yaxis, low, high)
    return below_said(known)


def below_said(found: Iterable[Estimate]) -> list[Any]:
    """An entry of a legend, where an interval ends below a scale that begins at 0."""
    if not any(math.isfinite(one.half) and one.low <= 0.0 for one in found):
        return []
    from matplotlib.lines import Line2D

    return [Line2D([], [], linestyle="none", label=_BELOW)]


def settle(figure: Any) -> None:
    """Wrap titles and names of axes that are longer than what they stand beside."""
    for _ in range(2):  # what was wrapped takes room from what stands beside it
        figure.draw_without_rendering()
        for axes in figure.axes:
            box = axes.get_window_extent()
            _wrap(axes.title, box.width)
            _wrap(axes.xaxis.label, box.width)
            _wrap(axes.yaxis.label, box.height)
        for text in figure.texts:
            _wrap(text, 0.96 * figure.bbox.width)
    figure.draw_without_rendering()


def _broken(words: str, width: int) -> list[str]:
    """Lines of words, none of which is broken, at a hyphen neither."""
    return textwrap.wrap(words, width, break_long_words=False, break_on_hyphens=False)


def _wrap(text: Any, room: float) -> None:
    """Break a text between words until its longest line has room."""
    words = text.get_text()
    if not words:
        return
    for width in range(len(words), 11, -1):
        box = text.get_window_extent()
        if max(box.width, box.height) <= room:
            return
        lines = (_broken(line, width) for line in words.splitlines())
        text.set_text("\n".join("\n".join(line) for line in lines))
