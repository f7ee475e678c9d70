"""K-LASSO, which selects a few segments for an explanation. It needs scikit-learn, which is optional."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
from torch import Tensor

PACKAGE = "sklearn"
MISSING = "choosing a few segments (K-LASSO) needs scikit-learn; `pip install scikit-learn`"


def has_lasso() -> bool:
    """Return whether scikit-learn is installed."""
    return find_spec(PACKAGE) is not None


def check_most(most: int) -> None:
    """Raise ValueError if nothing can be explained by at most so many segments, or if scikit-learn is missing."""
    if most < 1:
        raise ValueError(f"{most} segments explain nothing; choose 1 or more")
    if not has_lasso():
        raise ValueError(MISSING)


def select_segments(z: Tensor, weights: Tensor, answers: Tensor, count: int) -> Tensor:
    """Return the segments on the lasso path while it has at most `count`, int64 (≤ count,), ascending.

    Args:
        z: bool (samples, segments).
        weights: float64 (samples,).
        answers: float64 (samples,).
        count: 1 or more.

    Raises:
        ValueError: count below 1, or scikit-learn is not installed.
    """
    check_most(count)
    linear: Any = import_module("sklearn.linear_model")
    share = weights / weights.sum()
    columns, root = z.double(), weights.sqrt()
    centred = (columns - share @ columns) * root[:, None]
    aims = (answers - share @ answers) * root
    _, _, path = linear.lars_path(centred.numpy(), aims.numpy(), method="lasso")
    within = [np.flatnonzero(step) for step in path.T if np.count_nonzero(step) <= count]
    return torch.from_numpy(within[-1].astype(np.int64))
