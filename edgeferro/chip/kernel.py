"""Kernels: the step of one pulse as a function of the cell's state."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from edgeferro.files.read import Real, Strict

__all__ = ["KNOTS", "Kernel"]

KNOTS: Final = 65
_UP = 0


class Kernel(Strict):
    """The step of one pulse as a function of the cell's state.

    With W = (s + 1) / 2 in 0..1 for the state s in -1..1, a step in W is:

    - constant: a
    - linear: a (1 - slope W)
    - soft-bounds: a (1 - W) up, a W down
    - exponential: a exp(-rate W) up, a exp(-rate (1 - W)) down
    - power: a (1 - W)^gamma up, a W^gamma down
    - beta: a W^(alpha - 1) (1 - W)^(beta - 1)
    - table: ``steps``, evenly spaced over W = 0..1, linear between them

    Steps down are given as magnitudes.

    Attributes:
        kind: one of the above.
        a: scale, in parts of the full range (W), above 0.
        alpha: exponent of W plus 1 (beta), at least 1.
        beta: exponent of 1 - W plus 1 (beta), at least 1.
        slope: relative decrease over the range (linear), 0..1.
        rate: of the exponential, at least 0.
        gamma: exponent (power), at least 0.
        steps: the table, 2 to 65 values, at least 0.
    """

    kind: Literal[
        "constant", "linear", "soft-bounds", "exponential", "power", "beta", "table"
    ]
    a: Annotated[Real, Field(gt=0.0, le=10.0)] | None = None
    alpha: Annotated[Real, Field(ge=1.0, le=20.0)] | None = None
    beta: Annotated[Real, Field(ge=1.0, le=20.0)] | None = None
    slope: Annotated[Real, Field(ge=0.0, le=1.0)] | None = None
    rate: Annotated[Real, Field(ge=0.0, le=20.0)] | None = None
    gamma: Annotated[Real, Field(ge=0.0, le=20.0)] | None = None
    steps: tuple[Real, ...] | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needs = {
            "constant": {"a"},
            "linear": {"a", "slope"},
            "soft-bounds": {"a"},
            "exponential": {"a", "rate"},
            "power": {"a", "gamma"},
            "beta": {"a", "alpha", "beta"},
            "table": {"steps"},
        }[self.kind]
        for name in ("a", "alpha", "beta", "slope", "rate", "gamma", "steps"):
            given = getattr(self, name) is not None
            if given != (name in needs):
                what = "has no effect with" if given else "is needed by"
                message = f"{name} {what} kernel {self.kind}"
                raise ValueError(message)
        if self.steps is not None:
            if not 2 <= len(self.steps) <= KNOTS:
                message = f"steps: {len(self.steps)} values, allowed 2..{KNOTS}"
                raise ValueError(message)
            for index, step in enumerate(self.steps):
                if not 0.0 <= step <= 1.0:
                    message = (
                        f"steps[{index}]: {step} is not in 0..1 (a step has the sign "
                        f"of its polarity; give its magnitude)"
                    )
                    raise ValueError(message)
        return self

    def step(self, w: np.ndarray, polarity: int) -> np.ndarray:
        """Return the step in W at W, float; polarity 0 up, 1 down."""
        w = np.asarray(w, dtype=float)
        near = w if polarity == _UP else 1.0 - w  # 0 far from the rail ahead
        match self.kind:
            case "constant":
                return np.full_like(w, float(self.a or 0))
            case "linear":
                return np.asarray((self.a or 0) * (1.0 - (self.slope or 0) * near))
            case "soft-bounds":
                return np.asarray((self.a or 0) * (1.0 - near))
            case "exponential":
                return np.asarray((self.a or 0) * np.exp(-(self.rate or 0) * near))
            case "power":
                return np.asarray((self.a or 0) * (1.0 - near) ** (self.gamma or 0))
            case "beta":
                left = w ** ((self.alpha or 1) - 1.0)
                right = (1.0 - w) ** ((self.beta or 1) - 1.0)
                return np.asarray((self.a or 0) * left * right)
            case _:
                steps = np.array(self.steps)
                grid = np.linspace(0.0, 1.0, len(steps))
                return np.asarray(np.interp(w, grid, steps))
