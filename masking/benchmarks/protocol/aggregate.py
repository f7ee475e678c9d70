"""From one value per image to one number with its interval, for one condition and for the difference of two.

Intervals hold 95 %. Means are bootstrapped over images. Shares of hits are not: a bootstrap of 50 hits in 50 images
says that the share is 1 for certain, where Wilson's score interval goes down to 0.93.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from masking.measures import Estimate, leaked_bits, leaked_bits_difference, rate, reliance_error
from masking.measures.estimate import CONFIDENCE

Values = NDArray[np.float64]
RESAMPLES, LEAST_RESAMPLES, MOST_DRAWN = 1000, 200, 10_000_000
ENDS = ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)
Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)


class Aggregate(Protocol):
    """How the values of n images, one array (n,) per column, become one number.

    `least` is the fewest images it takes.
    """

    @property
    def least(self) -> int:
        """Fewest images."""
        ...

    def estimate(self, *columns: Values) -> Estimate:
        """The number and its interval."""
        ...

    def difference(self, first: tuple[Values, ...], second: tuple[Values, ...]) -> Estimate:
        """By how much `first` is larger than `second`, the same images in the same order."""
        ...


@lru_cache(maxsize=2)
def _draws(images: int) -> NDArray[np.float32]:
    """How often each bootstrap sample holds each image, (resamples, images); always the same for as many images."""
    resamples = max(LEAST_RESAMPLES, min(RESAMPLES, MOST_DRAWN // images))
    generator = np.random.default_rng(0)
    draws = np.empty((resamples, images), np.float32)
    for row in draws:
        row[:] = np.bincount(generator.integers(images, size=images), minlength=images)
    return draws


def _ends(value: float, again: Values, lowest: float = -math.inf, highest: float = math.inf) -> Estimate:
    """Percentiles of resampled values, moved by as much as resampling itself is off on average."""
    low, high = np.quantile(again, ENDS) + value - again.mean()
    return Estimate(value, max(lowest, min(float(low), value)), min(highest, max(float(high), value)))


@dataclass(frozen=True)
class Mean:
    """The mean over images."""

    least: int = 1

    def estimate(self, *columns: Values) -> Estimate:
        """See `Aggregate`. One image tells nothing of others: its interval has no ends."""
        (values,) = columns
        if len(values) == 1:
            return Estimate(float(values[0]), -math.inf, math.inf)
        low, high = np.quantile((_draws(len(values)) @ values) / len(values), ENDS)
        value = float(values.mean())
        return Estimate(value, min(float(low), value), max(float(high), value))

    def difference(self, first: tuple[Values, ...], second: tuple[Values, ...]) -> Estimate:
        """See `Aggregate`."""
        return self.estimate(first[0] - second[0])


@dataclass(frozen=True)
class Share:
    """The share of images whose value is 1 and not 0."""

    least: int = 1

    def estimate(self, *columns: Values) -> Estimate:
        """See `Aggregate`; Wilson's score interval."""
        (hits,) = columns
        return rate(round(float(hits.sum())), len(hits))

    def difference(self, first: tuple[Values, ...], second: tuple[Values, ...]) -> Estimate:
        """See `Aggregate`; the interval for paired shares of Bonett & Price (2012)."""
        n = len(first[0])
        more, less = (int(side.sum()) for side in (first[0] > second[0], first[0] < second[0]))
        p, q = (more + 1) / (n + 2), (less + 1) / (n + 2)
        reach = Z * math.sqrt((p + q - (p - q) ** 2) / (n + 2))
        value = (more - less) / n
        return Estimate(value, min(value, max(-1.0, p - q - reach)), max(value, min(1.0, p - q + reach)))


def _entropy(counts: NDArray[np.float64]) -> Values:
    """Bits of histograms (…, classes)."""
    shares = counts / counts.sum(-1, keepdims=True)
    return -np.where(shares > 0, shares * np.log2(np.maximum(shares, 1e-300)), 0.0).sum(-1)


@dataclass(frozen=True)
class ClassEntropy:
    """Entropy, in bits, of the histogram of predicted classes; the interval is that of sets of as many images."""

    least: int = 2

    def estimate(self, *columns: Values) -> Estimate:
        """See `Aggregate`."""
        _, counts = np.unique(columns[0], return_counts=True)
        again = np.random.default_rng(0).multinomial(len(columns[0]), counts / counts.sum(), RESAMPLES)
        return _ends(float(_entropy(counts.astype(float))), _entropy(again.astype(float)), 0.0)

    def difference(self, first: tuple[Values, ...], second: tuple[Values, ...]) -> Estimate:
        """See `Aggregate`."""
        pairs, counts = np.unique(np.stack([first[0], second[0]]), axis=1, return_counts=True)
        sides = [np.unique(side, return_inverse=True)[1].ravel() for side in pairs]

        def bits(weights: NDArray[np.float64]) -> Values:
            sums = [weights @ np.eye(side.max() + 1)[side] for side in sides]
            return _entropy(sums[0]) - _entropy(sums[1])

        again = np.random.default_rng(0).multinomial(counts.sum(), counts / counts.sum(), RESAMPLES)
        return _ends(float(bits(counts.astype(float))), bits(again.astype(float)))


@dataclass(frozen=True)
class LeakedBits:
    """Mutual information of a label and a prediction, corrected (`masking.measures.leaked_bits`)."""

    least: int = 2

    def estimate(self, *columns: Values) -> Estimate:
        """See `Aggregate`."""
        truth, predicted = (torch.from_numpy(column.astype(np.int64)) for column in columns)
        return leaked_bits(truth, predicted)

    def difference(self, first: tuple[Values, ...], second: tuple[Values, ...]) -> Estimate:
        """See `Aggregate`."""
        truth, one = (torch.from_numpy(column.astype(np.int64)) for column in first)
        return leaked_bits_difference(truth, one, torch.from_numpy(second[1].astype(np.int64)))


@dataclass(frozen=True)
class RelianceError:
    """How far a share of hits lies from the right answer, which is the same for all images."""

    least: int = 2

    def estimate(self, *columns: Values) -> Estimate:
        """See `Aggregate`."""
        hits, right = columns
        return reliance_error(rate(round(float(hits.sum())), len(hits)), float(right[0]))

    def difference(self, first: tuple[Values, ...], second: tuple[Values, ...]) -> Estimate:
        """See `Aggregate`; bootstrap over images."""
        draws = _draws(len(first[0]))
        far: Callable[[Values, Values], Values] = lambda rates, right: np.abs(rates - right[0])  # noqa: E731
        again = [far((draws @ hits) / len(hits), right) for hits, right in (first, second)]
        value = [float(far(hits.mean(), right)) for hits, right in (first, second)]
        return _ends(value[0] - value[1], again[0] - again[1], -1.0, 1.0)


MEAN, SHARE, CLASS_ENTROPY, LEAKED_BITS, RELIANCE_ERROR = Mean(), Share(), ClassEntropy(), LeakedBits(), RelianceError()
