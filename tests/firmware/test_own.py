"""Programs of one's own: deaths, cuts, a memory that lasts, nothing stale."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from own_program import program, run, tiny

import edgeferro as ef
from edgeferro.core.port import Access
from edgeferro.firmware import build, images, objects
from edgeferro.firmware.session import Result


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder of compiled sources for those that don't ask about it."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def apart(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled sources go to a folder of the tests' own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(shared))


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was compiled before."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_static_memory_begins_anew_and_nvm_stays(tmp_path: Path) -> None:
    """Each start is one from reset; what lasts is in the non-volatile memory."""
    session = ef.Firmware(program(tmp_path)).session(data=tiny())
    assert [1, 1] == session.run().values[:2]
    assert [1, 2] == session.run().values[:2]
    assert 2 == session.nvm[3]


def test_steps_of_an_own_program(tmp_path: Path) -> None:
    """It is stepped and cut as a shipped one."""
    session = ef.Firmware(program(tmp_path)).session(data=tiny())
    session.start()
    assert Access("nvm read", 3, 0) == session.here
    assert Access("nvm write", 3, 1) == session.step(2)
    session.stop()
    assert isinstance(session.here, Result)
    assert "power was cut" == session.here.status
    assert 0 == session.nvm[3]
    assert "power was cut" == session.run(cut=3).status
    assert 1 == session.nvm[3]


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        ("*(volatile int *)0 = 1;", r"signal 11 \(SIGSEGV\) in own \(own.c:12\): addr"),
        ("volatile int n = 0; n = 7 / n;", r"signal 8 \(SIGFPE\) in own \(own.c:12\)"),
        ("for (;;) {}", r"didn't end within 0.5 s: it is still running in own"),
        ("for (;;) { fw_mark(0); fw_nvm_read(0); }", r"didn't end within 0.5 s"),
        (
            "volatile char big[1 << 26]; big[0] = 1; fw_say(world->report, big[0]);",
            r"stack overflow in own|SIGSEGV",
        ),
    ],
)
def test_deaths_are_told(tmp_path: Path, planted: str, said: str) -> None:
    """Where and why, in one line; the process and the session go on."""
    done = run(program(tmp_path, planted), "--timeout", "0.5")
    assert 0 != done.returncode
    assert re.search(said, done.stderr), done.stderr
    assert 1 == len(done.stderr.strip().splitlines())
    assert "ok" == ef.Firmware(program(tmp_path)).run(data=tiny()).status


def test_a_recursion_is_a_stack_overflow(tmp_path: Path) -> None:
    """A stack that runs out is called that, with the function."""
    planted = "if (world) { volatile char big[999]; big[9] = 1; starts += big[9] + "
    done = run(program(tmp_path, f"{planted} (uint32_t)own(world); }}"))
    assert "own died: stack overflow" in done.stderr


def test_warnings_are_shown_each_time(tmp_path: Path) -> None:
    """Also where the object was there already; as a warning from Python."""
    path = program(tmp_path, "if (starts = 1u) {}")
    for _ in range(2):
        done = run(path)
        assert 0 == done.returncode, done.stderr
        assert "own.c:12:9: warning: suggest parentheses" in done.stderr
    with pytest.warns(UserWarning, match="suggest parentheses"):
        ef.Firmware(path).session(data=tiny())


def test_errors_are_one_line(tmp_path: Path) -> None:
    """The first, without folders, and how many more there are."""
    for planted, said in (
        ("int n", "own.c:13:5: error: expected"),
        (
            "extern void gone(void); gone(); gone();",
            "undefined reference to `gone'",
        ),
    ):
        done = run(program(tmp_path, planted))
        assert 0 != done.returncode
        assert 1 == len(done.stderr.strip().splitlines()), done.stderr
        assert said in done.stderr


def aged(*paths: Path) -> None:
    """All of one moment, not just now: what was just written is not kept."""
    for each in paths:
        os.utime(each, ns=(10**18, 10**18))


def compiled(path: Path) -> list[str]:
    """Names of the sources that were compiled, not found, for a session of it."""
    found: list[str] = []
    real = objects.compile_source

    def watched(line: Any, source: Path, *more: Any) -> Any:
        done = real(line, source, *more)
        if not done.cached:
            found.append(source.name)
        return done

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "compile_source", watched)
        ef.Firmware(path).session(data=tiny())
    return sorted(found)


@pytest.mark.usefixtures("empty")
def test_only_what_changed_is_compiled(tmp_path: Path) -> None:
    """A source, a header it reads, a header that now comes before another."""
    path = program(tmp_path, '#include "mine.h"')
    header = tmp_path / "mine.h"
    header.write_text("fw_say(world->report, 7u);\n")

    aged(path, header)
    assert {"own.c", "fw.c", "guest.c"} <= set(compiled(path))
    assert [] == compiled(path)
    header.write_text("fw_say(world->report, 8u);\n")
    aged(header)  # the same length, the same time: only the bytes tell
    assert ["own.c"] == compiled(path)
    assert [] == compiled(path)
    assert 8 in ef.Firmware(path).run(data=tiny()).values
    (tmp_path / "fw.h").write_text('#include "../../fw.h"\n')  # comes first now
    with pytest.raises(ef.StateError, match=r"fatal error: ../../fw.h"):
        compiled(path)


@pytest.mark.usefixtures("empty")
def test_a_damaged_object_is_compiled_again(tmp_path: Path) -> None:
    """What is found is checked against its digest."""
    path = program(tmp_path)
    aged(path)
    compiled(path)
    assert [] == compiled(path)
    for each in objects.cache_folder().glob("*.o"):
        each.write_bytes(each.read_bytes()[:-1] + b"x")
    assert {"own.c", "fw.c", "guest.c"} <= set(compiled(path))


def test_sources_that_read_more_are_not_kept(tmp_path: Path) -> None:
    """What a compiler doesn't tell of can't be checked."""
    path = program(tmp_path, 'fw_say(world->report, sizeof __DATE__); // "incbin"')
    compiled(path)
    assert ["own.c"] == compiled(path)


def test_traces_of_an_own_program(tmp_path: Path) -> None:
    """Accesses of bus and memory with their own fields; a waveform without a date."""
    path = program(tmp_path, "port->write(port->context, 0, 5);")
    lines, vcd = tmp_path / "t.jsonl", tmp_path / "t.vcd"
    texts = []
    for _ in range(2):
        done = run(path, "--trace", str(lines), "--vcd", str(vcd))
        assert 0 == done.returncode, done.stderr
        texts.append((lines.read_text(), vcd.read_text()))
    assert texts[0] == texts[1]
    assert "$date" not in texts[0][1]
    assert "$version edgeferro" in texts[0][1]
    assert "$var string 1" in texts[0][1]
    events = [json.loads(line) for line in texts[0][0].splitlines()]
    assert [
        {"cycle": 0, "kind": "nvm read", "word": 3, "data": 0},
        {"cycle": 0, "kind": "nvm read", "word": 3, "data": 0},
        {"cycle": 0, "kind": "nvm write", "word": 3, "data": 1},
    ] == events[:3]
    refused = next(e for e in events if e["kind"] == "refused")
    assert {
        "cycle": 4,
        "kind": "refused",
        "register": "ID",
        "address": 0,
        "access": "write",
        "errors": ["read_only"],
        "data": 5,
    } == refused
    assert ["refused", "read"] == [e["kind"] for e in events if "register" in e]


def test_nvm_file_and_cuts(tmp_path: Path) -> None:
    """The memory goes on from its file; power is lost where it is asked for."""
    path, nvm = program(tmp_path), tmp_path / "n.bin"
    out = tmp_path / "a.json"
    for expected in (1, 2):
        done = run(path, "--nvm", str(nvm), "--json", str(out))
        assert 0 == done.returncode, done.stderr
        assert expected == json.loads(out.read_text())["values"][1]
    assert [0, 0, 0, 2] == np.frombuffer(nvm.read_bytes(), "<u4").tolist()[:4]
    # before the write, then behind it: one start of three writes, the last does too
    done = run(path, *"--cut 2 --cut access:3".split(), "--json", str(out))
    assert 0 == done.returncode, done.stderr
    assert 2 == json.loads(out.read_text())["values"][1]
    nvm.write_bytes(bytes(255))
    done = run(path, "--nvm", str(nvm))
    assert "has 255 bytes, not 256" in done.stderr
    done = run(path, "--cut", "99")
    assert "--cut: 99 is beyond the program's end" in done.stderr


def test_files_are_kept(tmp_path: Path) -> None:
    """Image, map and data lie in the folder, with lines for a debugger."""
    done = run(program(tmp_path), "--keep", str(tmp_path))
    assert 0 == done.returncode, done.stderr
    for ending in ("so", "map", "bin"):
        assert (tmp_path / f"own-host.{ending}").stat().st_size > 100


@pytest.mark.slow
def test_a_breakpoint_in_gdb(tmp_path: Path) -> None:
    """An image waits, gdb stops it in the program's function, and it goes on."""
    for tool in ("gdb-multiarch", "qemu-system-arm", "arm-none-eabi-gcc"):
        if shutil.which(tool) is None:
            pytest.skip(f"needs {tool}")
    said: list[str] = []

    def drive(line: str) -> None:
        found = re.fullmatch(r"gdb-multiarch (\S+) -ex 'target remote :(\d+)'", line)
        assert found is not None
        script = ["set tcp connect-timeout 60", f"target remote :{found[2]}"]
        script += ["break own", "continue", "backtrace 1", "delete", "continue"]
        words = [word for step in script for word in ("-ex", step)]
        processes.append(
            subprocess.Popen(
                ["gdb-multiarch", "-batch", *words, found[1]],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
            )
        )
        said.append(line)

    processes: list[subprocess.Popen[str]] = []
    firmware = ef.Firmware(program(tmp_path))
    package = firmware.session(data=tiny()).package
    own = firmware._own
    how = images.Running(keep=tmp_path, debugger=drive)
    result = images.run_image(package, "cortex-m3", own=own, how=how)
    text = processes[0].communicate(timeout=60)[0]
    assert "ok" == result.status
    assert re.search(r"#0 +own \(world=", text), text
    assert 1 == len(said)
