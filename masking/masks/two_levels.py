"""Where a grey picture is bright, if it is black and white with smooth edges; nothing if it is not."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter, minimum_filter

Greys = NDArray[Any]
END = 0.1
"""Greys within this share of the whole range are near black or near white."""
CLEAR_SHARE = 0.8
"""A black-and-white picture has at least this share of its pixels near black or near white."""
EDGE = 8
"""Other greys lie within so many rows and columns of both, the side of a JPEG block, or a 50th of the shorter side."""
STRAY_SHARE = 0.005
"""So many of the pixels may lie elsewhere."""
FEW = 8
"""With so few greys, a large region of one that is almost black or almost white is a label."""


def bright_side(greys: Greys, full: float) -> NDArray[np.bool_] | None:
    """Return where a picture is white, bool (h, w), if it is black and white but for smooth or compressed edges.

    At least 80 % of the pixels are within 10 % of black or of white, both occur, and what lies between is found along
    the edges only. The cut is at half the range. Return None for all other pictures: photographs, soft masks, labels.

    Args:
        greys: (h, w), from 0 to `full`.
        full: the value of white.
    """
    dark, bright = greys <= END * full, greys >= (1 - END) * full
    if not dark.any() or not bright.any() or (dark | bright).mean() < CLEAR_SHARE:
        return None
    if _holds_labels(greys, dark, bright):
        return None
    between = ~((greys == _commonest(greys[dark])) | (greys == _commonest(greys[bright])))
    if between.any():
        window = 2 * max(EDGE, min(greys.shape) // 50) + 1
        near_dark, near_bright = (maximum_filter(side.view(np.uint8), window) > 0 for side in (dark, bright))
        if (between & ~(near_dark & near_bright)).mean() > STRAY_SHARE:
            return None
    return greys >= full / 2


def _commonest(values: Greys) -> Any:
    levels, counts = np.unique(values, return_counts=True)
    return levels[counts.argmax()]


def _holds_labels(greys: Greys, dark: NDArray[np.bool_], bright: NDArray[np.bool_]) -> bool:
    """Return whether greys are labels such as 0, 1 and 255: few, more than one at the same end only, and in regions."""
    levels = np.unique(greys)
    if len(levels) > FEW:
        return False
    low, high = np.unique(greys[dark])[1:], np.unique(greys[bright])[:-1]
    if (len(low) > 0) == (len(high) > 0):
        return False
    return any(bool(minimum_filter((greys == level).view(np.uint8), 3).any()) for level in (*low, *high))
