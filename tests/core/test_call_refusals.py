"""What a call may not be, argument by argument: refused by its status, nothing done."""

from __future__ import annotations

from typing import Any, Final

import pytest
from edgeferro._core import ffi, lib
from test_contract import FUNCTIONS, Chip

INDEX, RANGE = lib.EF_ERROR_INDEX, lib.EF_ERROR_RANGE
# One layer of 3 x 5 weights, one plane, one class, references stored.
PLACES: Final = {"layer": (1, 16, 2**32 - 1), "plane": (1, 2), "column": (5, 2**32 - 1)}
# Arguments that are numbers, beyond their ranges; those that are where are INDEX.
NUMBERS: Final[dict[str, dict[str, tuple[int, ...]]]] = {
    "ef_set_rate": {"layer": (1,), "mantissa": (0,), "shift": (63, 255)},
    "ef_program_column": PLACES,
    "ef_read_column": {**PLACES, "reads": (0, 65, 2**32 - 1)},
    "ef_store_reference": {"layer": (1,)},
    "ef_store_offset": {"layer": (0, 1)},
    "ef_calibrate_column": PLACES,
    "ef_rest": {"seconds": (0,)},
    "ef_array_forward": {"layer": (1,)},
    "ef_array_backward": {"layer": (1,)},
    "ef_array_pulse": {"layer": (1,), "plane": (1, 2), "pulse_class": (1, 16)},
    "ef_poke_state": {**PLACES, "row": (3,), "state": (-(2**31),)},
    "ef_layer_info": {"layer": (1,)},
}
WHERE: Final = {*PLACES, "row", "pulse_class"}
# An item of an array, beyond its range.
ITEMS: Final = [
    ("ef_learn", "labels", 0, (-1, 3, -(2**31))),
    ("ef_array_forward", "inputs", 4, (-512, 512)),
    ("ef_array_backward", "errors", 2, (-128, 128, -(2**15))),
    ("ef_array_pulse", "counts", 14, (-128,)),
]
# Fields of calibration's settings and of its records.
HOW: Final = {
    "pulse_class": (1,), "reads": (0, 17), "quads": (0, 65), "windows": (0, 65),
    "tolerance": (0,), "probe": (2, 16), "mantissa": (0,), "shift": (48,),
    "limit": (0, 60001),
}  # fmt: skip
FAR: Final = 2**29 + 1
POINT: Final = {
    "last": (FAR, -FAR), "windows": (66,), "quads": (2**16 - 64,), "verdict": (5,),
    "sums": ([FAR], [0, -FAR], [0, 0, FAR], [0, 0, 0, -FAR]),
}  # fmt: skip


def refused(name: str, parameter: str, value: Any, status: int) -> None:
    """One argument is wrong: the status says so, and chip and outputs are as before."""
    function, chip = FUNCTIONS[name], Chip()
    arguments = chip.arguments(function)
    place = [n for _, n in function.parameters].index(parameter)
    arguments[place] = value
    outputs = [
        argument
        for (kind, _), argument in zip(function.parameters, arguments, strict=True)
        if "*" in kind and "const" not in kind and argument not in (chip.chip, chip.bus)
    ]
    before = [chip.images(), *(bytes(ffi.buffer(o)) for o in outputs)]
    assert status == getattr(lib, name)(*arguments)
    assert before == [chip.images(), *(bytes(ffi.buffer(o)) for o in outputs)]


def numbers() -> list[tuple[str, str, int, int]]:
    """Each number beyond its range, and what it is refused as."""
    return [
        (name, parameter, value, INDEX if parameter in WHERE else RANGE)
        for name, parameters in NUMBERS.items()
        for parameter, values in parameters.items()
        for value in values
    ]


@pytest.mark.parametrize(("name", "parameter", "value", "status"), numbers())
def test_numbers(name: str, parameter: str, value: int, status: int) -> None:
    """A place that isn't there, or a number beyond its range."""
    refused(name, parameter, value, status)


@pytest.mark.parametrize(("name", "parameter", "item", "values"), ITEMS)
def test_items(name: str, parameter: str, item: int, values: tuple[int, ...]) -> None:
    """One item of an array that is beyond its range."""
    function = FUNCTIONS[name]
    (kind,) = (k for k, n in function.parameters if n == parameter)
    for value in values:
        array = ffi.new(ffi.getctype(kind.replace("const ", "").strip(" *"), "[16]"))
        array[item] = value
        refused(name, parameter, array, RANGE)


@pytest.mark.parametrize("field", HOW)
def test_settings_of_a_calibration(field: str) -> None:
    """Each setting of SPEC 16 below and above its range."""
    good = {"reads": 1, "quads": 1, "windows": 1, "tolerance": 4, "probe": 3}
    good |= {"mantissa": 1, "limit": 9}
    for value in HOW[field]:
        how = ffi.new("struct ef_calibration *", {**good, field: value})
        refused("ef_calibrate_column", "how", how, RANGE)


@pytest.mark.parametrize("field", POINT)
def test_records_of_a_calibration(field: str) -> None:
    """A record of the last row that no window can have left."""
    for value in POINT[field]:
        points = ffi.new("struct ef_point[3]", [{}, {}, {field: value}])
        refused("ef_calibrate_column", "points", points, RANGE)


@pytest.mark.parametrize(
    ("layer", "plane", "view"),
    [
        (1, 0, 0),
        (0, 1, 0),
        (0, 2, 1),
        (0, 1, 2),
        (0, 0, -1),
        (0, 0, -(2**31)),
        (0, 0, 99),
        (0, 0, lib.EF_VIEW_TRIM),
    ],
)
def test_views_that_are_not_there(layer: int, plane: int, view: int) -> None:
    """No layer, plane or view of that number: null, and no size is told."""
    chip, size = Chip(), ffi.new("uint64_t *", 5)
    assert ffi.NULL == lib.ef_peek(chip.chip, size, layer, plane, view)
    assert 5 == size[0]
