"""What the benchmarks share: one thread for numpy, and a report after the tables."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is imported

_LINES = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Make room for the report."""
    config.stash[_LINES] = []


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the report."""
    if config.stash[_LINES]:
        terminalreporter.section("figures")
        for line in config.stash[_LINES]:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def figures() -> dict[str, float]:
    """Keep what was measured so far, for ratios and fits."""
    return {}


@pytest.fixture
def note(request: pytest.FixtureRequest, benchmark: Any) -> Callable[..., None]:
    """Give a function that puts figures into extra_info and the report."""

    def add(what: str, **values: float) -> None:
        benchmark.extra_info.update(values)
        shown = "  ".join(f"{key} {value:.6g}" for key, value in values.items())
        request.config.stash[_LINES].append(f"{what:<42}{shown}")

    return add


@pytest.fixture
def median(benchmark: Any) -> Callable[[], float]:
    """Give a function that returns the seconds a round took, nan when disabled."""

    def seconds() -> float:
        return benchmark.stats.stats.median if benchmark.stats else float("nan")

    return seconds
