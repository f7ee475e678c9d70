"""The mask of a whole picture in a classifier's frame: resized and cropped as the picture is."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from masking.image import centre_view

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
