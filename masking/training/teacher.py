"""A teacher that masks pictures for their true labels before a student sees them (Attribution Mask, section 5.4).

The masks contain the labels, in training and in the test. So the student's score is not accuracy on unseen pictures.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from masking.attribution.attribution_mask import attribution_masks
from masking.models.zoo import load_named
from masking.runtime.settings import load_settings
from masking.training.recipe import Teacher


class TeacherMasks:
    """A function that masks pictures as the teacher does, for the student.

    Raises:
        KeyError: there is no such teacher or attribution.
        ValueError: the teacher normalises pictures differently from its student.
    """

    def __init__(self, teacher: Teacher, mean: Sequence[float], std: Sequence[float], device: torch.device):
        self.teacher, self.classifier = teacher, load_named(teacher.classifier, load_settings(), device)
        own = (self.classifier.mean.flatten().cpu(), self.classifier.std.flatten().cpu())
        if not all(torch.allclose(a, torch.tensor(b)) for a, b in zip(own, (mean, std), strict=True)):
            raise ValueError(
                f"the teacher {teacher.classifier} normalises with mean {_round(own[0])} and std {_round(own[1])}; "
                "write these under [data]"
            )

    def __call__(self, images: Tensor, labels: Tensor) -> Tensor:
        """Return images (n, 3, h, w) in [0, 1] masked for these labels (n,): normalised, float32, on the CPU."""
        iterations = self.teacher.iterations
        masks = attribution_masks(self.classifier, images, labels, self.teacher.attribution, iterations)
        return masks.normalised(iterations)


def _round(values: Tensor) -> list[float]:
    return [round(value, 3) for value in values.tolist()]
