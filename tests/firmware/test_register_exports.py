"""What others read of the register map: SVD, HTML, IP-XACT, SystemVerilog."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import plain
import pytest
from console import call
from whole import changed, whole

from edgeferro.core.bus import Bus
from edgeferro.core.register_map import REGISTERS
from edgeferro.errors import DataError
from edgeferro.firmware.register_exports import export_registers, read_map
from edgeferro.firmware.svd import Place, svd

pytest.importorskip("peakrdl_etana")
ACCESS = {(True, False): "read-only", (False, True): "write-only"}
FULL = 0xFFFFFFFF


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that the command writes, for a block at 0x40012000."""
    found = tmp_path_factory.mktemp("registers")
    export_registers(found, Place(0x40012000, 7, "CM33"))
    return found


def parsed(folder: Path) -> Any:
    """The SVD as ARM's parser of the format reads it."""
    cmsis_svd = pytest.importorskip("cmsis_svd")
    path = str(folder / "edgeferro.svd")
    return cmsis_svd.SVDParser.for_xml_file(path).get_device()


def test_svd_is_valid(folder: Path) -> None:
    """It keeps to the schema of CMSIS-SVD, of the oldest release it is for too."""
    cmsis_svd = pytest.importorskip("cmsis_svd")
    etree = pytest.importorskip("lxml.etree")
    schemas = Path(cmsis_svd.__file__).parent / "schemas"
    document = etree.parse(folder / "edgeferro.svd")
    for version in ("1_3_5", "1_3_11"):
        schema = etree.XMLSchema(etree.parse(schemas / f"CMSIS-SVD_{version}.xsd"))
        assert schema.validate(document), schema.error_log


def test_svd_is_the_map(folder: Path) -> None:
    """Field by field, another's parser reads what SystemRDL's compiler reads."""
    nodes = list(read_map().registers())
    found = parsed(folder).peripherals[0].registers
    assert [node.inst_name for node in nodes] == [one.name for one in found]
    for node, one in zip(nodes, found, strict=True):
        assert node.absolute_address == one.address_offset
        assert one.description.startswith(node.get_property("name") + ". ")
        assert node.get_property("desc") in one.description
        able = (node.has_sw_readable, node.has_sw_writable)
        assert ACCESS.get(able, "read-write") == one.access.value, one.name
        fields = list(node.fields())
        read = sum((2 << f.high) - (1 << f.low) for f in fields if f.is_sw_readable)
        mask = 0 if node.get_property("of_the_chip") else read
        reset = sum((f.get_property("reset") or 0) << f.low for f in fields)
        assert (mask, reset & mask) == (one.reset_mask, one.reset_value), one.name
        assert [f.inst_name for f in fields] == [f.name for f in one.fields]
        for field, part in zip(fields, one.fields, strict=True):
            where = f"{one.name}.{part.name}"
            assert (field.low, field.width) == (part.bit_offset, part.bit_width)
            assert field.get_property("desc") == part.description
            able = (field.is_sw_readable, field.is_sw_writable)
            assert ACCESS.get(able, "read-write") == part.access.value, where
            clears = part.modified_write_values
            expected = field.get_property("onwrite") and "oneToClear"
            assert expected == (clears and clears.value), where
            values = [
                (v.name, v.value, v.description)
                for group in part.enumerated_values or ()
                for v in group.enumerated_values
            ]
            enum = field.get_property("encode") or ()
            assert [(m.name, m.value, m.rdl_desc) for m in enum] == values, where


def test_svd_says_where_the_block_is(folder: Path) -> None:
    """Base, interrupt and processor are those asked for; the version is the map's."""
    device = parsed(folder)
    block = device.peripherals[0]
    assert "4" == device.version
    assert "CM33" == device.cpu.name.value
    assert 0x40012000 == block.base_address
    line = block.interrupts[0]
    assert ("EdgeFerro", 7) == (line.name, line.value)


