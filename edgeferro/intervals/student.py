"""Student's t distribution, for any number of degrees of freedom.

SciPy has it, but an interval stands beside every accuracy, and the base package does
without SciPy. The tests compare with it.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist
from typing import Final

__all__ = ["student_cdf", "student_quantile"]

_TERMS: Final = 400
_STEPS: Final = 100


def _beta_fraction(a: float, b: float, x: float) -> float:
    """Continued fraction of the incomplete beta function (DLMF 8.17.22), from its end.

    Its terms needed go with the root of the larger of a and b.
    """
    value = 1.0
    for term in range(_TERMS, 0, -1):
        half, odd = divmod(term, 2)
        if odd:
            step = -(a + half) * (a + b + half) * x
            step /= (a + 2 * half) * (a + 2 * half + 1)
        else:
            step = half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half))
        value = 1.0 + step / value
    return value


def _beta_part(a: float, b: float, x: float) -> float:
    """Regularized incomplete beta function I_x(a, b)."""
    if x <= 0.0 or x >= 1.0:
        return float(x >= 1.0)
    if x > (a + 1.0) / (a + b + 2.0):  # where the fraction would be slow
        return 1.0 - _beta_part(b, a, 1.0 - x)
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(scale + a * math.log(x) + b * math.log1p(-x)) / a
    return front / _beta_fraction(a, b, x)


def student_cdf(t: float, freedom: float) -> float:
    """Probability of a value below t; freedom > 0."""
    tail = 0.5 * _beta_part(freedom / 2.0, 0.5, freedom / (freedom + t * t))
    return tail if t < 0.0 else 1.0 - tail


@lru_cache(maxsize=1024)
def student_quantile(probability: float, freedom: float) -> float:
    """Value below which a share of the distribution lies.

    Newton's steps from the normal distribution's value, which lies below: the
    distribution bends down above 0, so that no step goes too far.

    Args:
        probability: 0.5 to below 1.
        freedom: degrees of freedom, above 0; need not be whole.
    """
    half = 0.5 * (freedom + 1.0)
    scale = math.lgamma(half) - math.lgamma(0.5 * freedom)
    scale -= 0.5 * math.log(freedom * math.pi)
    value = NormalDist().inv_cdf(probability)
    for _ in range(_STEPS):
        density = math.exp(scale - half * math.log1p(value * value / freedom))
        step = (probability - student_cdf(value, freedom)) / density
        value += step
        if abs(step) <= 1e-12 * value:
            break
    return value
