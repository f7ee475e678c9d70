"""Leakage in bits: how much predictions reveal about the true class although the object is hidden.

Leakage is the mutual information I(true class; predicted class), 0 … log2(classes) bits. Accuracy cannot replace it:
a network that calls every key a bottle and every bottle a key is never right, and yet the hole revealed the class.

Mutual information counted from a table is too large: 512 predictions that are independent of 16 classes seem to
reveal 0.37 bits. Two corrections are made.

1. Entropies are estimated with the method of Grassberger (2003, arXiv physics/0307138), whose bias falls faster than
   1 / n.
2. The estimate that is still expected for shuffled labels, E, is known exactly (hypergeometric counts). It is removed
   as in the adjusted mutual information of Vinh et al. (2010): (I − E) · H / (H − E), where H is the entropy of the
   true classes. Independent predictions then give 0 on average, perfect ones H.

The interval comes from predictors of known leakage whose labels are drawn again (`leakage_interval.py`). Percentiles of
resampled pairs would not do, because they are biased once more: at 0 bits and 512 scenes they never hold the true
value.

The estimate and the ends of its interval are limited to 0 … the largest possible entropy of the true classes.
"""

import math

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from masking.measures.estimate import CONFIDENCE, Estimate, rate
from masking.measures.leakage_interval import leakage_interval
from masking.measures.pair_information import Correction, Counts, count_pairs, information, number_labels

RESAMPLES, DIFFERENCE_RESAMPLES = 200, 400


def plug_in_bits(truth: Tensor, predicted: Tensor) -> float:
    """Compute the mutual information of two label vectors (n,) as counted, without any correction, in bits."""
    table = count_pairs(*number_labels(truth, predicted))
    return information(table / table.sum())


def leaked_bits(
    truth: Tensor, predicted: Tensor, confidence: float = CONFIDENCE, resamples: int = RESAMPLES, seed: int = 0
) -> Estimate:
    """Estimate the leakage in bits with its interval.

    With 16 classes and 512 scenes, the nominal 95 % interval holds the true value in 90 % of cases or more, for any
    leakage, also if 97 % of the answers are the same (`studies/leakage_coverage.py`). As a rule, use two scenes for
    each pair of classes. With fewer, the estimate is too high, by up to 0.3 bits with 64 scenes and 16 classes, and
    with 1,000 scenes of 100 classes the interval holds the true value in about 83 %.

    Args:
        truth: true class of each scene, integers (n,).
        predicted: the class predicted with its object hidden, (n,).
        confidence: confidence level of the interval, 0 … 1.
        resamples: number of tables that are drawn from each predictor that the interval tries.
        seed: seed of these draws.

    Raises:
        ValueError: fewer than two scenes, or another number of predictions.
    """
    rows, columns = number_labels(truth, predicted)
    table = count_pairs(rows, columns)
    correct = Correction(table)
    value = correct(table)
    most = math.log2(len(table))
    if table.shape[1] == 1:  # nothing to draw again, but other answers may exist and be rare
        return Estimate(0.0, 0.0, min(most, _rare_answer_bits(table, confidence)))
    low, high = leakage_interval(rows, columns, value, correct, confidence, resamples, seed)
    value, low, high = (min(max(end, 0.0), most) for end in (value, low, high))
    return Estimate(value, min(low, value), max(high, value))


def leaked_bits_difference(
    truth: Tensor,
    first: Tensor,
    second: Tensor,
    confidence: float = CONFIDENCE,
    resamples: int = DIFFERENCE_RESAMPLES,
    seed: int = 0,
) -> Estimate:
    """Estimate how many bits more `first` leaks than `second` on the same scenes, which are resampled in pairs."""
    tables = [number_labels(truth, predicted) for predicted in (first, second)]
    corrections = [Correction(count_pairs(*labels)) for labels in tables]
    corrected = [correct(count_pairs(*labels)) for correct, labels in zip(corrections, tables, strict=True)]
    counted = plug_in_bits(truth, first) - plug_in_bits(truth, second)
    generator, scenes = np.random.default_rng(seed), len(truth)
    misses: list[float] = []
    for _ in range(resamples):
        sample = generator.integers(scenes, size=scenes)
        again = [
            correct(count_pairs(rows[sample], columns[sample]))
            for correct, (rows, columns) in zip(corrections, tables, strict=True)
        ]
        misses.append(again[0] - again[1] - counted)
    return _basic_bootstrap(corrected[0] - corrected[1], np.array(misses), confidence)


def _rare_answer_bits(table: Counts, confidence: float) -> float:
    """Bound the bits of answers that did not occur: their entropy if they are as frequent as the data allows."""
    often = rate(0, int(table.sum()), confidence).high
    entropy = -often * math.log2(often) - (1 - often) * math.log2(1 - often)
    return entropy + often * math.log2(max(1, len(table) - 1))


def _basic_bootstrap(value: float, misses: NDArray[np.float64], confidence: float) -> Estimate:
    """Return the interval of the basic bootstrap: estimates that lie above the known value move the ends down."""
    above, below = np.quantile(misses, [(1 + confidence) / 2, (1 - confidence) / 2])
    return Estimate(value, min(value - float(above), value), max(value - float(below), value))
