"""The driver's sources: both languages, MISRA's findings, size, names."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from edgeferro.firmware.cost import driver_sizes

ROOT = Path(__file__).parents[2]
DRIVER = ROOT / "firmware_models" / "driver"
SOURCES = sorted(DRIVER.glob("*.c"))
INCLUDES = [f"-I{DRIVER}", f"-I{ROOT / 'csrc' / 'include'}"]
STRICT = ["-Wall", "-Wextra", "-Wconversion", "-Wpedantic", "-Werror"]

# Of the sources, not of the header that the map makes (2.4, 2.5: what is unused there).
MISRA = {
    "11.4": 1,  # a base becomes a pointer, once: where there is no port
    "20.10": 1,  # names of fields are put together
}


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """A tool, and what it said."""
    return subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
@pytest.mark.parametrize(
    "compiler", [("gcc", "-xc", "-std=c11"), ("g++", "-xc++", "-std=c++17")], ids=str
)
def test_driver_compiles_strictly_in_both_languages(
    source: Path, compiler: tuple[str, ...]
) -> None:
    """C11 and C++17 take each file without a warning."""
    if shutil.which(compiler[0]) is None:
        pytest.skip(f"needs {compiler[0]}")
    done = run(*compiler, *STRICT, *INCLUDES, "-fsyntax-only", source)
    assert (0, "") == (done.returncode, done.stderr)


@pytest.mark.skipif(shutil.which("cppcheck") is None, reason="needs cppcheck")
def test_misra_finds_no_more_than_is_said() -> None:
    """MISRA C:2012 by cppcheck: each finding in the sources is explained."""
    done = run(
        *("cppcheck", "--addon=misra", "--enable=style", "--std=c11", "-q"),
        *("--suppress=missingIncludeSystem", *INCLUDES, *SOURCES),
    )
    found = re.findall(r"^(\S+?):\d+.*\[misra-c2012-([\d.]+)\]$", done.stderr, re.M)
    rules = Counter(
        rule
        for name, rule in found
        if rule not in {"2.4", "2.5"} and DRIVER.name in Path(name).parts
    )
    assert len(found) > len(rules) > 0
    assert MISRA == rules


@pytest.mark.skipif(
    shutil.which("arm-none-eabi-gcc") is None, reason="needs the cross compiler"
)
def test_driver_stays_small() -> None:
    """At -Os on Cortex-M3: all of the driver 8 KiB, no RAM, no heap, no float."""
    sizes = driver_sizes()
    names = [source.name for source in SOURCES]
    driver = [size for size in sizes if size.name in names]
    assert names == [size.name for size in driver]
    assert sum(size.text for size in driver) <= 8 * 1024
    assert [0] * len(driver) == [size.data + size.bss for size in driver]
    for size in sizes:
        heap = {"malloc", "calloc", "realloc", "free"} & set(size.undefined)
        floats = [n for n in size.undefined if re.match(r"__aeabi_[fd]|__.*[sd]f\d", n)]
        assert not heap, size.name
        assert not floats, size.name
        assert max(size.stack.values()) <= 2048, size.name


def test_names_of_the_driver_are_its_own(tmp_path: Path) -> None:
    """What the driver exports begins with efd_, what it defines with EFD_ or EF_."""
    text = (DRIVER / "ef_driver.h").read_text(encoding="utf-8")
    macros = re.findall(r"^#define (\w+)", text, re.M)
    assert len(macros) > 2
    assert not [name for name in macros if not name.startswith(("EFD_", "EF_"))]
    exported: list[str] = []
    for source in SOURCES:
        out = tmp_path / f"{source.stem}.o"
        assert (
            0 == run("gcc", "-std=c11", *INCLUDES, "-c", source, "-o", out).returncode
        )
        names = run("nm", "-g", "--defined-only", out).stdout.split()[2::3]
        exported += names
    assert {"efd_open", "efd_interrupt"} <= set(exported)
    assert not [name for name in exported if not name.startswith("efd_")]
    assert len(set(exported)) == len(exported)
