"""Changes of a hidden region: from numpy bool (h, w), True = hidden, to another of that kind."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from skimage.morphology import convex_hull_image

Hidden = NDArray[np.bool_]
Change = Callable[[Hidden], Hidden]


def grow(hidden: Hidden, pixels: float) -> Hidden:
    """Add all pixels within `pixels` (Euclidean distance) of the region."""
    if not hidden.any():
        return hidden
    return np.asarray(distance_transform_edt(~hidden)) <= pixels


def shrink(hidden: Hidden, pixels: float) -> Hidden:
    """Keep the pixels further than `pixels` (Euclidean distance) from all others; the image's border does not count."""
    if hidden.all():
        return hidden
    return np.asarray(distance_transform_edt(hidden)) > pixels


def bounding_box(hidden: Hidden) -> Hidden:
    """Return the smallest upright rectangle around the region."""
    if not hidden.any():
        return hidden
    rows, columns = np.flatnonzero(hidden.any(1)), np.flatnonzero(hidden.any(0))
    box = np.zeros_like(hidden)
    box[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = True
    return box


def convex_hull(hidden: Hidden) -> Hidden:
    """Return the convex hull of the region, which always contains it."""
    if not hidden.any():
        return hidden
    box = bounding_box(hidden)
    rows, columns = np.flatnonzero(box.any(1)), np.flatnonzero(box.any(0))
    if len(rows) == 1 or len(columns) == 1:
        return box  # a line is its own hull, and QHull refuses flat input
    return convex_hull_image(hidden) | hidden
