"""Square patches in a grid."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from masking.registry.params import param
from masking.segments import SEGMENTATIONS, Segmentation


@SEGMENTATIONS.register("grid")
@dataclass(frozen=True)
class Grid(Segmentation):
    """Square patches, numbered row by row; those at the right and lower border may be smaller."""

    patch: int = param(16, "side of a patch", low=1, high=512, unit="px")

    title = "Grid"
    meaning = "Square patches of one size."
    source = "Jain et al. 2022, section 3"

    def labels_of(self, picture: NDArray[np.float64]) -> NDArray[Any]:
        """Return patch numbers (h, w)."""
        height, width = picture.shape[:2]
        columns = -(-width // self.patch)
        return (np.arange(height) // self.patch)[:, None] * columns + (np.arange(width) // self.patch)[None]
