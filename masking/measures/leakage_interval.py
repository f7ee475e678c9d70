"""The interval of a leakage in bits: which predictors could have given the observed table of labels?

Labels are drawn again, as many as were observed, from predictors of known leakage: pairs of the observed table, of
which a share gets the prediction of another scene. Each end is the furthest of what three arguments allow.

1. Basic bootstrap: the errors of the estimates of the predictor that has the estimated leakage, with their signs
   turned; and their spread alone.
2. Test inversion: the predictor of the least (most) leakage whose estimates reach as high (low) as the observed one.
   For the lower end the shuffle is tried in two orders: all pairs alike, and pairs that occurred once before all
   others, because an answer that came once with one class may have come by chance.
3. Rare answers: if a predictor gives one answer 97 % of the time, 512 scenes hold about 15 others, and their number is
   uncertain by half. So if one answer is given more than half of the time, the share of all others is moved to the ends
   of its own exact interval (Clopper & Pearson 1934, Biometrika 26:404).

The lower end is 0 if labels shuffled among the observed ones reach the estimate too (permutation test).
`studies/leakage_coverage.py` measures how often the interval holds the true value.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import betaincinv

from masking.measures.pair_information import Correction, Counts, count_pairs, information

Floats = NDArray[np.float64]
Shuffle = float | Floats
"""The probability with which each scene gets the prediction of another one: for all, or for each scene (n,)."""
DENSE = 8
"""Tables with at most so many cells per scene are counted cell by cell."""

_solve: Any = brentq
_beta_quantile: Any = betaincinv


def leakage_interval(
    rows: Counts, columns: Counts, value: float, correct: Correction, confidence: float, resamples: int, seed: int
) -> tuple[float, float]:
    """Return the ends of the interval of a leakage in bits, not yet limited to what is possible.

    Args:
        rows: true class of each scene (n,), numbered from 0 without gaps.
        columns: the predicted class, likewise; two or more classes.
        value: the estimate, in bits.
        correct: the estimator, made for their table.
        confidence: confidence level, 0 … 1.
        resamples: number of tables that are drawn for each predictor.
        seed: seed of these draws.
    """
    redraws = Redraws(rows, columns, correct, resamples, seed)
    tail = (1 - confidence) / 2
    low, high = _bootstrap_ends(redraws, value, tail)
    fewest, most = _other_answer_shares(redraws.table, tail)
    highest = redraws.shares(_invert(redraws, value, tail, lambda step: step, 1.0))
    high = max(high, information(highest), information(_with_other_answers(highest, most)))
    if np.quantile(redraws.permuted_estimates(), 1 - tail) >= value:
        return 0.0, high
    for shuffle, end in ((lambda step: step, 1.0), (redraws.single_first, 2.0)):
        lowest = redraws.shares(_invert(redraws, value, 1 - tail, shuffle, end))
        low = min(low, information(lowest), information(_with_other_answers(lowest, fewest)))
    return low, high


class Redraws:
    """Tables of as many scenes as observed, drawn again; the same draws serve every share of shuffled pairs."""

    def __init__(self, rows: Counts, columns: Counts, correct: Correction, resamples: int, seed: int):
        self.rows, self.columns, self.correct = rows, columns, correct
        self.table = count_pairs(rows, columns)
        self._single = self.table[rows, columns] == 1
        self._generator = np.random.default_rng(seed)
        shape = resamples, len(rows)
        self._sample, other = (self._generator.integers(len(rows), size=shape) for _ in range(2))
        self._level = self._generator.random(shape, dtype=np.float32)
        self._truth, self._own, self._other = rows[self._sample], columns[self._sample], columns[other]

    def single_first(self, step: float) -> Floats:
        """Return the shuffle of each scene on a path from 0 to 2 that shuffles pairs of one scene before all others."""
        return np.where(self._single, min(step, 1.0), max(step - 1.0, 0.0))

    def estimates(self, shuffle: Shuffle) -> Floats:
        """Return the estimated leakage (resamples,) of draws from the predictor with this shuffle."""
        limit = shuffle[self._sample] if isinstance(shuffle, np.ndarray) else shuffle
        return self._estimates(self._truth, np.where(self._level < limit, self._other, self._own))

    def permuted_estimates(self) -> Floats:
        """Return the estimates (resamples,) for the observed labels, with the true ones in random order."""
        truth = self._generator.permuted(np.broadcast_to(self.rows, self._level.shape), axis=1)
        return self._estimates(truth, np.broadcast_to(self.columns, truth.shape))

    def shares(self, shuffle: Shuffle) -> Floats:
        """Return the probabilities of all pairs (classes, answers) of the predictor with this shuffle."""
        weights = np.broadcast_to(shuffle, self.rows.shape) / len(self.rows)
        shares = np.zeros(self.table.shape)
        np.add.at(shares, (self.rows, self.columns), 1 / len(self.rows) - weights)
        shuffled = np.bincount(self.rows, weights, minlength=len(shares))
        return shares + shuffled[:, None] * self.table.sum(0) / len(self.rows)

    def _estimates(self, truth: Counts, predicted: Counts) -> Floats:
        margins = [self._sum_terms(side, size) for side, size in zip((truth, predicted), self.table.shape, strict=True)]
        cells = self._sum_terms(truth * self.table.shape[1] + predicted, self.table.size)
        scenes = len(self.rows)
        bits = ((cells - margins[0] - margins[1]) / scenes + math.log(scenes)) / math.log(2)
        return (bits - self.correct.chance) * self.correct.scale

    def _sum_terms(self, codes: Counts, size: int) -> Floats:
        """Return for each draw the sum of the estimator's terms over the counts of its codes, all below `size`."""
        draws, scenes = codes.shape
        if size <= DENSE * scenes:
            counts = np.bincount((np.arange(draws)[:, None] * size + codes).ravel(), minlength=draws * size)
            return self.correct.terms[counts].reshape(draws, size).sum(1)
        ordered = np.sort(codes, axis=1)
        starts = np.ones(ordered.shape, bool)
        starts[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
        first = np.flatnonzero(starts)
        counts = np.diff(np.append(first, ordered.size))
        return np.bincount(first // scenes, self.correct.terms[counts], draws).astype(np.float64)


def _bootstrap_ends(redraws: Redraws, value: float, tail: float) -> tuple[float, float]:
    """Return the ends of the basic bootstrap, or of the spread without its bias if that reaches further."""
    shuffle = estimated_predictor(redraws, value)
    misses = redraws.estimates(shuffle) - information(redraws.shares(shuffle))
    below, middle, above = (float(end) for end in np.quantile(misses, [tail, 0.5, 1 - tail]))
    return value - max(above, above - middle), value - min(below, below - middle)


def estimated_predictor(redraws: Redraws, value: float) -> float:
    """Return the share of all pairs to shuffle so that a predictor has so many bits, as near as possible."""
    return _root(lambda share: information(redraws.shares(share)) - value, 1.0, 1e-6)


def _invert(
    redraws: Redraws,
    value: float,
    level: float,
    shuffle: Callable[[float], Shuffle],
    end: float,
    precision: float = 1e-3,
) -> Shuffle:
    """Return the shuffle on a path from 0 to `end` whose estimates have the value as their quantile of this level."""
    return shuffle(
        _root(lambda step: float(np.quantile(redraws.estimates(shuffle(step)), level)) - value, end, precision)
    )


def _root(falling: Callable[[float], float], end: float, precision: float) -> float:
    """Return where a falling function of 0 … end is 0; the nearer end if it is 0 nowhere."""
    known = {0.0: falling(0.0), end: falling(end)}
    if known[0.0] <= 0:
        return 0.0
    if known[end] >= 0:
        return end
    return float(_solve(lambda step: known[step] if step in known else falling(step), 0.0, end, xtol=precision))


def _other_answer_shares(table: Counts, tail: float) -> tuple[float, float]:
    """Return the exact interval of the share of all answers but the commonest; the share alone if it is large."""
    scenes = int(table.sum())
    others = scenes - int(table.sum(0).max())
    if 2 * others > scenes:
        return others / scenes, others / scenes
    low = float(_beta_quantile(others, scenes - others + 1, tail))
    high = float(_beta_quantile(others + 1, scenes - others, 1 - tail))
    return low, high


def _with_other_answers(shares: Floats, others: float) -> Floats:
    """Return the probabilities if so large a share of the answers is not the commonest one."""
    commonest = np.arange(shares.shape[1]) == shares.sum(0).argmax()
    often = shares[:, commonest].sum()
    return shares * np.where(commonest, (1 - others) / often, others / (1 - often))
