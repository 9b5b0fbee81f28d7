"""Bring the texts that live beside their code into the site, links mended.

In the repository every link leads to a file, so that it works where the sources are
read; in the site it leads to that file's page, or is plain text where there is none.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

__all__ = ["PAGES", "on_files", "on_page_markdown", "public_names", "relink"]

ROOT = Path(__file__).resolve().parents[2]
PAGES = {
    "csrc/SPEC.md": "SPEC.md",
    "csrc/REGISTERS.md": "REGISTERS.md",
    "firmware_models/README.md": "firmware-programs.md",
    "firmware_models/COST.md": "firmware-cost.md",
    "benchmarks/README.md": "benchmarks.md",
    "edgeferro/shipped/data/README.md": "data.md",
    "tests/c/ANALYSIS.md": "analysis.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changes.md",
    "README.md": "index.md",
}
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)#\s]+)(#[^)\s]*)?\)")
_NAME = re.compile(r" as (\w+)$", re.MULTILINE)
_CODE = re.compile(r"^```.*?^```$|^(?: {4}.*\n?)+", re.MULTILINE | re.DOTALL)


def relink(text: str, source: str) -> str:
    """Point the links of a text, given by its path in the repository, into the site."""

    def mend(match: re.Match[str]) -> str:
        picture, shown, target, anchor = match.groups()
        if re.match(r"[a-z]+:", target):
            return match.group()
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        page = PAGES.get(path, path.removeprefix("docs/"))
        if path in PAGES or path.startswith("docs/"):
            return f"{picture}[{shown}]({page}{anchor or ''})"
        return f"{shown} (`{path}`)" if f"`{path}`" != shown else shown

    parts, at = [], 0
    for code in _CODE.finditer(text):
        parts += [_LINK.sub(mend, text[at : code.start()]), code.group()]
        at = code.end()
    return "".join([*parts, _LINK.sub(mend, text[at:])])


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that are not in docs/."""
    for source, page in PAGES.items():
        if source == "README.md":
            continue  # docs/index.md is the site's own first page
        text = relink((ROOT / source).read_text(encoding="utf-8"), source)
        files.append(File.generated(config, page, content=text))
    return files


def public_names() -> list[str]:
    """Names that ``import edgeferro`` gives, as its stub lists them."""
    stub = (ROOT / "edgeferro" / "__init__.pyi").read_text(encoding="utf-8")
    return sorted(set(_NAME.findall(stub)) - {"__version__"}, key=str.lower)


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Mend the links of the pages in docs/, and list the public names where asked."""
    if page.file.generated_by:
        return markdown
    names = "\n\n".join(f"::: edgeferro.{name}" for name in public_names())
    markdown = markdown.replace("<!-- public names -->", names)
    return relink(markdown, f"docs/{page.file.src_uri}")
