"""Frontier and knee of made choices."""

from __future__ import annotations

from edgeferro.sweeping.frontier import frontier, knee


def bend(energies: list[float], accuracies: list[float]) -> int | None:
    """The knee of their frontier."""
    return knee(frontier(energies, accuracies), energies, accuracies)


def test_only_choices_that_nothing_beats() -> None:
    """More energy must buy more accuracy, else a choice is left out."""
    energies = [4.0, 1.0, 2.0, 3.0, 8.0]
    accuracies = [0.92, 0.80, 0.90, 0.89, 0.92]
    assert [1, 2, 0] == frontier(energies, accuracies)


def test_better_by_more_than_is_shown() -> None:
    """19.52 and 19.48 nJ are both 19.5; 0.9504 and 0.9496 are both 95.0 %.

    The dearer by a hidden digit stays where a tenth of a per cent speaks for it; one
    that gains a hidden digit of accuracy for more energy does not.
    """
    energies, accuracies = [19.48e6, 19.52e6], [0.9496, 0.9507]
    assert [1] == frontier(energies, accuracies)
    assert [0] == frontier([19.4e6, 19.5e6], [0.9496, 0.9504])
    assert [0, 1] == frontier([19.4e6, 19.5e6], [0.9496, 0.9506])


def test_of_equal_choices_the_first() -> None:
    """Two choices alike: one stands for both."""
    assert [0] == frontier([1.0, 1.0], [0.5, 0.5])


def test_the_knee_is_farthest_above_the_line() -> None:
    """Energies 1, 10, 100, 1000 and accuracies .60, .90, .93, .94.

    Scaled: (1/3, .882) and (2/3, .971): .549 and .304 above the line. The first.
    """
    assert 1 == bend([1.0, 10.0, 100.0, 1000.0], [0.60, 0.90, 0.93, 0.94])


def test_no_knee() -> None:
    """Two choices have none, nor a frontier that bends the other way."""
    assert bend([1.0, 10.0], [0.5, 0.9]) is None
    assert bend([1.0, 10.0, 100.0], [0.50, 0.51, 0.90]) is None


def test_a_step_that_no_seeds_show_is_none() -> None:
    """A dearer choice is left out unless it is shown to beat the last one kept.

    The third is shown to be above the first, though not above the second, which was
    left out; where nobody can say, means decide.
    """
    energies, accuracies = [1.0, 2.0, 3.0], [0.90, 0.91, 0.93]
    known = {(1, 0): False, (2, 0): True}
    assert [0, 2] == frontier(energies, accuracies, lambda a, b: known[a, b])
    assert [0, 1, 2] == frontier(energies, accuracies, lambda a, b: None)
    assert [0] == frontier(energies, accuracies, lambda a, b: False)
    known |= {(1, 0): True, (2, 1): False}
    assert [0, 1] == frontier(energies, accuracies, lambda a, b: known[a, b])
