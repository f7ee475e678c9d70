"""The methods of a study: what each answers, without and with a calibration head, from one forward pass."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from torch import Tensor

from masking import METHODS, Classifier, Mask
from masking.inference.batching import batched_logits

BATCH = 32

Correction = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Takes logits (n, classes), hidden shares (n,) and the positions of the pictures (n,); returns corrected logits."""


def calibrated(method: str) -> str:
    """Return the name of a method with calibration, as links and the command line write it."""
    return f"calibrated:of={method}"


class CorrectedMethod(NamedTuple):
    """A method whose answers are corrected after the forward pass."""

    of: str
    correction: Correction


@dataclass(frozen=True)
class StudyMethods:
    """The methods that a study compares.

    Attributes:
        names: masking methods with default parameters; each takes one forward pass.
        corrected: further methods by name, which take no forward pass.
        compared_with: by method, the method whose values are subtracted from its own; a corrected method is compared
            with the one it corrects.
    """

    names: tuple[str, ...]
    corrected: Mapping[str, CorrectedMethod] = field(default_factory=dict[str, CorrectedMethod])
    compared_with: Mapping[str, str] = field(default_factory=dict[str, str])

    def supported(self, classifier: Classifier) -> list[str]:
        """Return the methods that can run on a classifier."""
        return [name for name in self.names if METHODS[name]().supports(classifier) is None]

    def answers(self, classifier: Classifier, images: Tensor, masks: Mask) -> dict[str, Tensor]:
        """Return the logits (n, classes) of every method, without corrections."""
        return {
            name: batched_logits(classifier, images, METHODS[name](), masks, BATCH)
            for name in self.supported(classifier)
        }

    def with_corrections(self, answers: Mapping[str, Tensor], hidden: Tensor, positions: Tensor) -> dict[str, Tensor]:
        """Return logits by method, each followed by its corrections.

        Args:
            answers: logits (n, classes) by method.
            hidden: the share of pixels hidden in each picture (n,).
            positions: the position of each picture (n,), for corrections that differ between pictures.
        """
        everything: dict[str, Tensor] = {}
        for method, logits in answers.items():
            everything[method] = logits
            for name, (of, correction) in self.corrected.items():
                if of == method:
                    everything[name] = correction(logits, hidden, positions)
        return everything

    def baseline(self, name: str) -> str | None:
        """Return the method with which another is compared, or None."""
        return self.corrected[name].of if name in self.corrected else self.compared_with.get(name)


def hidden_shares(masks: Mask) -> Tensor:
    """Return the share of pixels that each mask hides, float64 (n,)."""
    return (~masks.keep).double().mean((1, 2, 3))
