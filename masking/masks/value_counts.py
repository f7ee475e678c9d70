"""The values in a large picture, counted band by band to save memory."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

BAND = 2**20
"""Pixels whose values are counted at once."""
MOST_VALUES = 2**17
"""Values that are counted; a picture with more is a photograph."""


def count_values(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the values in an array (h, w), ascending, and how often each occurs; not all if there are very many."""
    levels, counts = np.empty(0, values.dtype), np.empty(0, np.int64)
    step = max(1, BAND // max(1, values.shape[1]))
    for top in range(0, values.shape[0], step):
        more, times = np.unique(values[top : top + step], return_counts=True)
        levels, inverse = np.unique(np.concatenate([levels, more]), return_inverse=True)
        counts = np.bincount(inverse, np.concatenate([counts, times])).astype(np.int64)
        if len(levels) > MOST_VALUES:
            break
    return levels, counts
