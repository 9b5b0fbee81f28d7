"""The pages do what they say: their code runs, their outputs come, their links lead.

A fenced block is one of these:

- python, sh: runs, in the page's own folder, block after block, names kept;
- toml, csv, c, make with a title: is written to the file of that name;
- text: output; each of its lines stands in what the block above it printed.

A comment before a block says what is otherwise: ``<!-- slow -->`` runs with the slow
tests only, ``<!-- refused -->`` must end with exit code 2, and
``<!-- not run: why -->`` must at least name commands and options that exist.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from console import call

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(
    r"(?:^<!-- (?P<note>[^\n]*?) -->\n)?"
    r"^```(?P<language>\w*)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
WRITTEN = {"toml", "csv", "c", "make"}


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    note: str
    language: str
    title: str
    text: str


def blocks(page: Path) -> list[Block]:
    """Blocks of a page, from top to bottom."""
    found = FENCE.finditer(page.read_text(encoding="utf-8"))
    return [Block(**{k: v or "" for k, v in m.groupdict().items()}) for m in found]


def plain(text: str) -> str:
    """Text without frames of tables and with single spaces."""
    return re.sub(r"[\s│┃─━┄]+", " ", text)


class Reader:
    """Somebody who types a page from top to bottom."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "desk"
        self.folder.mkdir()
        self.names: dict[str, Any] = {}
        tools = folder / "bin"
        tools.mkdir()
        command = f'exec {shlex.quote(sys.executable)} -P -m edgeferro "$@"\n'
        (tools / "edgeferro").write_text(f"#!/bin/sh\n{command}")
        (tools / "edgeferro").chmod(0o755)
        path = f"{tools}{os.pathsep}{os.environ['PATH']}"
        self.environment = os.environ | {
            "PATH": path,
            "PYTHON": sys.executable,
        }
        self.printed = ""

    def type(self, text: str) -> tuple[int, str]:
        """Exit code and output: of commands alone in this process, else of a shell."""
        lines = [shlex.split(line) for line in text.replace("\\\n", " ").splitlines()]
        if all(line[:1] == ["edgeferro"] for line in lines) and not (
            {">", "sweep"} & {word for line in lines for word in line}
        ):  # a sweep's workers would stay, in the folder that they began in
            every = [call(*line[1:]) for line in lines]
            codes = [done.returncode for done in every]
            return max(codes), plain("".join(d.stdout + d.stderr for d in every))
        done = subprocess.run(
            ["sh", "-e", "-u", "-c", text],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, plain(done.stdout + done.stderr)

    def do(self, block: Block) -> None:
        """Run, write or compare one block."""
        if block.title and block.language in WRITTEN:
            (self.folder / block.title).write_text(block.text)
        elif block.language == "python":
            with redirect_stdout(StringIO()) as printed:
                exec(compile(block.text, "page", "exec"), self.names)
            self.printed = plain(printed.getvalue())
        elif block.language == "sh":
            code, self.printed = self.type(block.text)
            expected = 2 if block.note == "refused" else 0
            assert expected == code, block.text + self.printed
        else:
            for line in block.text.splitlines():
                assert plain(line).strip() in self.printed, line


def read(
    page: Path, folder: Path, patch: pytest.MonkeyPatch, *, slowly: bool = False
) -> None:
    """Do a page's blocks in order, those marked slow only when asked."""
    reader = Reader(folder)
    patch.chdir(reader.folder)
    patch.setenv("COLUMNS", "200")
    left_out = False
    for block in blocks(page):
        if block.language != "text":  # an output belongs to the block above it
            slow = block.note == "slow" and not slowly
            left_out = slow or block.note.startswith("not run")
        if not left_out:
            reader.do(block)


def name(page: Path) -> str:
    """Name of a page in a test's name."""
    return page.stem


# The README's code is test_readme's affair, figures and their commands test_results'.
WITH_CODE = [
    p
    for p in PAGES[1:]
    if p.stem != "results" and any(b.language in {"python", "sh"} for b in blocks(p))
]
SLOW = [p for p in WITH_CODE if any("slow" == b.note for b in blocks(p))]


@pytest.mark.parametrize("page", WITH_CODE, ids=name)
def test_quick_blocks_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a page says to type runs, and prints what the page says it does."""
    read(page, tmp_path, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("page", SLOW, ids=name)
def test_all_blocks_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same with the blocks that take longer than a few seconds."""
    read(page, tmp_path, monkeypatch, slowly=True)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_blocks_are_of_a_known_kind(page: Path) -> None:
    """Each block runs, is a file, is output, or says why it is not run."""
    for block in blocks(page):
        known = {"python", "sh", "text"} | (WRITTEN if block.title else set())
        assert block.language in known, block
        assert re.fullmatch(r"|slow|refused|not run: .+", block.note), block
    outside = FENCE.sub("", page.read_text(encoding="utf-8"))
    assert [] == re.findall(r"\n\n {4}\S.*", outside)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page is a file, and every anchor a heading."""
    text = page.read_text(encoding="utf-8")
    for target, anchor in re.findall(r"\]\(([^)#\s]*)#?([^)\s]*)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        found = (page.parent / target) if target else page
        assert found.exists(), target
        if anchor and found.suffix == ".md":
            heads = re.findall(
                r"^#+ (.*)$", found.read_text(encoding="utf-8"), re.MULTILINE
            )
            slugs = {re.sub(r"[^\w -]", "", h).strip().lower() for h in heads}
            assert anchor in {re.sub(r"[ -]+", "-", slug) for slug in slugs}, anchor


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_exist(page: Path) -> None:
    """Every command of a page, run or not, is one, and has the options it is given."""
    from click import Context
    from typer.main import get_command

    from edgeferro.cli import app

    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    found = re.findall(r"`(edgeferro [^`\n]*)`", text)
    for block in blocks(page):
        if block.language == "sh":
            lines = block.text.replace("\\\n", " ").splitlines()
            found += [m for x in lines for m in re.findall(r"\bedgeferro [^;&|#>]*", x)]
    for line in found:
        command: Any = get_command(app)
        words = line.split()[1:]
        while words and hasattr(command, "commands"):
            if words[0].startswith("-") or not re.fullmatch(r"[a-z]+", words[0]):
                break  # an option of the group, or "edgeferro ..." in a sentence
            assert words[0] in command.commands, line
            command = command.commands[words.pop(0)]
        known = {o for p in command.get_params(Context(command)) for o in p.opts}
        for option in re.findall(r"(?<!\S)--[a-z-]+", " ".join(words)):
            assert option in known, f"{line}: {option}"
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"\bmake ([a-z]+)\b(?=`| *$| *#)", text, re.MULTILINE):
        assert f"\n{target}:" in makefile, target
