"""Lines and branches that the tests run, against floors that hold today."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

FLOORS = {"C lines": 98, "C branches": 93, "Python lines": 95, "Python branches": 89}


def found(folder: Path) -> dict[str, float]:
    """Percentages in the reports of a folder."""
    c: dict[str, Any] = json.loads((folder / "c.json").read_text())
    totals: dict[str, Any] = json.loads((folder / "python.json").read_text())["totals"]
    return {
        "C lines": c["line_percent"],
        "C branches": c["branch_percent"],
        "Python lines": 100 * totals["covered_lines"] / totals["num_statements"],
        "Python branches": 100 * totals["covered_branches"] / totals["num_branches"],
    }


def main() -> int:
    """Print a line for each; 1 if one is below its floor."""
    below = False
    for name, percent in found(Path(sys.argv[1])).items():
        low = percent < FLOORS[name]
        below = below or low
        mark = "  below" if low else ""
        print(f"{name:16} {percent:5.1f} %, floor {FLOORS[name]} %{mark}")
    print(f"which ones are not run: {sys.argv[1]}/c.txt and python.txt")
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
