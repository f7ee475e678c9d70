"""The base class of all segmentations."""

from typing import Any, ClassVar, final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from masking.image import check_image
from masking.registry.params import check_params


class Segmentation:
    """A way to divide an image into superpixels; subclasses are frozen dataclasses of `param` fields."""

    title: ClassVar[str]
    """Its name in headings."""
    meaning: ClassVar[str]
    """One sentence: what its segments look like."""
    source: ClassVar[str]
    """Paper and section."""

    def __post_init__(self):
        check_params(self)

    @final
    def segments(self, image: Tensor) -> Tensor:
        """Return the label map of one image (1, 3, h, w): int64 (h, w), labels 0 … s−1 without gaps, on the CPU.

        Raises:
            ValueError: more than one image.
        """
        check_image(image)
        if len(image) != 1:
            raise ValueError(f"a segmentation takes one image, not {len(image)}")
        picture = image[0].permute(1, 2, 0).double().cpu().numpy()
        _, labels = np.unique(self.labels_of(picture), return_inverse=True)
        return torch.from_numpy(labels.reshape(picture.shape[:2]).astype(np.int64))

    def labels_of(self, picture: NDArray[np.float64]) -> NDArray[Any]:
        """Return integer labels (h, w), numbered in any way, of a picture (h, w, 3) in [0, 1]."""
        raise NotImplementedError


def borders(segments: Tensor) -> Tensor:
    """Find the pixels whose right or lower neighbour has another label: bool (h, w)."""
    edge = torch.zeros(segments.shape, dtype=torch.bool)
    edge[:, :-1] |= segments[:, :-1] != segments[:, 1:]
    edge[:-1] |= segments[:-1] != segments[1:]
    return edge
