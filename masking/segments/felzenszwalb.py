"""Felzenszwalb's graph-based segments."""

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
    """Regions merged along weak colour borders."""

    scale: float = param(100.0, "higher gives larger segments", low=1, high=1000)
    smallest: int = param(50, "smallest segment", low=1, high=5000, unit="px")

    title = "Felzenszwalb"
    meaning = "Segments of very different size that follow strong colour borders."
    source = "Felzenszwalb & Huttenlocher 2004"

    def cut(self, picture: NDArray[np.float64]) -> NDArray[Any]:
        """Felzenszwalb labels (h, w)."""
        return felzenszwalb(picture, scale=self.scale, sigma=0.8, min_size=self.smallest)
