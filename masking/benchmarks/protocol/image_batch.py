"""Images that are computed together: a benchmark computes a whole batch or nothing of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from torch import Tensor


@dataclass(frozen=True, eq=False)
class ImageBatch:
    """Images as the classifier sees them, with everything that is known about them.

    Attributes:
        images: float32 (n, 3, h, w) in [0, 1], on the classifier's device.
        labels: int64 (n,), indices of the classifier's categories or `UNKNOWN`, on the CPU.
        indices: positions of the images in the data.
        seed: the seed of the run.
        objects: bool (n, 1, h, w), True = object, on the CPU; None where objects are not known.
        best_accuracy: accuracy, 0 … 1, of the best classifier that sees only the "background", the "object" …;
            empty if it is not known.
    """

    images: Tensor
    labels: Tensor
    indices: tuple[int, ...]
    seed: int = 0
    objects: Tensor | None = None
    best_accuracy: Mapping[str, float] = field(default_factory=dict[str, float])

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def size(self) -> tuple[int, int]:
        """(h, w) in pixels."""
        return self.images.shape[2], self.images.shape[3]

    @property
    def seeds(self) -> list[int]:
        """One seed per image. It follows from the run's seed and the image's index, so it is the same in any batch."""
        return [int(np.random.SeedSequence([self.seed, index]).generate_state(1)[0]) for index in self.indices]
