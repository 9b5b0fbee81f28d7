"""A chip's settings as an estimator's parameters: ``chip__converters__adc_bits``."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final, NoReturn, Self

from edgeferro.chip.chip import Chip
from edgeferro.chip.effects import lost_settings
from edgeferro.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ChipParameters", "loaded", "refuse_deaf", "with_nested"]

_NESTED: Final = "chip__"
# Settings that arguments stand for, as long as these are given; or that none reads.
_INSTEAD: Final = {
    "network.hidden": "hidden",
    "controller.learning_rate": "learning_rate",
    "task.passes": "passes",
    "task.rest_s": "",
    "task.power_off_every": "",
}


def loaded(chip: str | Chip) -> Chip:
    """Return a chip that is given, or the one of a name."""
    return chip if isinstance(chip, Chip) else Chip.load(chip)


def refuse_deaf(chip: Chip) -> None:
    """Refuse a chip whose file asks for what no classifier does.

    Raises:
        ConfigError: names the setting, and the value that passes.
    """
    for path, argument in _INSTEAD.items():
        if not argument and chip.value(path):
            _refuse(
                f"{path}: {chip.value(path)} has no effect on a classifier; 0 passes"
            )


def _refuse(text: str) -> NoReturn:
    raise ConfigError(text)


def _nested_name(path: str) -> str:
    """Name of a setting among an estimator's parameters."""
    return _NESTED + path.replace(".", "__", 1)


def with_nested(chip: Chip, params: Mapping[str, Any]) -> Chip:
    """Return the chip with settings named as parameters; the same where none differs.

    All settings at once, as they are had from a chip, make that chip again: what a
    value leaves without effect is not set where it has it already.

    Raises:
        ConfigError: no such setting, or a value out of range.
    """
    paths = chip.paths()
    changes = {
        name.removeprefix(_NESTED).replace("__", ".", 1): value
        for name, value in params.items()
    }
    other = {
        path
        for path, value in changes.items()
        if path not in paths or chip.value(path) != value
    }
    if not other:
        return chip
    lost = lost_settings(paths, lambda path: changes.get(path, chip.value(path)))
    kept = {
        path: value
        for path, value in changes.items()
        if path in other or path not in lost
    }
    return chip.with_(**kept)


class ChipParameters:
    """A scikit-learn estimator whose parameter ``chip`` has parameters of its own."""

    chip: str | Chip

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters; ``deep`` with each setting of the chip."""
        params: dict[str, Any] = super().get_params(deep=False)  # type: ignore[misc]
        if deep and isinstance(self.chip, str | Chip):
            with contextlib.suppress(ConfigError):  # fit says what is wrong with it
                chip = loaded(self.chip)
                params |= {
                    _nested_name(path): chip.value(path) for path in chip.paths()
                }
        return params

    def set_params(self, **params: Any) -> Self:
        """Set parameters, and settings of the chip; all or none.

        Raises:
            ValueError: no such parameter or setting, a setting out of its range, or one
                that a parameter stands for.
        """
        own = {k: v for k, v in params.items() if not k.startswith(_NESTED)}
        nested = {k: v for k, v in params.items() if k.startswith(_NESTED)}
        chip = own.get("chip", self.chip)
        strangers = own.keys() - self.get_params(deep=False)
        if strangers:  # before anything is set
            nested, own = {}, {name: own[name] for name in strangers}
        if nested:
            before = loaded(chip)
            after = with_nested(before, nested)
            for path, argument in _INSTEAD.items():
                given = own.get(argument, getattr(self, argument, None))
                name = _nested_name(path)
                if name not in nested or before.value(path) == after.value(path):
                    continue
                if not argument:
                    _refuse(f"{name}: no effect on a classifier")
                if given is not None:
                    _refuse(f"{name}: no effect beside {argument}={given!r}; set that")
            own["chip"] = chip if after is before else after
        super().set_params(**own)  # type: ignore[misc]
        return self
