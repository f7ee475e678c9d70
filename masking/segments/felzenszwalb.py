"""Graph-based segments (Felzenszwalb & Huttenlocher)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.segmentation import felzenszwalb

from masking.registry.params import param
from masking.segments import SEGMENTATIONS, Segmentation


@SEGMENTATIONS.register("felzenszwalb")
@dataclass(frozen=True)
class Felzenszwalb(Segmentation):
    """Regions that are merged where the colour border between them is weak."""

    scale: float = param(100.0, "higher gives larger segments", low=1, high=1000)
    smallest: int = param(50, "smallest segment", low=1, high=5000, unit="px")

    title = "Felzenszwalb"
    meaning = "Segments of very different size that follow strong colour borders."
    source = "Felzenszwalb & Huttenlocher 2004"

    def labels_of(self, picture: NDArray[np.float64]) -> NDArray[Any]:
        """Return Felzenszwalb labels (h, w)."""
        return felzenszwalb(picture, scale=self.scale, sigma=0.8, min_size=self.smallest)
