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
"""Greys between lie within so many rows and columns of black and white, a JPEG block, or a 50th of the shorter side."""
RINGING = 16
"""Traces of a compression, in black and in white, lie within so many of both: the side of a WEBP block."""
FAINT, FAINT_SHARE = 0.005, 0.02
"""Traces within the first share of the range, one grey of 255, may lie anywhere, on no more than the second."""
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
    between = ~(dark | bright)
    traces = ~(between | (greys == _commonest(greys[dark])) | (greys == _commonest(greys[bright])))
    compressed = (traces & dark).any() and (traces & bright).any()  # labels are found at one end only
    stray = _far_from_edges(between, dark, bright, EDGE)
    stray |= _far_from_edges(traces, dark, bright, RINGING if compressed else EDGE)
    if compressed:
        faint = stray & ((greys <= FAINT * full) | (greys >= (1 - FAINT) * full))
        if faint.mean() <= FAINT_SHARE:
            stray &= ~faint
    return None if stray.mean() > STRAY_SHARE else greys >= full / 2


def _far_from_edges(
    pixels: NDArray[np.bool_], dark: NDArray[np.bool_], bright: NDArray[np.bool_], reach: int
) -> NDArray[np.bool_]:
    """Return which of some pixels have nothing dark, or nothing bright, within `reach` rows and columns."""
    if not pixels.any():
        return pixels
    window = 2 * max(reach, min(pixels.shape) // 50) + 1
    near_dark, near_bright = (maximum_filter(side.view(np.uint8), window) > 0 for side in (dark, bright))
    return pixels & ~(near_dark & near_bright)


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
