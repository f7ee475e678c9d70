"""MIA: accuracy on images that were masked for a label by their own attributions, and the controls beside it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from masking.attribution.attribution import ATTRIBUTIONS, Attribution
from masking.attribution.attribution_mask import attribution_masks
from masking.attribution.controls import CONTROLS, control
from masking.attribution.iterations import AttributionMasks
from masking.benchmarks.protocol.aggregate import SHARE
from masking.benchmarks.protocol.experiment import BENCHMARKS, Curve, Experiment, Key, Outcome, ReportForwardPasses, Row
from masking.benchmarks.protocol.image_batch import ImageBatch
from masking.datasets.sources.labels import UNKNOWN
from masking.models.classifier import Classifier
from masking.registry.params import param
from masking.registry.parsing import parse_entry

TRUTH = "true_label"
BATCH = 32
"""Images masked at once: the same on every machine, so that the last digits are, and few enough for their heats."""


@BENCHMARKS.register("mia")
@dataclass(frozen=True)
class Mia(Experiment):
    """All attributions meet the same wrong labels and noise. Images of unknown classes have no rows."""

    attributions: tuple[str, ...] = param(
        ("gxsi", "gxi"), "what the masks are made of", choices=tuple(ATTRIBUTIONS), renamed=ATTRIBUTIONS.renamed
    )
    controls: tuple[str, ...] = param(
        (TRUTH, *CONTROLS), "what is masked, and for which class", choices=(TRUTH, *CONTROLS)
    )
    iterations: int = param(10, "how often the mask is multiplied", low=0, high=50)

    title = "Accuracy on masked images (MIA)"
    meaning = (
        "How surely masks made for a label steer a classifier to it; not accuracy on unseen data, since the masked "
        "image is made with the label that it is judged by."
    )
    source = "Lee & Chang 2021 (arXiv 2102.07332), tables 2, 3, 5, 6 and 8; the controls are ours"
    keys = (
        Key("control", "Masked for", "the true label, or a control", of=CONTROLS),
        Key("attribution", "Attribution", "what the masks were made of", of=ATTRIBUTIONS),
        Key("iteration", "Iteration", "how many masks were multiplied; 0 is the whole image"),
    )
    outcomes = (
        Outcome(
            "mia",
            "MIA",
            "share, 0 … 1",
            None,
            "How often the masked image is called as its mask wants it, under the predicted label by its true label; "
            "read it beside the controls. Dead images count as wrong.",
            ("hit",),
            SHARE,
        ),
        Outcome(
            "accuracy",
            "Called by the true label",
            "share, 0 … 1",
            None,
            "How often the masked image is called by its true label, whatever its mask was made for.",
            ("right",),
            SHARE,
        ),
        Outcome(
            "probability", "Probability", "0 … 1", None, "Of the class that the mask was made for.", ("probability",)
        ),
        Outcome(
            "predictive_entropy", "Predictive entropy", "bits", None, "How undecided single answers are.", ("entropy",)
        ),
        Outcome(
            "dead",
            "Dead images",
            "share, 0 … 1",
            "lower",
            "How many masked images get no answer, all logits being exactly 0.",
            ("dead",),
            SHARE,
        ),
    )
    curves = (Curve("iteration", tuple(outcome.name for outcome in outcomes), "attribution", "control"),)

    def __post_init__(self):
        super().__post_init__()
        attributions_of(self.attributions)

    def refuses(self, classifier: Classifier) -> str | None:
        """An attribution that cannot be had, or too few classes for a wrong one."""
        if "wrong_label" in self.controls and len(classifier.categories) < 2:
            return f"{classifier.name} has a single class, so no label is wrong; leave out wrong_label"
        chosen = attributions_of(self.attributions).values()
        return next((reason for one in chosen if (reason := one.supports(classifier))), None)

    def rows(self, classifier: Classifier, block: ImageBatch, report_forward_passes: ReportForwardPasses) -> list[Row]:
        """See `Experiment`."""
        found: list[Row] = []
        for part in batches_of_known(block):
            for name in self.controls:
                for spelt, attribution in attributions_of(self.attributions).items():
                    masks, expected = self.masks(classifier, part, report_forward_passes, name, attribution)
                    truth = None if name == "noise_image" else part.labels  # noise is no image of a class
                    keys = {"control": name, "attribution": spelt}
                    found += [{**row, **keys} for row in answer_rows(masks, expected, truth, part.indices)]
        return found

    def masks(
        self,
        classifier: Classifier,
        part: ImageBatch,
        report_forward_passes: ReportForwardPasses,
        name: str,
        attribution: Attribution,
    ) -> tuple[AttributionMasks, Tensor]:
        """The masks of a control, or for the true label, and what each image has to be called by to be a hit."""
        return masked(classifier, part, report_forward_passes, name, attribution, self.iterations)


def masked(
    classifier: Classifier,
    part: ImageBatch,
    report_forward_passes: ReportForwardPasses,
    name: str,
    attribution: Attribution,
    iterations: int,
) -> tuple[AttributionMasks, Tensor]:
    """A batch masked for its true labels or as a control says, and what each image has to be called by to be a hit."""

    def on_step(done: int, total: int) -> None:
        report_forward_passes(
            len(part) * (3 if done < total else 1)
        )  # a backward pass costs about twice a forward pass

    asked: dict[str, Any] = {"iterations": iterations, "on_step": on_step, "batch": BATCH}
    if name == TRUTH:
        return attribution_masks(classifier, part.images, part.labels, attribution, **asked), part.labels
    return control(name, classifier, part.images, part.labels, part.seed, part.seeds, attribution=attribution, **asked)


def batches_of_known(block: ImageBatch) -> Iterator[ImageBatch]:
    """The images whose class is known, a batch at a time."""
    for places in (block.labels != UNKNOWN).nonzero().flatten().split(BATCH):
        if len(places):
            indices = tuple(block.indices[place] for place in places.tolist())
            yield ImageBatch(block.images[places.to(block.images.device)], block.labels[places], indices, block.seed)


def answer_rows(masks: AttributionMasks, expected: Tensor, truth: Tensor | None, numbers: Sequence[int]) -> list[Row]:
    """One row per image and iteration; `right` is None where there is no truth."""
    hits, right = masks.hits(expected), None if truth is None else masks.hits(truth)
    return [
        {
            "image": number,
            "iteration": step,
            "hit": int(hits[step, place]),
            "right": None if right is None else int(right[step, place]),
            "probability": float(masks.probability[step, place]),
            "entropy": float(masks.entropy[step, place]),
            "dead": int(masks.dead[step, place]),
        }
        for place, number in enumerate(numbers)
        for step in range(masks.iterations + 1)
    ]


def attributions_of(names: Sequence[str]) -> dict[str, Attribution]:
    """The attributions of these entries, such as `occlusion:patch=8`. Raises KeyError or ValueError."""
    return {name: parse_entry(ATTRIBUTIONS, name) for name in names}
