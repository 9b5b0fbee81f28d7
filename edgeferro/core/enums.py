"""The enumerations of ``csrc/include``, by the names that Python uses for them.

Numbers and members come from the library: a member that C adds is a name here.
"""

from __future__ import annotations

from typing import Final

from edgeferro._core import ffi, lib

__all__ = [
    "ACCESSES",
    "ARRAY_ACCESSES",
    "BUS_KINDS",
    "COMMANDS",
    "CONTRACT",
    "ERROR_KINDS",
    "EVENTS",
    "EXCESSES",
    "MARKS",
    "OVERFLOWS",
    "PHASES",
    "REFERENCES",
    "ROUNDINGS",
    "RULES",
    "SITES",
    "VERDICTS",
]


def _members(enum: str, prefix: str, space: str = "_") -> dict[str, int]:
    """Numbers of an enumeration by name, without the member that counts them."""
    numbers = ffi.typeof(f"enum {enum}").elements
    names = {number: name.removeprefix(prefix) for number, name in numbers.items()}
    return {
        name.lower().replace("_", space): number
        for number, name in sorted(names.items())
        if name != "COUNT"
    }


CONTRACT: Final = int(lib.EF_SPEC_VERSION)  # version of csrc/SPEC.md

# as chip files write them
ROUNDINGS: Final = {
    "toward-zero" if name == "zero" else name: number
    for name, number in _members("ef_rounding", "EF_ROUND_", "-").items()
}
OVERFLOWS: Final = _members("ef_overflow", "EF_")
REFERENCES: Final = _members("ef_reference", "EF_REFERENCE_")
RULES: Final = _members("ef_rule", "EF_RULE_", "-")
ERROR_KINDS: Final = _members("ef_error_kind", "EF_OUTPUT_ERROR_")
EXCESSES: Final = _members("ef_excess", "EF_EXCESS_")

ARRAY_ACCESSES: Final = {
    "1t1r" if name == "transistor" else f"passive-{name}": number
    for name, number in _members("ef_access", "EF_ACCESS_").items()
}

# in the order of their numbers, which count from 0
SITES: Final = tuple(_members("ef_site", "EF_SITE_"))
PHASES: Final = tuple(_members("ef_phase", "EF_PHASE_"))
EVENTS: Final = tuple(_members("ef_event", "EF_EVENT_"))
VERDICTS: Final = tuple(_members("ef_verdict", "EF_VERDICT_", " "))
BUS_KINDS: Final = tuple(_members("ef_bus_kind", "EF_BUS_"))
ACCESSES: Final = tuple(_members("fw_access_kind", "FW_", " "))
MARKS: Final = _members("fw_mark_of", "FW_")

COMMANDS: Final = _members("ef_command", "EF_COMMAND_")
