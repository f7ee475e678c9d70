"""The type `Prediction`: a classifier's answer to one image."""

import math
from dataclasses import dataclass
from functools import cached_property

from torch import Tensor

from masking.measures import predictive_entropy
from masking.models.class_groups import class_name, group_members
from masking.models.class_names import short_names
from masking.results.notebook import html_table
from masking.results.verdict import ClassName


@dataclass(frozen=True, eq=False)
class Prediction:
    """A classifier's answer to one image: logits (classes,), on the CPU."""

    logits: Tensor
    categories: tuple[str, ...]

    @cached_property
    def probabilities(self) -> Tensor:
        """Softmax, float64 (classes,)."""
        return self.logits.double().softmax(-1)

    @cached_property
    def entropy(self) -> float:
        """Predictive entropy in bits, 0 … log2(classes)."""
        return predictive_entropy(self.logits).item()

    @property
    def entropy_limit(self) -> float:
        """Largest possible entropy in bits, log2(classes): all classes alike."""
        return math.log2(len(self.categories))

    def probability(self, index: int) -> float:
        """Return the probability of a class, 0 … 1."""
        return float(self.probabilities[index])

    @property
    def index(self) -> int:
        """Index of the predicted class."""
        return int(self.logits.argmax())

    @property
    def category(self) -> str:
        """Name of the predicted class."""
        return self.categories[self.index]

    @property
    def named(self) -> ClassName:
        """The predicted class as sentences call it: its short name and its group."""
        return class_name(self.index, self.categories)

    def group_probability(self, index: int) -> float:
        """Return the probability of all classes in the group of a class together, 0 … 1."""
        return float(self.probabilities[list(group_members(index, self.categories))].sum())

    def top(self, k: int = 5, *, short: bool = False) -> list[tuple[str, float]]:
        """Return the k most probable categories, or their short names, with their probabilities, best first."""
        probability, index = self.probabilities.topk(min(k, len(self.categories)))
        names = short_names(self.categories) if short else self.categories
        return [(names[i], p) for p, i in zip(probability.tolist(), index.tolist(), strict=True)]

    def _repr_html_(self) -> str:
        """Show a notebook the most probable categories."""
        rows = [{"category": category, "probability": f"{probability:.1%}"} for category, probability in self.top()]
        return html_table(rows, f"Predictive entropy {self.entropy:.2f} bits")
