"""Faults in what a run says unasked, and at the doors of the files that it names."""

from __future__ import annotations

from typing import Final

from faults import Fault

__all__ = ["FAULTS"]

_REMARKS: Final = "package/test_remarks.py"
_EFFECTS: Final = "package/test_effects.py"
_NAMED: Final = "commands/test_named_files.py"

FAULTS: Final = {
    "less underflow is silent": Fault(
        "mapping/remarks.py", "_UNDERFLOWED: Final = 0.9", "_UNDERFLOWED: Final = 0.95",
        _REMARKS,
    ),
    "a louder read is silent": Fault(
        "mapping/remarks.py", "stated_codes, 1) > 1.0", "stated_codes, 1) > 3.0",
        _REMARKS,
    ),
    "an amplifier grows quiet with time": Fault(
        "mapping/remarks.py", "charge / room", "charge", _REMARKS
    ),
    "single electrons are silent": Fault(
        "mapping/remarks.py", "_ELECTRONS: Final = 1.5", "_ELECTRONS: Final = 1.3",
        _REMARKS,
    ),
    "lost lines are no products": Fault(
        "mapping/remarks.py", "products + lost", "products", _REMARKS
    ),
    "ideal reads are told of by name too": Fault(
        "mapping/remarks.py", '"array.noise" not in chip.given()', "True", _REMARKS
    ),
    "drift acts without rest": Fault(
        "chip/effects.py", 'get("task.rest_s") > 0', 'get("task.rest_s") >= 0',
        _EFFECTS,
    ),
    "a train reaches a limit of its length": Fault(
        "chip/effects.py",
        'get("controller.pulse_limit") < get("controller.train_length")',
        'get("controller.pulse_limit") <= get("controller.train_length") + 1',
        _EFFECTS,
    ),
    "wear counts without fatigue": Fault(
        "chip/effects.py",
        'bool(get("reliability.fatigue") or get("reliability.imprint"))',
        "True",
        _EFFECTS,
    ),
    "a nominal read at the largest code": Fault(
        "mapping/read_quality.py", "chip.dac_steps / 2.0", "chip.dac_steps",
        "package/test_read_quality.py",
    ),
    "a fresh run has no reads": Fault(
        "budget/counts.py", "reads=tuple(outcome.reads())", "reads=()",
        "commands/test_run_figures.py",
    ),
    "half the advice on depth": Fault(
        "mapping/configuration.py", "layer - _SPARE - 2", "layer - _SPARE - 4",
        "package/test_deep.py",
    ),
    "a device file is a chip": Fault(
        "files/kinds.py", "not marks & data.keys()", "marks & data.keys()", _NAMED
    ),
    "escapes are harmless": Fault(
        "terminal.py", "c not in allowed", "c in allowed", _NAMED
    ),
    "nothing lies beside a chip": Fault(
        "chip/chip.py", "if not here and os.path", "if here and os.path", _NAMED
    ),
    "what a chip names is no source": Fault(
        "training/options.py", "return self.base.files()", "return ()", _NAMED
    ),
}  # fmt: skip
