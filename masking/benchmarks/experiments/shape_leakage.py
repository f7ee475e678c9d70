"""Mask-shape leakage: the object is cut out, and yet its outline may tell what it was."""

from dataclasses import dataclass

import torch

from masking.benchmarks.protocol.aggregate import LEAKED_BITS, SHARE
from masking.benchmarks.protocol.batch_answers import answer_batch, methods_of, refused
from masking.benchmarks.protocol.experiment import (
    BENCHMARKS,
    METHOD,
    Curve,
    Experiment,
    Key,
    Outcome,
    ReportForwardPasses,
    Row,
)
from masking.benchmarks.protocol.image_batch import ImageBatch
from masking.datasets.sources.labels import UNKNOWN
from masking.masks.holes import HOLES, HoleContext
from masking.masks.mask import Mask
from masking.methods import METHODS
from masking.models.classifier import Classifier
from masking.registry.params import param


@BENCHMARKS.register("shape_leakage")
@dataclass(frozen=True)
class ShapeLeakage(Experiment):
    """All methods meet the same holes. Outlines are transplanted from the next object of another class in the block."""

    methods: tuple[str, ...] = param(
        ("blackout", "greyout", "layer_masking"), "masking methods", choices=tuple(METHODS)
    )
    holes: tuple[str, ...] = param(("exact", "broken"), "ways to cut the object out", choices=tuple(HOLES))

    title = "Mask-shape leakage"
    meaning = "How much the shape of a hole tells of the object that was cut out."
    source = "Balasubramanian & Feizi 2023, section 4 (mask-shape bias); bits: masking.measures.leakage"
    keys = (Key("hole", "Hole", "how the object was cut out"), METHOD)
    outcomes = (
        Outcome(
            "accuracy",
            "Accuracy",
            "share, 0 … 1",
            "lower",
            "How often the class is named although the object is cut out; under holes that leave it in sight, the "
            "price of hiding as much of anything.",
            ("right",),
            SHARE,
        ),
        Outcome(
            "leakage",
            "Leakage",
            "bits",
            "lower",
            "What the named class tells of the true one; better measured on two images for each pair of classes.",
            ("truth", "predicted"),
            LEAKED_BITS,
        ),
        Outcome(
            "probability",
            "Probability of the class",
            "0 … 1",
            "lower",
            "Mean probability of the class of what was cut out.",
            ("probability",),
        ),
        Outcome(
            "called_by_donor",
            "Called by the outline",
            "share, 0 … 1",
            "lower",
            "How often the class whose outline was transplanted is named.",
            ("donor_named",),
            SHARE,
        ),
    )
    curves = (Curve("hole", ("accuracy", "leakage", "probability"), "method"),)
    needs_objects = True

    def __post_init__(self):
        super().__post_init__()
        methods_of(self.methods)

    def refuses(self, classifier: Classifier) -> str | None:
        """A method that cannot run."""
        return refused(classifier, self.methods)

    def rows(self, classifier: Classifier, block: ImageBatch, report_forward_passes: ReportForwardPasses) -> list[Row]:
        """See `Experiment`. Images whose object is not in sight, or fills everything, have no rows."""
        if block.objects is None:
            raise ValueError("shape leakage needs known objects; choose data that has them, such as silhouettes")
        whole = answer_batch(classifier, block, report_forward_passes).argmax(1)
        truth = torch.where(block.labels == UNKNOWN, whole, block.labels)
        usable = block.objects.any(3).any(2)[:, 0] & ~block.objects.all(3).all(2)[:, 0]
        donors = [_donor(place, truth, usable) for place in range(len(block))]
        found: list[Row] = []
        for hole in self.holes:
            masks = [
                HOLES[hole].make(_site(block, place, donor)).keep
                if _possible(hole, bool(usable[place]), donor)
                else None
                for place, donor in enumerate(donors)
            ]
            shown = Mask(torch.cat([torch.ones_like(block.objects[:1]) if one is None else one for one in masks]))
            for name, method in methods_of(self.methods).items():
                logits = answer_batch(classifier, block, report_forward_passes, method, shown)
                predicted, probability = logits.argmax(1), logits.double().softmax(1)
                for place in (place for place, mask in enumerate(masks) if mask is not None):
                    label, said, donor = int(truth[place]), int(predicted[place]), donors[place]
                    moved = hole == "transplanted" and donor is not None
                    found.append(
                        {
                            "image": block.indices[place],
                            "hole": hole,
                            "method": name,
                            "truth": label,
                            "predicted": said,
                            "right": int(said == label),
                            "probability": float(probability[place, label]),
                            "donor_named": int(said == int(truth[donor])) if moved and donor is not None else None,
                        }
                    )
        return found


def _donor(place: int, truth: torch.Tensor, usable: torch.Tensor) -> int | None:
    """The next image of the block with an object of another class."""
    others = [*range(place + 1, len(truth)), *range(place)]
    return next((one for one in others if usable[one] and truth[one] != truth[place]), None)


def _possible(hole: str, usable: bool, donor: int | None) -> bool:
    return usable and (donor is not None or hole != "transplanted")


def _site(block: ImageBatch, place: int, donor: int | None) -> HoleContext:
    assert block.objects is not None
    cutouts = Mask(~block.objects)
    return HoleContext(cutouts[place], None if donor is None else cutouts[donor], block.seeds[place])
