"""The type `Removal`: the classes predicted for one image under many random masks."""

from collections import Counter
from dataclasses import dataclass

from torch import Tensor

from masking.measures import class_entropy


@dataclass(frozen=True, eq=False)
class Removal:
    """The classes predicted (n,) for one image under n random masks and one method."""

    predicted: Tensor
    original: int
    categories: tuple[str, ...]

    @property
    def agreement(self) -> float:
        """Share of masks under which the prediction stays the same, 0 … 1."""
        return (self.predicted == self.original).double().mean().item()

    @property
    def class_entropy(self) -> float:
        """Entropy of the histogram of predicted classes, in bits."""
        return class_entropy(self.predicted)

    def histogram(self) -> list[tuple[str, int]]:
        """Return the predicted categories with their counts, the most frequent first."""
        counts = Counter(self.predicted.tolist())
        return [(self.categories[index], count) for index, count in counts.most_common()]
