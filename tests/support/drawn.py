"""What was drawn, read off the picture's own objects."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

if TYPE_CHECKING:
    import pytest

__all__ = ["Drawn", "line", "texts"]


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
    (found,) = (drawn for drawn in axes.lines if label == drawn.get_label())
    return list(map(float, found.get_xdata())), list(map(float, found.get_ydata()))


def texts(axes: Any) -> list[str]:
    """What is written within the axes."""
    return [text.get_text() for text in axes.texts]
