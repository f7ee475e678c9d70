"""Student and teacher: what another network recognises in a teacher's attribution masks, beside controls."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from masking.attribution.attribution import ATTRIBUTIONS, Attribution
from masking.attribution.iterations import AttributionMasks
from masking.benchmarks.experiments.mia import Mia, mask_batch
from masking.benchmarks.protocol.experiment import BENCHMARKS, ReportForwardPasses
from masking.benchmarks.protocol.image_batch import ImageBatch
from masking.models.classifier import Classifier
from masking.models.zoo import load_named
from masking.registry.params import param
from masking.runtime.settings import load_settings


@BENCHMARKS.register("student_teacher")
@dataclass(frozen=True)
class StudentTeacher(Mia):
    """Like `Mia`, but a teacher makes the masks, and the classifier of the run, the student, classifies the images.

    Masks for the predicted label are made for the teacher's prediction. The untrained network takes the teacher's
    place. At iteration 0 the student sees the plain image.
    """

    attributions: tuple[str, ...] = param(
        ("gxsi",), "what the masks are made of", choices=tuple(ATTRIBUTIONS), renamed=ATTRIBUTIONS.renamed
    )
    iterations: int = param(3, "how many times the mask is multiplied", low=0, high=50)
    teacher: str = param("silhouettes/nib-vgg", "the classifier whose attributions make the masks")

    title = "Masks read by another network (student and teacher)"
    meaning = (
        "How reliably does another network name the label that a teacher's mask was made for? This is not accuracy on "
        "unseen data: the mask contains the label, as the controls show."
    )
    source = "Lee & Chang 2021 (arXiv 2102.07332), section 5.4 and table 4; the controls are ours"

    def refuses(self, classifier: Classifier) -> str | None:
        """Refuse teachers with other classes or another input format, and teachers that `Mia` refuses."""
        teacher = _load_teacher(self.teacher, classifier.device)
        if teacher.categories != classifier.categories:
            return f"{self.teacher} knows other classes than {classifier.name}; choose a teacher of the same"
        if _input_format(teacher) != _input_format(classifier):
            return f"{self.teacher} sees other sizes or colours than {classifier.name}; choose a teacher made like it"
        return super().refuses(teacher)

    def facts(self) -> Mapping[str, Any]:
        """Return the digest of the teacher's weights."""
        return {"teacher": _load_teacher(self.teacher, torch.device("cpu")).weights_digest}

    def masks(
        self,
        classifier: Classifier,
        batch: ImageBatch,
        report_forward_passes: ReportForwardPasses,
        control_name: str,
        attribution: Attribution,
    ) -> tuple[AttributionMasks, Tensor]:
        """Return the teacher's masks with the student's answers, and the label that counts as a hit for each image."""
        teacher = _load_teacher(self.teacher, classifier.device)
        masks, expected = mask_batch(teacher, batch, report_forward_passes, control_name, attribution, self.iterations)
        with torch.inference_mode():
            answers = [
                classifier.network(masks.normalised(step).to(classifier.device)).float().cpu()
                for step in range(masks.iterations + 1)
            ]
        report_forward_passes(len(batch) * len(answers))
        return replace(masks, logits=torch.stack(answers)), expected


@lru_cache(2)
def _load_teacher(name: str, device: torch.device) -> Classifier:
    return load_named(name, load_settings(), device)


def _input_format(classifier: Classifier) -> tuple[Any, ...]:
    """Return size and normalisation."""
    return classifier.input_size, *(
        [round(value, 3) for value in channels.flatten().tolist()] for channels in (classifier.mean, classifier.std)
    )