@pytest.mark.parametrize("busy", [False, True])
def test_a_debuggers_view_changes_nothing(folder: Path, *, busy: bool) -> None:
    """All that may be read without asking is read: only time has passed."""
    chip = Bus(plain.registers([plain.layer(2, 3)]))
    chip.write("CONTROL", 1)
    if busy:
        for code in (10, 20, 30) * 4:
            chip.write("SAMPLE", code)
            if code == 30:
                chip.write("COMMAND", 3)
    assert busy == chip.field("STATUS.busy")
    before, errors = whole(chip), chip.errors()
    read = []
    for one in parsed(folder).peripherals[0].registers:
        if one.access.value != "write-only" and one.read_action is None:
            assert chip.access_read(one.address_offset)[0], one.name
            read.append(one.name)
    assert errors == chip.errors()
    if not busy:
        assert set() == changed(before, chip)
    assert {"STATUS", "ERROR", "TALLY_LOW", "LAYER_RATE"} < set(read)
    assert not {"RESULT", "WINDOW", "CYCLE_LOW", "OUTPUT", "SEED_LOW"} & set(read)


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        (
            ("--base", "0x40000100"),
            "--base: 0x40000100 is not a multiple of 0x1000 in 0..0xfffff000; "
            "0x40000000 is",
        ),
        (
            ("--base", "0x100000000"),
            "--base: 0x100000000 is not a multiple of 0x1000 in 0..0xfffff000; "
            "0xfffff000 is",
        ),
        (("--base", "there"), "--base: 'there' is not a number like 0x5F000000"),
        (("--interrupt", "1024"), "--interrupt: 1024 is not in 0..1023"),
        (
            ("--cpu", "CM9"),
            "--cpu: 'CM9' is not one of CM0, CM0PLUS, CM3, CM4, CM7, CM23, CM33, "
            "CM55, other",
        ),
    ],
)
def test_places_that_are_none(
    asked: tuple[str, str], line: str, tmp_path: Path
) -> None:
    """A place that no debugger would take is refused before anything is written."""
    done = call("firmware", "registers", str(tmp_path), *asked)
    assert (2, "", f"edgeferro: {line}\n") == (
        done.returncode,
        done.stdout,
        done.stderr,
    )
    assert [] == list(tmp_path.iterdir())


def test_pages_and_ip_xact(folder: Path) -> None:
    """HTML has a title, values and marks; IP-XACT registers and values."""
    assert "<title>edgeferro registers" in (folder / "html" / "index.html").read_text()
    pages = " ".join(p.read_text() for p in (folder / "html").rglob("*.html"))
    for word in ("NO_CROSSING", "of_the_chip", "write_while_busy", "waits"):
        assert word in pages
    ip_xact = (folder / "edgeferro.ip-xact.xml").read_text()
    for word in ("LAYER_GAIN", "NO_CROSSING", "oneToClear"):
        assert word in ip_xact


def test_notes_name_what_the_block_leaves_out(folder: Path) -> None:
    """Beside the SystemVerilog stand the registers that the bus treats otherwise."""
    notes = (folder / "verilog" / "NOTES.md").read_text()
    words = re.sub(r"\s+", " ", notes)
    silicon = {n: r for n, r in REGISTERS.items() if r.address < 0x800}
    busy = ", ".join(name for name, r in silicon.items() if r.busy)
    waits = ", ".join(name for name, r in silicon.items() if r.waits)
    assert f"only {busy} may be written" in words
    assert f"Nothing waits: {waits} answer at once" in words
    assert "HARNESS" not in notes


@pytest.mark.parametrize(
    "tool",
    [
        ("verilator", "--lint-only", "-Wall", "waivers.vlt"),
        ("iverilog", "-g2012", "-Wall", "-o", "block.vvp"),
    ],
    ids=["verilator", "iverilog"],
)
def test_lint_is_silent(tool: tuple[str, ...], folder: Path) -> None:
    """Neither tool has a warning left, but those waived with a reason."""
    assert shutil.which(tool[0]), "tests/install_tools.sh installs it"
    done = subprocess.run(
        [*tool, "edgeferro.sv"],
        cwd=folder / "verilog",
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)


