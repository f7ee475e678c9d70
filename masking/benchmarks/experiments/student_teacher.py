"""What another network reads off a teacher's attribution masks, and the controls beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from masking.attribution.attribution import ATTRIBUTIONS, Attribution
from masking.attribution.iterations import AttributionMasks
from masking.benchmarks.experiments.mia import Mia, masked
from masking.benchmarks.protocol.experiment import BENCHMARKS, ReportForwardPasses
from masking.benchmarks.protocol.image_batch import ImageBatch
from masking.models.classifier import Classifier
from masking.models.zoo import load_named
from masking.registry.params import param
from masking.runtime.settings import load_settings


@BENCHMARKS.register("student_teacher")
@dataclass(frozen=True)
class StudentTeacher(Mia):
    """As `Mia`, but a teacher makes the masks, and the classifier of the run, its student, says what it sees.

    Under the predicted label masks are made for what the teacher predicts; the untrained network is the teacher.
    At iteration 0 the student sees the plain image.
    """

    attributions: tuple[str, ...] = param(
        ("gxsi",), "what the masks are made of", choices=tuple(ATTRIBUTIONS), renamed=ATTRIBUTIONS.renamed
    )
    iterations: int = param(3, "how often the mask is multiplied", low=0, high=50)
    teacher: str = param("silhouettes/nib-vgg", "the classifier whose attributions make the masks")

    title = "Masks read by another network (student and teacher)"
    meaning = (
        "How surely another network names the label that a teacher's mask was made for; not accuracy on unseen data, "
        "since the mask holds the label, as the controls show."
    )
    source = "Lee & Chang 2021 (arXiv 2102.07332), section 5.4 and table 4; the controls are ours"

    def refuses(self, classifier: Classifier) -> str | None:
        """A teacher that sees other pictures or knows other classes, and what `Mia` refuses of it."""
        teacher = _teacher(self.teacher, classifier.device)
        if teacher.categories != classifier.categories:
            return f"{self.teacher} knows other classes than {classifier.name}; choose a teacher of the same"
        if _frame(teacher) != _frame(classifier):
            return f"{self.teacher} sees other sizes or colours than {classifier.name}; choose a teacher made like it"
        return super().refuses(teacher)

    def facts(self) -> Mapping[str, Any]:
        """The teacher's weights."""
        return {"teacher": _teacher(self.teacher, torch.device("cpu")).weights_digest}

    def masks(
        self,
        classifier: Classifier,
        part: ImageBatch,
        report_forward_passes: ReportForwardPasses,
        name: str,
        attribution: Attribution,
    ) -> tuple[AttributionMasks, Tensor]:
        """The teacher's masks with the student's answers, and what each image has to be called by to be a hit."""
        teacher = _teacher(self.teacher, classifier.device)
        masks, expected = masked(teacher, part, report_forward_passes, name, attribution, self.iterations)
        with torch.inference_mode():
            answers = [
                classifier.network(masks.normalised(step).to(classifier.device)).float().cpu()
                for step in range(masks.iterations + 1)
            ]
        report_forward_passes(len(part) * len(answers))
        return replace(masks, logits=torch.stack(answers)), expected


@lru_cache(2)
def _teacher(name: str, device: torch.device) -> Classifier:
    return load_named(name, load_settings(), device)


def _frame(classifier: Classifier) -> tuple[Any, ...]:
    return classifier.input_size, *(
        [round(value, 3) for value in part.flatten().tolist()] for part in (classifier.mean, classifier.std)
    )
