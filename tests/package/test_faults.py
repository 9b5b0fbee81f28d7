"""A package with one fault planted in it turns the tests red that are to catch it.

A tier of its own: ``pytest -m mutation``.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import faults_choices
import faults_figures
import faults_lines
import faults_pays
import faults_pictures
import faults_power
import faults_product
import faults_runs
import faults_said
import faults_seeds
import faults_set_up
import faults_trim
import faults_uncertain
import pytest
from forked import Runner

import edgeferro

TESTS = Path(__file__).resolve().parents[1]
FAULTS = (
    faults_set_up.FAULTS
    | faults_choices.FAULTS
    | faults_figures.FAULTS
    | faults_pictures.FAULTS
    | faults_trim.FAULTS
    | faults_lines.FAULTS
    | faults_product.FAULTS
    | faults_pays.FAULTS
    | faults_uncertain.FAULTS
    | faults_said.FAULTS
    | faults_seeds.FAULTS
    | faults_runs.FAULTS
    | faults_power.FAULTS
)
PACKAGE = Path(edgeferro.__file__).parent
pytestmark = pytest.mark.mutation


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as it is, for all faults."""
    folder = tmp_path_factory.mktemp("package") / "edgeferro"
    shutil.copytree(PACKAGE, folder)
    return folder


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    found = Runner()
    yield found
    found.close()


def run(runner: Runner, copy: Path, *tests: str) -> tuple[int, str]:
    """Run tests against a copy of the package until one of them fails."""
    places = [copy.parent, TESTS, TESTS / "support"]
    options = ["-x", "-q", "-p", "no:cacheprovider", "--rootdir", str(TESTS.parent)]
    options += ["-c", str(TESTS.parent / "pyproject.toml")]
    return runner.run(places, [*options, *(str(TESTS / test) for test in tests)])


@pytest.mark.parametrize("name", FAULTS)
def test_caught(name: str, copy: Path, runner: Runner) -> None:
    """One changed line turns its tests red by an assertion, not by falling over."""
    fault = FAULTS[name]
    place = copy / fault.file
    true = place.read_text(encoding="utf-8")
    count = true.count(fault.before)
    assert 1 == count, f"{fault.file}: {fault.before!r} stands {count} x"
    place.write_text(true.replace(fault.before, fault.after), encoding="utf-8")
    try:
        code, text = run(runner, copy, fault.tests)
    finally:
        place.write_text(true, encoding="utf-8")
    assert 1 == code, text[-2000:]
    assert "AssertionError" in text, text[-2000:]
    assert "error during collection" not in text


def test_the_true_package_passes(copy: Path, runner: Runner) -> None:
    """The same copy without a change is green: it is the change that is caught."""
    code, text = run(runner, copy, *dict.fromkeys(f.tests for f in FAULTS.values()))
    assert 0 == code, text[-2000:]
