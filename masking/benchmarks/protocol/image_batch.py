"""Images that are computed together: the piece of a benchmark that is done or not done."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from torch import Tensor


@dataclass(frozen=True, eq=False)
class ImageBatch:
    """Images in the classifier's frame with all that is known of them.

    Attributes:
        images: float32 (n, 3, h, w) in [0, 1], on the classifier's device.
        labels: int64 (n,), indices of the classifier's categories or `UNKNOWN`, on the CPU.
        indices: which images of the data these are.
        seed: of the run.
        objects: bool (n, 1, h, w), True = object, on the CPU; None where objects are not known.
        right: accuracy, 0 … 1, of the best classifier that sees only "background", "object" …; empty if unknown.
    """

    images: Tensor
    labels: Tensor
    indices: tuple[int, ...]
    seed: int = 0
    objects: Tensor | None = None
    right: Mapping[str, float] = field(default_factory=dict[str, float])

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def size(self) -> tuple[int, int]:
        """(h, w) in pixels."""
        return self.images.shape[2], self.images.shape[3]

    @property
    def seeds(self) -> list[int]:
        """One seed per image, from the run's and the image's number alone: the same in any block."""
        return [int(np.random.SeedSequence([self.seed, index]).generate_state(1)[0]) for index in self.indices]
