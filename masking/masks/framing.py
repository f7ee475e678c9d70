"""The mask of a whole picture in a classifier's frame, and masks that go from one frame to another."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from masking.image import centre_view, view_extent
from masking.masks.mask import Mask

TRACE = 1e-4
"""A pixel of which a hidden one makes up less than this share counts as untouched by it."""
WITH_NEGATIVE_WEIGHTS = {"bicubic", "lanczos"}
"""Interpolations in which the weights of several hidden pixels may cancel."""


def frame_present(
    present: NDArray[np.bool_], resize: int, size: tuple[int, int], interpolation: str
) -> NDArray[np.bool_]:
    """Return which pixels of a classifier's view are present, bool `size`: those with no hidden pixel mixed into them.

    Args:
        present: bool (h, w) of the whole picture.
        resize: see `centre_view`, as for the other arguments.
        size: (h, w) of the view.
        interpolation: how the picture is resized.
    """

    def view(values: NDArray[np.bool_] | NDArray[np.floating]) -> NDArray[np.float32]:
        return np.asarray(centre_view(Image.fromarray(values.astype(np.float32)), resize, size, interpolation))

    untouched = view(present) > 1 - TRACE
    if interpolation in WITH_NEGATIVE_WEIGHTS and not present.all():
        unequal = np.random.default_rng(0).uniform(0.5, 1, present.shape)
        untouched &= np.abs(view(np.where(present, 0, unequal))) < TRACE
    return untouched


def move_to_frame(
    mask: Mask, view_share: float, size: tuple[int, int], new_view_share: float, picture_size: tuple[int, int]
) -> Mask:
    """Return a mask in another classifier's frame, so that it lies on the same part of the picture.

    Args:
        mask: in the frame of the first classifier.
        view_share: share of the largest centred box of its shape that its frame shows; see `Classifier`.
        size: (h, w) of the other frame.
        new_view_share: the view share of the other frame.
        picture_size: (h, w) of the picture.
    """
    if mask.size[0] == mask.size[1] and size[0] == size[1]:
        return mask.resized(size, zoom=view_share / new_view_share)
    before = view_extent(picture_size, round(min(mask.size) / view_share), mask.size)
    after = view_extent(picture_size, round(min(size) / new_view_share), size)
    return mask.resized(size, zoom=(before[0] / after[0], before[1] / after[1]))
