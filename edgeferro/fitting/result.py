"""A fit: kernels, window, errors, and what speaks against using them.

With u = 0..1 over the readings, each pulse gives a pair (u, du). A kernel (see
``device.Kernel``) speaks of W = (u - low) / (high - low): the window low..high is that
of the readings, 0..1, or fitted too (kernels that come to rest at a rail tell where the
rail is).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from edgeferro.chip.device import Kernel

if TYPE_CHECKING:
    from edgeferro.fitting.branches import Steps
    from edgeferro.fitting.measurement import Measurement

__all__ = ["FLOOR", "KERNELS", "LIMITS", "R2_LIMIT", "FitResult"]

KERNELS: Final[dict[str, tuple[str, ...]]] = {  # fewest parameters first
    "constant": ("a",), "soft-bounds": ("a",), "linear": ("a", "slope"),
    "exponential": ("a", "rate"), "power": ("a", "gamma"),
    "beta": ("a", "alpha", "beta"),
}  # fmt: skip
R2_LIMIT: Final = 0.9  # per branch, of the steps or of the curve that they add up to
R2_GOOD: Final = 0.95  # below it a remark
LIMITS: Final = {
    "a": (1e-7, 10.0), "slope": (0.0, 1.0), "rate": (0.0, 20.0),
    "gamma": (0.0, 20.0), "alpha": (1.0, 20.0), "beta": (1.0, 20.0),
}  # fmt: skip
_ERROR_LIMIT = 0.5  # relative, of a parameter
FLOOR = 1e-7  # residuals below this part of the range are rounding


@dataclass(frozen=True)
class FitResult:
    """Kernels with what speaks for and against them.

    Attributes:
        kinds: kernel up, kernel down.
        fitted_window: whether the rails were fitted.
        values: parameters: those of up, of down, and low and high of the window.
        covariance: of the parameters; zero for those that are held.
        rss: sum of squared weighted residuals, in parts of the readings' range.
        limits: of the window, outermost (low, high).
    """

    data: Measurement
    steps: Steps
    kinds: tuple[str, str]
    fitted_window: bool
    values: np.ndarray
    covariance: np.ndarray
    rss: float
    limits: tuple[float, float]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters, as up.alpha."""
        sides = zip(("up", "down"), self.kinds, strict=True)
        names = [f"{side}.{n}" for side, kind in sides for n in KERNELS[kind]]
        return (*names, "window.low", "window.high")

    @property
    def errors(self) -> np.ndarray:
        """Standard errors of the parameters."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def free(self) -> int:
        """Number of fitted parameters."""
        return len(self.values) - 2 * (not self.fitted_window)

    @property
    def aicc(self) -> float:
        """Corrected information criterion; infinite where there are too few points."""
        n, k = len(self.steps.du), self.free + 1
        if n - k < 2:
            return math.inf
        variance = max(self.rss / n, FLOOR**2)
        return n * math.log(variance) + 2 * k + 2 * k * (k + 1) / (n - k - 1)

    def kernels(self, values: np.ndarray | None = None) -> tuple[Kernel, Kernel]:
        """The kernels up and down."""
        chosen = (self.values if values is None else values).tolist()
        cut = len(KERNELS[self.kinds[0]])
        made = []
        for kind, part in zip(self.kinds, (chosen[:cut], chosen[cut:]), strict=True):
            given = [("kind", kind), *zip(KERNELS[kind], part, strict=False)]
            made.append(Kernel.model_construct(**dict[str, Any](given)))
        return made[0], made[1]

    def step(self, u: np.ndarray, up: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Change of u that the model gives, stopped at the rails."""
        low, high = values[-2:]
        w = np.clip((u - low) / (high - low), 0.0, 1.0)
        raised, lowered = (k.step(w, i) for i, k in enumerate(self.kernels(values)))
        moved = np.where(up, np.minimum(raised, 1.0 - w), -np.minimum(lowered, w))
        return np.asarray(moved * (high - low))

    def curve(self) -> np.ndarray:
        """U after each step, run freely from the first reading of each stretch."""
        s, u = self.steps, self.steps.u.copy()
        for k in range(1, len(u)):
            if s.after[k] == s.after[k - 1] + 1 and s.run[k] == s.run[k - 1]:
                one = slice(k - 1, k)
                u[k] = u[k - 1] + self.step(u[one], s.up[one], self.values)[0]
        return np.asarray(u + self.step(u, s.up, self.values))

    @cached_property
    def r2(self) -> dict[str, tuple[float, float]]:
        """R2 of a branch: of the curve, and of the steps."""
        s, found = self.steps, dict[str, tuple[float, float]]()
        model, curve = self.step(s.u, s.up, self.values), self.curve()
        for name, b in (("up", s.up), ("down", ~s.up)):
            off, wrong = s.u[b] + s.du[b] - curve[b], s.du[b] - model[b]
            pairs = (((s.u + s.du)[b], off), (s.du[b], wrong))
            parts = [(r @ r / len(r)) / max(y.var(), FLOOR**2) for y, r in pairs]
            found[name] = (1.0 - float(parts[0]), 1.0 - float(parts[1]))
        return found

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader should know of a fit that is usable but not good."""
        return tuple(
            f"moderate fit {side}: R2 of the curve {both[0]:.3f}, of the steps "
            f"{both[1]:.3f}, neither above {R2_GOOD}"
            for side, both in self.r2.items()
            if max(both) < R2_GOOD
        )

    @cached_property
    def refusals(self) -> tuple[str, ...]:
        """Why these parameters must not be used; none where they are determined."""
        why = []
        for side, kind in zip(("up", "down"), self.kinds, strict=True):
            count = int((self.steps.up == (side == "up")).sum())
            if count < len(KERNELS[kind]) + 2 or math.isinf(self.aicc):
                why.append(f"only {count} steps {side}")
        if why:
            return tuple(why)
        if not np.isfinite(self.covariance).all():
            return ("singular Jacobian",)
        numbers = zip(self.names, self.values, self.errors, strict=True)
        for name, value, error in numbers:
            side = name.partition(".")[2]
            if name.startswith("window"):
                off = abs(value - self.limits[side == "high"])
                if self.fitted_window and off < 1e-4:
                    why.append(f"{name} = {value:.3g} is at its limit")
                continue
            ends = [e for e in LIMITS[side] if abs(value - e) <= 1e-4 * max(1.0, e)]
            if ends and side != "a":
                why.append(f"{name} is at its limit {ends[0]:g}")
            elif error > _ERROR_LIMIT * abs(value):
                why.append(f"{name} = {value:.3g} +- {error:.2g}")
        for side, both in self.r2.items():
            if max(both) < R2_LIMIT:
                text = f"{both[0]:.3f}, of the steps {both[1]:.3f} (limit {R2_LIMIT})"
                why.append(f"poor fit, R2 {side} {text}")
        return tuple(why)
