"""What is built and shipped."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from edgeferro._core import ffi

ROOT = Path(__file__).resolve().parents[2]
SIZES = (
    "ef_site_config ef_layer_config ef_config ef_fault ef_site_stats ef_account "
    "ef_pulse_tally ef_tally ef_gradient_account ef_pulse ef_trace ef_layer_info"
).split()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-P", "-m", "pip", "wheel", "--quiet", "--no-deps"]
    subprocess.run([*command, str(ROOT), "-w", str(folder)], check=True)
    return next(folder.glob("*.whl"))


@pytest.mark.slow
def test_wheel(wheel: Path) -> None:
    """One abi3 wheel with data, types, licences and C to build upon; at most 8 MB."""
    assert "-cp311-abi3-" in wheel.name
    with zipfile.ZipFile(wheel) as archive:
        entries = {i.filename: i.file_size for i in archive.infolist()}
    inside = {name for name in entries if name.startswith("edgeferro/")}
    wanted = {"py.typed", "shipped/data/watch.npz", "shipped/data/watch.LICENSE.txt"}
    wanted |= {
        "shipped/devices/hzo-200ns.toml",
        "shipped/profiles/watch-hzo-200ns.toml",
    }
    wanted |= {"shipped/data/kdd_example.npz", "shipped/data/reference_points.toml"}
    wanted |= {"shipped/prices/cmos-130nm-mixed.toml", "budget/page.html.j2"}
    wanted |= {"cli/commands.py", "shipped/cores/rv32.toml"}
    wanted |= {"shipped/data/instructions.toml"}
    assert {f"edgeferro/{name}" for name in wanted} <= inside
    assert any(name.startswith("edgeferro/_core") for name in inside)
    sources = {name for name in entries if name.startswith("edgeferro/sources/")}
    assert "edgeferro/sources/csrc/include/ef_bus.h" in sources
    for name in ("driver/ef_driver.c", "alternative/alternative.c"):
        assert f"edgeferro/sources/firmware_models/{name}" in sources
    others = set(entries) - sources
    assert not [n for n in others if n.endswith((".c", ".h")) or "tests/" in n]
    assert "edgeferro/_ffi_build.py" not in entries
    assert sum(entries.values()) <= 8 * 2**20


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source archive of the checkout."""
    folder = tmp_path_factory.mktemp("sdist")
    code = (
        "import sys; from scikit_build_core.build import build_sdist;"
        "print(build_sdist(sys.argv[1]))"
    )
    command = [sys.executable, "-P", "-c", code, str(folder)]
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
    return next(folder.glob("*.tar.gz"))


@pytest.mark.slow
def test_sdist(sdist: Path) -> None:
    """The source archive has what the two commands need, and all that is committed."""
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {"Makefile", "CMakeLists.txt", "LICENSE", "README.md", "csrc/SPEC.md"}
    wanted |= {"csrc/include/edgeferro.h", "tests/c/cross.py", "tests/golden/chip.py"}
    wanted |= {"firmware_models/targets/cortex-m3/link.ld", "benchmarks/README.md"}
    wanted |= {"edgeferro/_ffi_build.py", "edgeferro/shipped/data/watch.npz"}
    assert wanted <= names
    command = ["git", "ls-files", "-z"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("not a checkout")
    committed = {name for name in done.stdout.split("\0") if name}
    assert {".ci/run"} >= committed - names  # of the house that builds it


@pytest.mark.slow
def test_sdist_makes_the_same_wheel(sdist: Path, wheel: Path, tmp_path: Path) -> None:
    """Built from the source archive in a clean folder, the wheel has the same files."""
    command = [sys.executable, "-P", "-m", "pip", "wheel", "--quiet", "--no-deps"]
    subprocess.run([*command, sdist, "-w", tmp_path], check=True, cwd=tmp_path)
    (other,) = tmp_path.glob("*.whl")
    assert other.name == wheel.name
    with zipfile.ZipFile(other) as found, zipfile.ZipFile(wheel) as expected:
        assert expected.namelist() == found.namelist()
        for name in expected.namelist():
            if name.endswith((".py", ".pyi", ".toml", ".c", ".h")):
                assert expected.read(name) == found.read(name), name


def test_declarations_are_the_header(tmp_path: Path) -> None:
    """What Python thinks of the structs' sizes is what a C compiler thinks."""
    lines = "".join(f'printf("%zu\\n", sizeof(struct {name}));' for name in SIZES)
    program = tmp_path / "sizes.c"
    program.write_text(
        f'#include <stdio.h>\n#include "edgeferro.h"\nint main(void) {{ {lines} }}\n'
    )
    binary = tmp_path / "sizes"
    command = ["gcc", f"-I{ROOT / 'csrc' / 'include'}", str(program), "-o", str(binary)]
    subprocess.run(command, check=True)
    text = subprocess.run([binary], check=True, capture_output=True, text=True).stdout
    assert [int(n) for n in text.split()] == [ffi.sizeof(f"struct {n}") for n in SIZES]


def test_import_is_light() -> None:
    """``import edgeferro`` brings in neither scikit-learn nor pydantic nor plots."""
    code = (
        "import sys, edgeferro;"
        "print([m for m in ('sklearn', 'pydantic', 'matplotlib', 'numpy')"
        " if m in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=ROOT / "tests"
    )
    assert "[]" == done.stdout.strip()
