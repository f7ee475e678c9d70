"""A teacher that masks pictures for their true labels before a student sees them (Attribution Mask, section 5.4).

The masks contain the labels, in training and in the test. So the student's score is not accuracy on unseen pictures.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from masking.attribution.attribution_mask import attribution_masks
from masking.models.categories import find_class
from masking.models.zoo import load_named
from masking.runtime.settings import load_settings
from masking.training.recipe import Teacher


class TeacherMasks:
    """A function that masks pictures as the teacher does, for the student.

    The student's classes are found among the teacher's by their names, whatever their order.

    Raises:
        KeyError: there is no such teacher or attribution.
        ValueError: the teacher lacks a class of its student, or normalises pictures differently.
    """

    def __init__(
        self,
        teacher: Teacher,
        categories: Sequence[str],
        mean: Sequence[float],
        std: Sequence[float],
        device: torch.device,
    ):
        self.teacher, self.classifier = teacher, load_named(teacher.classifier, load_settings(), device)
        own = (self.classifier.mean.flatten().cpu(), self.classifier.std.flatten().cpu())
        if not all(torch.allclose(a, torch.tensor(b)) for a, b in zip(own, (mean, std), strict=True)):
            raise ValueError(
                f"the teacher {teacher.classifier} normalises with mean {_round(own[0])} and std {_round(own[1])}; "
                "write these under [data]"
            )
        same = tuple(categories) == self.classifier.categories
        self._class_of = torch.tensor([i if same else self._find(name) for i, name in enumerate(categories)])

    def _find(self, name: str) -> int:
        """Return the teacher's index of a class. Raises ValueError if it has none of that name, or several."""
        index = find_class(name, self.classifier.categories)
        if index is None:
            raise ValueError(
                f"the teacher {self.teacher.classifier} does not know the class {name!r}, or knows several; choose a "
                "teacher of the same classes"
            )
        return index

    def __call__(self, images: Tensor, labels: Tensor) -> Tensor:
        """Return images (n, 3, h, w) in [0, 1] masked for these labels (n,): normalised, float32, on the CPU."""
        iterations = self.teacher.iterations
        targets = self._class_of[labels.cpu()]
        masks = attribution_masks(self.classifier, images, targets, self.teacher.attribution, iterations)
        return masks.normalised(iterations)


def _round(values: Tensor) -> list[float]:
    return [round(value, 3) for value in values.tolist()]
