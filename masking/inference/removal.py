"""The type `Removal`: the classes predicted for one image under many random masks."""

from collections import Counter
from dataclasses import dataclass

import torch
from torch import Tensor

from masking.measures import class_entropy
from masking.models.class_groups import class_name, group_members


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
    def object_name(self) -> str:
        """The class predicted for the whole image, as sentences call it: its group or its short name."""
        return class_name(self.original, self.categories).group

    @property
    def group_agreement(self) -> float:
        """Share of masks under which the prediction is the original class or another one of its group, 0 … 1."""
        members = torch.tensor(group_members(self.original, self.categories))
        return torch.isin(self.predicted.cpu(), members).double().mean().item()

    @property
    def class_entropy(self) -> float:
        """Entropy of the histogram of predicted classes, in bits."""
        return class_entropy(self.predicted)

    def histogram(self) -> list[tuple[str, int]]:
        """Return the predicted categories with their counts, the most frequent first."""
        counts = Counter(self.predicted.tolist())
        return [(self.categories[index], count) for index, count in counts.most_common()]
