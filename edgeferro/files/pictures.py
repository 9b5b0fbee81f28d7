"""Pictures without a screen: matplotlib, imported only when one is drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edgeferro.errors import DataError
from edgeferro.files.look import settle
from edgeferro.files.packages import need
from edgeferro.files.write import PICTURES, writing

__all__ = ["new_figure", "save_figure"]


def new_figure(width: float, height: float, panels: int = 1) -> tuple[Any, Any]:
    """Make a figure of width x height inches; its axes, a list if there are several.

    Raises:
        PackageError: matplotlib is not installed.
    """
    need("matplotlib", "plot")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = [figure.add_subplot(1, panels, k + 1) for k in range(panels)]
    return figure, axes[0] if panels == 1 else axes


def save_figure(figure: Any, path: Path | str) -> None:
    """Write a figure whole or not at all; the ending chooses the format.

    Raises:
        DataError: an ending other than .png, .svg or .pdf.
    """
    path = Path(path)
    if path.suffix.lower() not in PICTURES:
        message = f"plot: {path.name!r} does not end in {', '.join(PICTURES)}"
        raise DataError(message)
    settle(figure)
    with writing(path) as stream:
        figure.savefig(stream, format=path.suffix.lower()[1:], dpi=150)