BENCH = """
module bench;
    reg clk = 0, rst = 1, psel = 0, pwrite = 0, penable = 0;
    reg [11:0] paddr = 0; reg [31:0] pwdata = 0;
    wire pready, pslverr; wire [31:0] prdata;
    edgeferro block (
        .clk, .rst, .s_apb_psel(psel), .s_apb_pwrite(pwrite), .s_apb_penable(penable),
        .s_apb_pprot(3'b0), .s_apb_paddr(paddr), .s_apb_pwdata(pwdata),
        .s_apb_pstrb(4'hf), .s_apb_pready(pready), .s_apb_prdata(prdata),
        .s_apb_pslverr(pslverr){low});
    always #5 clk = !clk;
    task access(input write, input [11:0] address, input [31:0] data);
        begin
            @(negedge clk); psel = 1; penable = 0; pwrite = write;
            paddr = address; pwdata = data;
            @(negedge clk); penable = 1;
            while (!pready) @(negedge clk);
            $display("%0d %h %h %0d", write, address, prdata, pslverr);
            psel = 0; penable = 0;
        end
    endtask
    initial begin
        repeat (3) @(negedge clk); rst = 0;
{accesses}
        $finish;
    end
endmodule
"""


def simulated(block: Path, accesses: list[tuple[int, int, int]]) -> list[list[str]]:
    """Answers of the exported block to (write, address, data), its inputs at 0."""
    text = block.read_text()
    ports = re.findall(r"input wire (?:\[(\d+):0\] )?(hwif_\w+)", text)
    low = "".join(
        f",\n        .{name}({int(high or 0) + 1}'b0)" for high, name in ports
    )
    calls = "\n".join(f"access({w}, 12'h{a:x}, 32'h{d:x});" for w, a, d in accesses)
    bench = block.parent / "bench.sv"
    bench.write_text(BENCH.format(low=low, accesses=calls))
    program = str(block.parent / "bench.vvp")
    subprocess.run(
        ["iverilog", "-g2012", "-o", program, str(bench), str(block)], check=True
    )
    done = subprocess.run(
        ["vvp", "-n", program], capture_output=True, encoding="utf-8", check=True
    )
    lines = [line.split() for line in done.stdout.splitlines()]
    return [line for line in lines if len(line) == 4]


def known(word: str) -> int:
    """A word of the simulator's, unknown digits as 0: what has no reset yet."""
    return int(re.sub("[xX]", "0", word), 16)


def test_the_exported_block_answers_as_the_map_says(folder: Path) -> None:
    """In simulation: error responses, values after reset, what ones and zeros leave."""
    block = folder / "verilog" / "edgeferro.sv"
    silicon = [r for r in REGISTERS.values() if r.address < 0x800]
    read = [(0, r.address, 0) for r in silicon]
    ones = [(1, r.address, r.write & ~r.clear) for r in silicon]
    zeros = [(1, r.address, 0) for r in silicon]
    nowhere = [(0, 0x800, 0), (1, 0x09C, 0), (0, 0xFFC, 0)]
    answers = simulated(block, [*nowhere, *read, *ones, *read, *zeros, *read])
    assert ["1", "1", "1"] == [error for *_, error in answers[:3]]
    rows = [answers[i : i + len(silicon)] for i in range(3, len(answers), len(silicon))]
    assert 5 == len(rows)
    for register, reset, wrote, full, _, empty in zip(silicon, *rows, strict=True):
        assert str(int(not register.read)) == reset[3] == full[3] == empty[3]
        assert str(int(not register.write)) == wrote[3]
        if register.read and not register.of_the_chip:
            assert register.reset == int(reset[2], 16)
        kept = register.write & register.read & ~register.clear
        assert 0 == known(empty[2]) & kept
        assert kept == known(full[2]) & kept


def test_a_place_has_its_page() -> None:
    """From Python, too, a block between two pages is refused."""
    with pytest.raises(DataError, match="--base: 0x4 is not a multiple"):
        Place(4)
    assert svd(read_map(), None) == svd(read_map(), Place(0x5F000000, 31, "CM3"))
