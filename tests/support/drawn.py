"""What was drawn, read off the picture's own objects."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

if TYPE_CHECKING:
    import pytest

__all__ = ["Drawn", "clashes", "legend", "line", "spans", "texts"]


class Drawn:
    """Figures in the order they are saved; the files are left empty, to be fast."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.figures: list[Any] = []

        def keep(figure: Figure, place: Any, **_: Any) -> None:
            self.figures.append(figure)
            if isinstance(place, str | Path):
                Path(place).touch()

        monkeypatch.setattr(Figure, "savefig", keep)

    def panels(self, index: int = 0) -> list[Any]:
        """Axes of one figure, from left to right."""
        return list(self.figures[index].axes)


def line(axes: Any, label: str) -> tuple[list[float], list[float]]:
    """Numbers across and up of the line with a label."""
    found = [drawn for drawn in axes.lines if label == drawn.get_label()]
    assert [label] == [drawn.get_label() for drawn in found]
    (one,) = found
    return list(map(float, one.get_xdata())), list(map(float, one.get_ydata()))


def spans(axes: Any, index: int) -> list[tuple[float, float, float]]:
    """Place, low and high end of each bar of the index-th series that has bars."""
    segments = [s for s in axes.collections[index].get_segments() if len(s) == 2]
    return [(float(s[0, 0]), float(s[0, 1]), float(s[1, 1])) for s in segments]


def texts(axes: Any) -> list[str]:
    """What is written within the axes."""
    return [text.get_text() for text in axes.texts]


def legend(figure: Any) -> list[str]:
    """Entries of the one legend that a figure has."""
    (found,) = figure.legends
    return [text.get_text() for text in found.get_texts()]


def _words(figure: Any) -> list[Any]:
    """All texts that are seen."""
    found = [*figure.texts, *(t for one in figure.legends for t in one.get_texts())]
    for axes in figure.axes:
        found += [axes.title, axes.xaxis.label, axes.yaxis.label, *axes.texts]
        for axis, (low, high) in (
            (axes.xaxis, axes.get_xlim()),
            (axes.yaxis, axes.get_ylim()),
        ):
            ticks = [t for t in axis.get_major_ticks() if low <= t.get_loc() <= high]
            found += [tick.label1 for tick in ticks]
    return [text for text in found if text.get_visible() and text.get_text().strip()]


def _beyond(axes: Any) -> bool:
    """Whether a line or a bar of axes lies beyond their scales, to the side or up.

    A mean must be inside; an interval may end below 0 or above 100.
    """
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    edge = 1e-9 * (high - low)
    for drawn in axes.lines:
        if drawn.get_transform().contains_branch(axes.transData):
            points = np.array(drawn.get_xydata(), float)
            x, y = points[np.isfinite(points).all(axis=1)].T
            inside = (left <= x) & (x <= right) & (low - edge <= y) & (y <= high + edge)
            if len(x) > 2 and not inside.all():
                return True
    return False


def clashes(figure: Any) -> list[str]:
    """What a reader can't read: words over words, beyond the edge, legends on data."""
    figure.draw_without_rendering()
    found = []
    boxes = [(text.get_text(), text.get_window_extent()) for text in _words(figure)]
    for name, box in boxes:
        if box.x0 < -1 or box.y0 < -1:
            found.append(f"{name!r} is cut off")
        if box.x1 > figure.bbox.x1 + 1 or box.y1 > figure.bbox.y1 + 1:
            found.append(f"{name!r} is cut off")
    for (one, a), (other, b) in combinations(boxes, 2):
        wide = min(a.x1, b.x1) - max(a.x0, b.x0)
        tall = min(a.y1, b.y1) - max(a.y0, b.y0)
        if wide > 1 and tall > 1:
            found.append(f"{one!r} is written over {other!r}")
    for axes in figure.axes:
        if axes.get_legend() is not None:
            found.append(f"a legend within {axes.get_title()!r}")
        for one in figure.legends:
            if one.get_window_extent().overlaps(axes.get_window_extent()):
                found.append(f"the legend over {axes.get_title()!r}")
        if _beyond(axes):
            found.append(f"data beyond the scales of {axes.get_title()!r}")
    return found
