"""The Zephyr module: its devicetree, its sources, and what they do on a stub kernel."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).resolve().parents[2]
MODULE = ROOT / "firmware_models" / "zephyr"
DRIVER = ROOT / "firmware_models" / "driver"
STUBS = ROOT / "tests" / "c" / "zephyr"
SOURCE = MODULE / "drivers" / "edgeferro.c"
WARNINGS = "-std=gnu11 -Wall -Wextra -Wconversion -Wstrict-prototypes -Werror".split()
NODE = {"base": 0x5F000000, "line": 31, "priority": 3}


def binding() -> dict[str, Any]:
    """The block's binding."""
    paths = list((MODULE / "dts").rglob("*.yaml"))
    assert ["edgeferro,controller.yaml"] == [path.name for path in paths]
    found: dict[str, Any] = yaml.safe_load(paths[0].read_text())
    return found


def words(**given: Any) -> str:
    """What Zephyr's own generator gives a driver of one such node, by the binding."""
    bound = binding()
    place = "EDT_" + re.sub(r"\W", "_", bound["compatible"])
    lines = [
        "// SPDX-License-Identifier: Apache-2.0",
        f"#define {place}_FOREACH_OKAY(define) define(0)",
        f"#define {place}_0_ORD 7",
        f"#define EDT_7_REG_ADDR {NODE['base']:#x}u",
        f"#define {place}_0_IRQN {NODE['line']}u",
        f"#define {place}_0_IRQ_priority {NODE['priority']}u",
        "#define EDT_LABEL_edgeferro 0",
        f"#define EDT_BASE {NODE['base']:#x}u",
        f"#define EDT_LINE {NODE['line']}u",
        f"#define EDT_PRIORITY {NODE['priority']}u",
    ]
    values = {}
    for name, about in bound["properties"].items():
        if "type" not in about:
            continue  # of base.yaml
        values[name] = given.pop(name, about.get("default", False))
        word = f"{place}_0_P_{name.replace('-', '_')}"
        if "enum" in about:
            values[name] = about["enum"].index(values[name])
            word += "_ENUM_IDX"
        lines.append(f"#define {word} {int(values[name])}u")
    assert {} == given
    for name, short in {
        "idle-mode": "MODE",
        "timeout-cycles": "TIMEOUT",
        "keep-accumulators": "KEEP",
        "polling": "POLLS",
    }.items():
        lines.append(f"#define EDT_{short} {int(values[name])}u")
    return "\n".join([*lines, ""])


