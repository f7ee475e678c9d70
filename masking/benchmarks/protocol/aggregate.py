"""One value per image becomes one number with its interval, for one condition and for the difference of two.

Intervals are 95 % confidence intervals. Those of means come from a bootstrap over images. Those of shares of hits do
not: for 50 hits in 50 images, a bootstrap claims that the share is exactly 1, and Wilson's score interval reaches down
to 0.93.
"""

import math
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
    """A rule that makes one number of the values of n images, one array (n,) per column."""

    @property
    def least(self) -> int:
        """The fewest images that it needs."""
        ...

    def estimate(self, *columns: Values) -> Estimate:
        """Return the number and its interval."""
        ...

    def difference(self, first: tuple[Values, ...], second: tuple[Values, ...]) -> Estimate:
        """Return by how much `first` is larger than `second`; both hold the same images in the same order."""
        ...


@lru_cache(maxsize=2)
def _draws(images: int) -> NDArray[np.float32]:
    """Return how often each bootstrap sample holds each image, (resamples, images); equal for equal `images`."""
    resamples = max(LEAST_RESAMPLES, min(RESAMPLES, MOST_DRAWN // images))
    generator = np.random.default_rng(0)
    draws = np.empty((resamples, images), np.float32)
    for row in draws:
        row[:] = np.bincount(generator.integers(images, size=images), minlength=images)
    return draws


def _percentile_interval(
    value: float, resampled: Values, lowest: float = -math.inf, highest: float = math.inf
) -> Estimate:
    """Return a value with the percentiles of its resampled values, shifted by the mean error of resampling."""
    low, high = np.quantile(resampled, ENDS) + value - resampled.mean()
    return Estimate(value, max(lowest, min(float(low), value)), min(highest, max(float(high), value)))


@dataclass(frozen=True)
class Mean:
    """The mean over images, with a bootstrap interval."""

    least: int = 1

    def estimate(self, *columns: Values) -> Estimate:
        """See `Aggregate`. The interval of a single image is infinite."""
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
        gained, lost = (int(side.sum()) for side in (first[0] > second[0], first[0] < second[0]))
        p, q = (gained + 1) / (n + 2), (lost + 1) / (n + 2)
        half_width = Z * math.sqrt((p + q - (p - q) ** 2) / (n + 2))
        value = (gained - lost) / n
        return Estimate(value, min(value, max(-1.0, p - q - half_width)), max(value, min(1.0, p - q + half_width)))


def _entropy(counts: NDArray[np.float64]) -> Values:
    """Return the entropy, in bits, of histograms (…, classes)."""
    shares = counts / counts.sum(-1, keepdims=True)
    return -np.where(shares > 0, shares * np.log2(np.maximum(shares, 1e-300)), 0.0).sum(-1)


@dataclass(frozen=True)
class ClassEntropy:
    """Entropy, in bits, of the histogram of predicted classes; the interval is for sets of as many images."""

    least: int = 2

    def estimate(self, *columns: Values) -> Estimate:
        """See `Aggregate`."""
        _, counts = np.unique(columns[0], return_counts=True)
        resampled = np.random.default_rng(0).multinomial(len(columns[0]), counts / counts.sum(), RESAMPLES)
        return _percentile_interval(float(_entropy(counts.astype(float))), _entropy(resampled.astype(float)), 0.0)

    def difference(self, first: tuple[Values, ...], second: tuple[Values, ...]) -> Estimate:
        """See `Aggregate`."""
        pairs, counts = np.unique(np.stack([first[0], second[0]]), axis=1, return_counts=True)
        sides = [np.unique(side, return_inverse=True)[1].ravel() for side in pairs]

        def entropy_difference(weights: NDArray[np.float64]) -> Values:
            sums = [weights @ np.eye(side.max() + 1)[side] for side in sides]
            return _entropy(sums[0]) - _entropy(sums[1])

        resampled = np.random.default_rng(0).multinomial(counts.sum(), counts / counts.sum(), RESAMPLES)
        value = float(entropy_difference(counts.astype(float)))
        return _percentile_interval(value, entropy_difference(resampled.astype(float)))


@dataclass(frozen=True)
class LeakedBits:
    """Mutual information of label and prediction, in bits, corrected for its bias (`masking.measures.leaked_bits`)."""

    least: int = 2

    def estimate(self, *columns: Values) -> Estimate:
        """See `Aggregate`."""
        truth, predicted = (torch.from_numpy(column.astype(np.int64)) for column in columns)
        return leaked_bits(truth, predicted)

    def difference(self, first: tuple[Values, ...], second: tuple[Values, ...]) -> Estimate:
        """See `Aggregate`."""
        truth, predicted = (torch.from_numpy(column.astype(np.int64)) for column in first)
        return leaked_bits_difference(truth, predicted, torch.from_numpy(second[1].astype(np.int64)))


@dataclass(frozen=True)
class SharesRatio:
    """The share of hits under one condition, divided by that under another, on the same images."""

    least: int = 2

    def estimate(self, *columns: Values) -> Estimate:
        """See `Aggregate`; a bootstrap over images, which are drawn with both of their values.

        The ratio is infinite if the second share is 0. If the first share is 0, the bootstrap knows only 0, so the
        upper end comes from its Wilson interval.
        """
        value, resampled = self._ratios(columns)
        low, high = np.quantile(resampled, ENDS, method="higher") if math.isfinite(value) else (0.0, math.inf)
        if value == 0:
            high = rate(0, len(columns[0])).high * len(columns[1]) / float(columns[1].sum())
        return Estimate(value, min(float(low), value), max(float(high), value))

    def difference(self, first: tuple[Values, ...], second: tuple[Values, ...]) -> Estimate:
        """See `Aggregate`; a bootstrap over images."""
        (value, resampled), (other, other_resampled) = self._ratios(first), self._ratios(second)
        both = np.isfinite(resampled) & np.isfinite(other_resampled)
        if not (math.isfinite(value) and math.isfinite(other) and both.any()):
            return Estimate(math.nan, -math.inf, math.inf)
        low, high = np.quantile(resampled[both] - other_resampled[both], ENDS)
        return Estimate(value - other, min(float(low), value - other), max(float(high), value - other))

    def _ratios(self, columns: tuple[Values, ...]) -> tuple[float, Values]:
        """Return the ratio of two columns of hits, and that of each bootstrap sample."""
        draws, (hits, others) = _draws(len(columns[0])), columns
        above, below = np.append(draws @ hits, hits.sum()), np.append(draws @ others, others.sum())
        ratios = np.divide(above, below, out=np.full(len(above), math.inf), where=below > 0)
        return float(ratios[-1]), ratios[:-1]


@dataclass(frozen=True)
class RelianceError:
    """Distance of a share of hits from the best possible share, which is the same for all images."""

    least: int = 2

    def estimate(self, *columns: Values) -> Estimate:
        """See `Aggregate`."""
        hits, best = columns
        return reliance_error(rate(round(float(hits.sum())), len(hits)), float(best[0]))

    def difference(self, first: tuple[Values, ...], second: tuple[Values, ...]) -> Estimate:
        """See `Aggregate`; a bootstrap over images."""
        draws = _draws(len(first[0]))
        resampled = [np.abs((draws @ hits) / len(hits) - best[0]) for hits, best in (first, second)]
        errors = [float(np.abs(hits.mean() - best[0])) for hits, best in (first, second)]
        return _percentile_interval(errors[0] - errors[1], resampled[0] - resampled[1], -1.0, 1.0)


MEAN, SHARE, CLASS_ENTROPY, LEAKED_BITS, RELIANCE_ERROR = Mean(), Share(), ClassEntropy(), LeakedBits(), RelianceError()
SHARES_RATIO = SharesRatio()
