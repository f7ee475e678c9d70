"""A measured number with its confidence interval."""

import math
from dataclasses import dataclass
from statistics import NormalDist

CONFIDENCE = 0.95
"""The share of intervals that hold the true value."""


@dataclass(frozen=True)
class Estimate:
    """A measured value and the ends of its interval, in the value's unit."""

    value: float
    low: float
    high: float

    def __contains__(self, truth: float) -> bool:
        return self.low <= truth <= self.high


def rate(hits: int, trials: int, confidence: float = CONFIDENCE) -> Estimate:
    """Estimate a share of successes, 0 … 1, with Wilson's score interval, which is valid at 0 and at 1 too.

    Raises:
        ValueError: fewer than one trial, or more hits than trials.
    """
    if trials < 1 or not 0 <= hits <= trials:
        raise ValueError(f"{hits} hits in {trials} trials give no rate; count 1 trial or more and no more hits")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, shrink = hits / trials, 1 + z * z / trials
    centre = (share + z * z / (2 * trials)) / shrink
    reach = z / shrink * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    # At 0 and at 1 one end of Wilson's interval equals the share, except for rounding.
    return Estimate(share, min(share, max(0.0, centre - reach)), max(share, min(1.0, centre + reach)))


def reliance_error(accuracy: Estimate, right: float) -> Estimate:
    """Compute how far the accuracy measured by hiding a part lies from the right answer: |accuracy − right|, 0 … 1.

    The interval holds every distance that the accuracy's interval allows.

    Args:
        accuracy: share of right answers while the part is hidden.
        right: the accuracy of the best classifier that cannot see the part, `World.expected_accuracy`.
    """
    ends = abs(accuracy.low - right), abs(accuracy.high - right)
    return Estimate(abs(accuracy.value - right), 0.0 if right in accuracy else min(ends), max(ends))
