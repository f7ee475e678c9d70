"""Quickshift superpixels, with the settings of the lime package."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.segmentation import quickshift

from masking.registry.params import param
from masking.segments import SEGMENTATIONS, Segmentation


@SEGMENTATIONS.register("quickshift")
@dataclass(frozen=True)
class Quickshift(Segmentation):
    """Each segment is one mode of a density in colour and position."""

    kernel: int = param(4, "width of the density; higher gives fewer segments", low=1, high=20, unit="px")
    ratio: float = param(0.2, "weight of colour against position", low=0, high=1)
    seed: int = param(0, "breaks ties", low=0, high=2**31 - 1)

    title = "Quickshift"
    meaning = "Ragged superpixels that follow texture and colour."
    source = "Vedaldi & Soatto 2008; settings of the lime package"

    def labels_of(self, picture: NDArray[np.float64]) -> NDArray[Any]:
        """Return Quickshift labels (h, w)."""
        return quickshift(picture, kernel_size=self.kernel, max_dist=200, ratio=self.ratio, rng=self.seed)
