"""SLIC superpixels."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.segmentation import slic

from masking.registry.params import param
from masking.segments import SEGMENTATIONS, Segmentation


@SEGMENTATIONS.register("slic")
@dataclass(frozen=True)
class Slic(Segmentation):
    """Segments are clusters of k-means in colour and position."""

    count: int = param(60, "roughly how many superpixels", low=2, high=1000)
    compactness: float = param(10.0, "higher gives squarer superpixels", low=0.01, high=100)

    title = "SLIC"
    meaning = "Compact superpixels of similar size that follow colour borders."
    source = "Achanta et al. 2012; settings of Jain et al. 2022"

    def labels_of(self, picture: NDArray[np.float64]) -> NDArray[Any]:
        """Return SLIC labels (h, w)."""
        return slic(picture, n_segments=self.count, compactness=self.compactness, sigma=1, start_label=0)
