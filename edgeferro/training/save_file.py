"""How far a run got, in a file that is written whole or not at all."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from edgeferro.errors import SnapshotError
from edgeferro.files.write import write_whole

if TYPE_CHECKING:
    from edgeferro.training.plan import Plan

__all__ = ["SAVE_VERSION", "SaveFile"]

SAVE_VERSION: Final = 7


@dataclass
class SaveFile:
    """How far a run got: finished results, and the state of units under way.

    Attributes:
        path: of the file, or None to keep it in memory.
        fingerprint: of the plan it belongs to.
        options: what the command line needs to go on without being told again.
        done: results of finished units.
        open: checkpoints of units under way, by unit name.
    """

    path: Path | None
    fingerprint: str
    options: dict[str, Any] = field(default_factory=dict)
    done: dict[str, dict[str, Any]] = field(default_factory=dict)
    open: dict[str, dict[str, Any]] = field(default_factory=dict)

    def write(self) -> None:
        """Write the file whole or not at all."""
        if self.path is None:
            return
        content = {
            "edgeferro_save": SAVE_VERSION,
            "fingerprint": self.fingerprint,
            "options": self.options,
            "done": self.done,
            "open": self.open,
        }
        write_whole(self.path, json.dumps(content).encode())

    @classmethod
    def read(cls, path: Path) -> SaveFile:
        """Read a file that :meth:`write` made.

        Raises:
            SnapshotError: not such a file, cut short, or of another version.
        """
        try:
            content = json.loads(Path(path).read_bytes())
            version = content["edgeferro_save"]
            if version != SAVE_VERSION:
                message = f"{path}: save version {version} is not {SAVE_VERSION}"
                raise SnapshotError(message)
            fields = (content[k] for k in ("fingerprint", "options", "done", "open"))
            return cls(Path(path), *fields)
        except OSError as error:
            message = f"{path}: {error.strerror}"
            raise SnapshotError(message) from None
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            if isinstance(error, SnapshotError):
                raise
            message = f"{path}: not an edgeferro save file, or cut short"
            raise SnapshotError(message) from None

    def check(self, plan: Plan) -> None:
        """Refuse to resume another run.

        Raises:
            SnapshotError: the file belongs to another chip, task or options.
        """
        if self.fingerprint != plan.fingerprint():
            message = (
                f"{self.path}: saved by a run with fingerprint {self.fingerprint}; "
                f"this one is {plan.fingerprint()} (other chip, task or options)"
            )
            raise SnapshotError(message)
