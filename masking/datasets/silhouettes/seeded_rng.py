"""Seeded random numbers for scenes that are rendered in batches but must not depend on their batch."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

_COLUMNS = 64
"""How many numbers one seed gives; no scene needs more."""


class PerSceneRandom:
    """One row of random numbers per seed, used column by column.

    Every method returns one value per seed. The k-th call uses the k-th number of each seed.
    """

    def __init__(self, seeds: Sequence[int]):
        rows = [np.random.default_rng(seed).random(_COLUMNS, dtype=np.float32) for seed in seeds]
        self._columns = iter(torch.from_numpy(np.stack(rows)).unbind(1))

    def uniform(self, low: float, high: float) -> Tensor:
        """Return float64 (n,) between low and high."""
        return low + (high - low) * next(self._columns).double()

    def choice(self, count: int) -> Tensor:
        """Return int64 (n,) in 0 … count - 1."""
        return (next(self._columns) * count).long().clamp(max=count - 1)

    def chance(self, probability: float) -> Tensor:
        """Return bool (n,), True with the given probability."""
        return next(self._columns) < probability

    def sign(self) -> Tensor:
        """Return float64 (n,), -1 or 1."""
        return self.chance(0.5).double() * 2 - 1

    def tint(self, spread: float) -> Tensor:
        """Return float64 (n, 3, 1, 1): factors for red, green and blue between 1 - spread and 1 + spread."""
        gains = [self.uniform(1 - spread, 1 + spread) for _ in range(3)]
        return torch.stack(gains, dim=1)[..., None, None]
