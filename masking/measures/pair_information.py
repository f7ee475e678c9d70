"""Mutual information counted from a table of label pairs, as counted and corrected for its bias.

`Correction` is Grassberger's estimate (2003, arXiv physics/0307138), adjusted by what shuffled labels are expected to
give (Vinh et al. 2010). `masking.measures.leakage` says why.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma
from torch import Tensor

Counts = NDArray[np.int64]


def number_labels(truth: Tensor, predicted: Tensor) -> tuple[Counts, Counts]:
    """Return both label vectors, numbered from 0 without gaps.

    Raises:
        ValueError: fewer than two scenes, or another number of predictions.
    """
    if truth.shape != predicted.shape or truth.ndim != 1:
        shapes = f"{tuple(truth.shape)} and {tuple(predicted.shape)}"
        raise ValueError(f"leakage needs one prediction for each scene; these have shapes {shapes}")
    if len(truth) < 2:
        raise ValueError(f"{len(truth)} scene(s) cannot show leakage; give two or more, better 512")
    rows, columns = (np.unique(labels.cpu().numpy(), return_inverse=True)[1] for labels in (truth, predicted))
    return rows.astype(np.int64), columns.astype(np.int64)


def count_pairs(rows: Counts, columns: Counts) -> Counts:
    """Count how often each pair of labels occurs."""
    shape = int(rows.max()) + 1, int(columns.max()) + 1
    return np.bincount(rows * shape[1] + columns, minlength=shape[0] * shape[1]).reshape(shape)


def information(shares: NDArray[np.float64]) -> float:
    """Compute the mutual information of a table of probabilities, in bits."""
    independent = shares.sum(1, keepdims=True) * shares.sum(0, keepdims=True)
    seen = shares > 0
    return float((shares[seen] * np.log2(shares[seen] / independent[seen])).sum())


def _grassberger(largest: int) -> NDArray[np.float64]:
    """Compute n · G(n) for n = 0 … largest, Grassberger's replacement of n · ln n."""
    n = np.arange(1, largest + 1, dtype=np.float64)
    sign = np.where(n % 2, -1.0, 1.0)
    return np.concatenate([[0.0], n * (digamma(n) + sign / 2 * (digamma((n + 1) / 2) - digamma(n / 2)))])


class Correction:
    """Turns counts into bits, without bias if labels are independent and if one determines the other."""

    def __init__(self, table: Counts):
        self.scenes = int(table.sum())
        self.terms = _grassberger(self.scenes)
        rows, columns = table.sum(1), table.sum(0)
        self.chance = self.bits(self._shuffled(rows, columns), rows, columns)
        entropy = -float((rows / self.scenes * np.log2(rows / self.scenes)).sum())
        self.scale = entropy / (entropy - self.chance) if entropy > self.chance else 1.0

    def __call__(self, table: Counts) -> float:
        """Return the corrected bits of a table of as many scenes, (classes, answers)."""
        bits = self.bits(float(self.terms[table].sum()), table.sum(1), table.sum(0))
        return (bits - self.chance) * self.scale

    def bits(self, cells: float, rows: Counts, columns: Counts) -> float:
        """Compute Grassberger's estimate, in bits, from the sum of `terms` over the cells and both sides' counts."""
        margins = float(self.terms[rows].sum() + self.terms[columns].sum())
        return ((cells - margins) / self.scenes + math.log(self.scenes)) / math.log(2)

    def _shuffled(self, rows: Counts, columns: Counts) -> float:
        """Compute the expected sum over the cells of such a table if its labels are shuffled."""
        from scipy.stats import hypergeom  # a second to import, and few processes measure leakage

        (high, how_many), (wide, how_often) = (np.unique(side, return_counts=True) for side in (rows, columns))
        n: Any = np.arange(min(high.max(), wide.max()) + 1)[:, None]
        a, b = (side.ravel()[None] for side in np.meshgrid(high, wide, indexing="ij"))
        expected = (hypergeom.pmf(n, self.scenes, a, b) * self.terms[n]).sum(0)
        return float(expected @ np.outer(how_many, how_often).ravel())
