"""SPEC 19.8, 20.2: what APPLY takes, and what it refuses."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from struct import calcsize, pack
from typing import Any

PROGRAM = ["tolerance", "iterations", "limit", "reads"]
BYTES = (
    "rule pulse_class program_class gain_mantissa gain_shift back_mantissa back_shift "
    "verify_mantissa verify_shift rate_mantissa rate_shift"
).split()
LAYER = [*BYTES, "bias_code", "verify_code", "threshold"]
LAYER_FORMAT = "<11B2hI"
CHIP_WIDE = 0xFFFF  # FAULT.index of a field that there is one of
MIXED = 3


class FieldError(Exception):
    """SPEC 19.8: a number of enum ef_field, and an index."""

    def __init__(self, field: int, index: int = CHIP_WIDE) -> None:
        super().__init__(f"field {field}, index {index}")
        self.word = field | index << 16


@dataclass
class Descriptors:
    """All that stands in descriptors: one record for the chip, one for each layer."""

    seed: int
    program: list[int]
    layers: list[dict[str, int]]

    @classmethod
    def of(cls, config: Any) -> Descriptors:
        """Those that a chip was made with."""
        program = [int(getattr(config, f"program_{name}")) for name in PROGRAM]
        layers = [{name: int(getattr(x, name)) for name in LAYER}
                  for x in config.layers]  # fmt: skip
        return cls(int(config.seed), program, layers)

    def copy(self) -> Descriptors:
        """Others of the same numbers."""
        return Descriptors(self.seed, list(self.program), [*map(dict, self.layers)])

    def bytes(self) -> bytes:
        """SPEC 20.2."""
        data = pack("<Q4B", self.seed, *self.program)
        for layer in self.layers:
            numbers = [layer[name] for name in LAYER]
            data += pack(LAYER_FORMAT, *numbers)
        return data + bytes(calcsize(LAYER_FORMAT) * (16 - len(self.layers)))

    def into(self, config: Any) -> None:
        """Write them into a chip's registers."""
        config.seed = self.seed
        for name, value in zip(PROGRAM, self.program, strict=True):
            setattr(config, f"program_{name}", value)
        for layer, numbers in zip(config.layers, self.layers, strict=True):
            vars(layer).update(numbers)


def own_config(config: Any) -> Any:
    """A chip's registers that may change without those they come from."""
    found = copy.copy(config)
    found.layers = [copy.copy(layer) for layer in config.layers]
    return found


def check(config: Any, wished: Descriptors, has_accumulators: list[bool]) -> None:
    """SPEC 19.8: refuse the first field that ef_init would, then what isn't there.

    Settings come in the header's order, then the gradient's rounding, then layers.
    """
    rules = [layer["rule"] for layer in wished.layers]
    _, iterations, limit, reads = wished.program
    if not 1 <= iterations <= 255:
        raise FieldError(22)
    if not 1 <= limit <= 127:
        raise FieldError(23)
    if not 1 <= reads <= 64:
        raise FieldError(24)
    if 1 in rules and config.coarse_ratio:
        raise FieldError(81)
    if 1 in rules and config.sites[4].rounding == 5:
        raise FieldError(8, 4)
    for index, layer in enumerate(wished.layers):
        for field, name, low, high in (
            (53, "rule", 0, 3),
            (54, "pulse_class", 0, config.class_count - 1),
            (55, "program_class", 0, config.class_count - 1),
            (56, "bias_code", -255, 511),
            (57, "verify_code", 1, 511),
            (66, "threshold", 1, 2**30),
        ):
            if not low <= layer[name] <= high:
                raise FieldError(field, index)
    for index, rule in enumerate(rules):
        if rule == MIXED and not has_accumulators[index]:
            raise FieldError(53, index)
