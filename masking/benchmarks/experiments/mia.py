"""MIA: accuracy on images that their own attributions masked for a label, beside controls."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from torch import Tensor

from masking.attribution.attribution import ATTRIBUTIONS, Attribution
from masking.attribution.attribution_mask import attribution_masks
from masking.attribution.controls import CONTROLS, run_control
from masking.attribution.iterations import AttributionMasks
from masking.benchmarks.protocol.aggregate import SHARE
from masking.benchmarks.protocol.experiment import BENCHMARKS, Curve, Experiment, Key, Outcome, ReportForwardPasses, Row
from masking.benchmarks.protocol.image_batch import ImageBatch
from masking.benchmarks.protocol.repetitions import DRAWS, HIGHEST, LOWEST, join_repetitions, write_repetition
from masking.datasets.sources.labels import UNKNOWN
from masking.models.classifier import Classifier
from masking.registry.params import param
from masking.registry.parsing import parse_entry
from masking.results.sentences import percent_text

TRUTH, UNTRAINED = "true_label", "untrained_network"
BATCH = 32
"""Images masked at once. The number is fixed, so that the last digits are the same on every machine."""


@BENCHMARKS.register("mia")
@dataclass(frozen=True)
class Mia(Experiment):
    """All attributions get the same wrong labels and noise images. Images of unknown classes have no rows."""

    attributions: tuple[str, ...] = param(
        ("gxsi", "gxi"), "what the masks are made of", choices=tuple(ATTRIBUTIONS), renamed=ATTRIBUTIONS.renamed
    )
    controls: tuple[str, ...] = param(
        (TRUTH, *CONTROLS), "what is masked, and for which class", choices=(TRUTH, *CONTROLS)
    )
    iterations: int = param(10, "how many times the mask is multiplied", low=0, high=50)
    networks: int = param(5, "how many untrained networks, each with other random weights", low=1, high=20)

    title = "Accuracy on masked images (MIA)"
    meaning = (
        "How reliably do masks made for a label steer a classifier to that label? This is not accuracy on unseen data: "
        "the label that judges a masked image was used to make it."
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
            "How often the masked image gets the label that its mask was made for (the true label for masks of the "
            "predicted label). Read it beside the controls. Dead images count as wrong.",
            ("hit",),
            SHARE,
        ),
        Outcome(
            "accuracy",
            "Called by the true label",
            "share, 0 … 1",
            None,
            "How often the masked image gets its true label, whichever label its mask was made for.",
            ("right",),
            SHARE,
        ),
        Outcome(
            "probability",
            "Probability",
            "0 … 1",
            None,
            "The probability of the class that the mask was made for.",
            ("probability",),
        ),
        Outcome(
            "predictive_entropy", "Predictive entropy", "bits", None, "How unsure single answers are.", ("entropy",)
        ),
        Outcome(
            "dead",
            "Dead images",
            "share, 0 … 1",
            "lower",
            "How many masked images get no answer because all logits are exactly 0.",
            ("dead",),
            SHARE,
        ),
    )
    curves = (Curve("iteration", tuple(outcome.name for outcome in outcomes), "attribution", "control"),)
    needs_labels = True
    before: ClassVar[Mapping[str, Any]] = {"networks": 1}

    def __post_init__(self):
        super().__post_init__()
        parse_attributions(self.attributions)

    def refuses(self, classifier: Classifier) -> str | None:
        """Refuse attributions that cannot run, and a wrong label where there is only one class."""
        if "wrong_label" in self.controls and len(classifier.categories) < 2:
            return f"{classifier.name} has a single class, so no label is wrong; leave out wrong_label"
        attributions = parse_attributions(self.attributions).values()
        return next(filter(None, (attribution.supports(classifier) for attribution in attributions)), None)

    def rows(self, classifier: Classifier, batch: ImageBatch, report_forward_passes: ReportForwardPasses) -> list[Row]:
        """See `Experiment`."""
        rows: list[Row] = []
        for labelled in split_labelled(batch):
            for control, control_name, seed in self.conditions(batch.seed):
                of_seed = replace(labelled, seed=seed)
                for entry, attribution in parse_attributions(self.attributions).items():
                    masks, expected = self.masks(classifier, of_seed, report_forward_passes, control_name, attribution)
                    truth = None if control_name == "noise_image" else labelled.labels  # noise has no true class
                    keys = {"control": control, "attribution": entry}
                    rows += [{**row, **keys} for row in answer_rows(masks, expected, truth, labelled.indices)]
        return rows

    def conditions(self, seed: int) -> Iterator[tuple[str, str, int]]:
        """Yield the value of the key, the name and the seed of each control; an untrained network has several."""
        for name in self.controls:
            if name != UNTRAINED or self.networks == 1:
                yield name, name, seed
                continue
            for own in range(seed, seed + self.networks):
                yield write_repetition(name, own), name, own

    def join(self, numbers: Sequence[Row]) -> list[Row]:
        """Join the untrained networks: their mean, and the lowest and highest."""
        return join_repetitions(numbers, "control")

    def notes(self, images: int, aggregates: Sequence[Row]) -> list[str]:
        """Say how far the untrained networks lie apart after the last iteration."""
        del images
        return [
            f"{row[DRAWS]} untrained networks, each with other random weights: after {row['iteration']} iterations by "
            f"{self.key('attribution').display_value(row['attribution'])}, MIA is {percent_text(row['value'])} on "
            f"average, from {percent_text(row[LOWEST])} to {percent_text(row[HIGHEST])}. Intervals are over images."
            for row in aggregates
            if row.get(DRAWS) and row["outcome"] == "mia" and row["iteration"] == self.iterations
        ]

    def masks(
        self,
        classifier: Classifier,
        batch: ImageBatch,
        report_forward_passes: ReportForwardPasses,
        control_name: str,
        attribution: Attribution,
    ) -> tuple[AttributionMasks, Tensor]:
        """Return the masks of a control, or for the true label, and the label that counts as a hit for each image."""
        return mask_batch(classifier, batch, report_forward_passes, control_name, attribution, self.iterations)


def mask_batch(
    classifier: Classifier,
    batch: ImageBatch,
    report_forward_passes: ReportForwardPasses,
    control_name: str,
    attribution: Attribution,
    iterations: int,
) -> tuple[AttributionMasks, Tensor]:
    """Return the masks of a batch for its true labels or for a control, and the label that counts as a hit."""

    def on_step(done: int, total: int) -> None:
        passes = 3 if done < total else 1  # a backward pass costs about two forward passes
        report_forward_passes(len(batch) * passes)

    options: dict[str, Any] = {"iterations": iterations, "on_step": on_step, "batch": BATCH}
    images, labels = batch.images, batch.labels
    if control_name == TRUTH:
        return attribution_masks(classifier, images, labels, attribution, **options), labels
    return run_control(
        control_name, classifier, images, labels, batch.seed, batch.seeds, attribution=attribution, **options
    )


def split_labelled(batch: ImageBatch) -> Iterator[ImageBatch]:
    """Yield the images whose class is known, at most `BATCH` at a time."""
    for positions in (batch.labels != UNKNOWN).nonzero().flatten().split(BATCH):
        if len(positions):
            images, labels = batch.images[positions.to(batch.images.device)], batch.labels[positions]
            yield ImageBatch(images, labels, tuple(batch.indices[i] for i in positions.tolist()), batch.seed)


def answer_rows(masks: AttributionMasks, expected: Tensor, truth: Tensor | None, indices: Sequence[int]) -> list[Row]:
    """Return one row per image and iteration; `right` is None where there is no true class."""
    hits, right = masks.hits(expected), None if truth is None else masks.hits(truth)
    return [
        {
            "image": index,
            "iteration": step,
            "hit": int(hits[step, position]),
            "right": None if right is None else int(right[step, position]),
            "probability": float(masks.probability[step, position]),
            "entropy": float(masks.entropy[step, position]),
            "dead": int(masks.dead[step, position]),
        }
        for position, index in enumerate(indices)
        for step in range(masks.iterations + 1)
    ]


def parse_attributions(names: Sequence[str]) -> dict[str, Attribution]:
    """Return the attributions of entries such as `occlusion:patch=8`. Raises KeyError or ValueError.

    Old names are read without a warning, since stored specs keep them.
    """
    attributions: dict[str, Attribution] = {}
    for entry in names:
        name, colon, settings = entry.partition(":")
        attributions[entry] = parse_entry(ATTRIBUTIONS, ATTRIBUTIONS.renamed.get(name, name) + colon + settings)
    return attributions