def compiled(folder: Path, compiler: str, *arguments: str, **given: Any) -> None:
    """Compile against the stub kernel; a warning fails."""
    (folder / "edt.h").write_text(words(**given))
    if compiler != "gcc":  # no libc here: Zephyr's has these numbers
        names = ["NODEV", "INVAL", "TIMEDOUT", "BUSY", "NODATA", "CANCELED", "IO"]
        names += ["AGAIN", "NOTSUP"]
        numbers = [f"#define E{name} {i}" for i, name in enumerate(names, 1)]
        (folder / "errno.h").write_text("\n".join([*numbers, ""]))
    includes = [STUBS, MODULE / "include", DRIVER, ROOT / "csrc" / "include", folder]
    flags = [f"-I{path}" for path in includes]
    settings = {"INIT_PRIORITY": 50, "TICK_MS": 100, "LOG_LEVEL": 3}
    flags += [f"-DCONFIG_EDGEFERRO_{n}={v}" for n, v in settings.items()]
    done = subprocess.run(
        [compiler, *WARNINGS, *flags, *arguments],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert "" == done.stderr
    assert 0 == done.returncode


def test_binding_is_what_the_driver_reads() -> None:
    """Every property of the binding is read, nothing else is, by one compatible."""
    bound, text = binding(), SOURCE.read_text()
    assert "edgeferro,controller" == bound["compatible"]
    name = re.search(r"#define DT_DRV_COMPAT (\w+)", text)
    assert name is not None
    assert re.sub(r"\W", "_", bound["compatible"]) == name[1]
    typed = {n: p for n, p in bound["properties"].items() if "type" in p}
    read = re.findall(r"DT_INST_(?:PROP|ENUM_IDX)\(n, (\w+)\)", text)
    assert sorted(n.replace("-", "_") for n in typed) == sorted(read)
    assert {"reg", "interrupts"} == set(bound["properties"]) - set(typed)
    for one in bound["properties"].values():
        assert one["description"]
    assert all(p["type"] in {"string", "boolean", "int"} for p in typed.values())
    required = [n for n, p in bound["properties"].items() if p.get("required")]
    assert ["reg", "interrupts"] == required
    vendors = (MODULE / "dts" / "bindings" / "vendor-prefixes.txt").read_text()
    assert vendors.startswith(bound["compatible"].partition(",")[0] + "\t")


def test_modes_are_those_of_the_map() -> None:
    """idle-mode counts as POWER.mode does, the timeout as the driver's own."""
    from edgeferro.core.register_map import ENUMS

    typed = binding()["properties"]
    assert list(ENUMS["mode"]) == typed["idle-mode"]["enum"]
    assert typed["idle-mode"]["default"] in ENUMS["mode"]
    header = (DRIVER / "ef_driver.h").read_text()
    own = re.search(r"EFD_TIMEOUT_CYCLES (\d+)u", header)
    assert own is not None
    assert int(own[1]) == typed["timeout-cycles"]["default"]


def test_overlay_keeps_to_the_binding() -> None:
    """The sample's node has what is required, and properties of the binding alone."""
    overlay = (MODULE / "samples" / "classify" / "app.overlay").read_text()
    node = re.search(r"edgeferro: edgeferro@(\w+) \{(.*?)\};", overlay, re.S)
    assert node is not None
    names = set(re.findall(r"^\s+([\w-]+)(?= =|;)", node[2], re.M))
    assert {"compatible", "reg", "interrupts"} < names
    known = {*binding()["properties"], "compatible", "interrupt-parent"}
    assert set() == names - known
    assert f"reg = <0x{node[1]} 0x1000>" in node[2]
    mode = re.search(r'idle-mode = "(\w+)"', node[2])
    assert mode is not None
    assert mode[1] in binding()["properties"]["idle-mode"]["enum"]


def test_module_names_files_that_are_there() -> None:
    """Module, CMakeLists.txt and Kconfig name what exists, and all of the driver."""
    build = yaml.safe_load((MODULE / "zephyr" / "module.yml").read_text())["build"]
    assert (MODULE / build["kconfig"]).is_file()
    assert (MODULE / build["cmake"] / "CMakeLists.txt").is_file()
    assert (MODULE / build["settings"]["dts_root"] / "dts" / "bindings").is_dir()
    cmake = (MODULE / "CMakeLists.txt").read_text()
    named = set(re.findall(r"\{EDGEFERRO_DRIVER\}/(\w+\.c)", cmake))
    assert {path.name for path in DRIVER.glob("*.c")} == named
    assert (MODULE / "drivers" / "edgeferro.c").is_file()
    kconfig = (MODULE / "Kconfig").read_text()
    assert "DT_HAS_EDGEFERRO_CONTROLLER_ENABLED" in kconfig
    declared = {f"CONFIG_{name}" for name in re.findall(r"config (EDGE\w+)", kconfig)}
    asked = set(re.findall(r"CONFIG_EDGEFERRO\w*", SOURCE.read_text()))
    assert {"CONFIG_EDGEFERRO_LOG_LEVEL"} == asked - declared  # of log_config


@pytest.mark.parametrize("power", [True, False], ids=["pm", "no pm"])
@pytest.mark.parametrize(
    "compiler",
    [
        ("gcc",),
        ("arm-none-eabi-gcc", "-mcpu=cortex-m3", "-mthumb", "-ffreestanding"),
        ("arm-none-eabi-gcc", "-mcpu=cortex-m33", "-mthumb", "-ffreestanding"),
    ],
    ids=["host", "m3", "m33"],
)
def test_sources_compile(
    compiler: tuple[str, ...], tmp_path: Path, power: bool
) -> None:
    """Driver file and sample compile without a warning, with and without PM."""
    extra = ["-DCONFIG_PM_DEVICE=1"] if power else []
    sample = MODULE / "samples" / "classify" / "src" / "main.c"
    for source in (SOURCE, sample):
        out = str(tmp_path / f"{source.stem}.o")
        compiled(tmp_path, *compiler, *extra, "-Os", "-c", str(source), "-o", out)


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Objects of chip, bus and driver: the same for every node."""
    folder = tmp_path_factory.mktemp("emulator")
    includes = [ROOT / "csrc" / part for part in ("include", "core", "bus")]
    flags = [f"-I{path}" for path in (*includes, DRIVER)]
    for part in (ROOT / "csrc" / "core", ROOT / "csrc" / "bus", DRIVER):
        place = folder / part.name  # two of them have a snapshot.c
        place.mkdir()
        paths = [str(path) for path in part.glob("*.c")]
        subprocess.run(["gcc", "-O1", *flags, "-c", *paths], cwd=place, check=True)
    return [str(path) for path in folder.rglob("*.o")]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"polling": True},
        {"idle-mode": "gated", "keep-accumulators": True},
        {"idle-mode": "retained", "timeout-cycles": 5000000},
    ],
    ids=["as it is", "polling", "gated and kept", "retained"],
)
def test_driver_runs_on_a_stub_kernel(
    given: dict[str, Any], tmp_path: Path, emulator: list[str]
) -> None:
    """Begun, classified, learned, locked, suspended and resumed as the node says.

    A kernel of one thread around the emulated bus: who waits sleeps until the line
    interrupts, a node that polls never sleeps; without a block the device isn't ready.
    """
    program = tmp_path / "kernel"
    sample = str(tmp_path / "sample.o")
    source = str(MODULE / "samples" / "classify" / "src" / "main.c")
    compiled(tmp_path, "gcc", "-Dmain=sample_main", "-c", source, "-o", sample, **given)
    rest = [str(SOURCE), str(STUBS / "kernel.c"), sample, *emulator]
    out = ["-Wno-conversion", "-DCONFIG_PM_DEVICE=1", "-O1", "-o", str(program)]
    compiled(tmp_path, "gcc", *rest, *out, **given)
    done = subprocess.run([program], capture_output=True, encoding="utf-8", check=False)
    assert (0, "class 0, status 0\n") == (done.returncode, done.stdout)
