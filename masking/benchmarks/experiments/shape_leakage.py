"""Mask-shape leakage: the object is hidden, but the outline of the hole may still reveal its class."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from masking.benchmarks.protocol.aggregate import LEAKED_BITS, SHARE, SHARES_RATIO
from masking.benchmarks.protocol.batch_answers import answer_batch
from masking.benchmarks.protocol.experiment import BENCHMARKS, METHOD, Curve, Key, Outcome, ReportForwardPasses, Row
from masking.benchmarks.protocol.image_batch import ImageBatch
from masking.benchmarks.protocol.methods_experiment import MethodsExperiment
from masking.datasets.sources.labels import UNKNOWN
from masking.masks.holes import HOLES, HoleContext
from masking.masks.mask import Mask
from masking.models.classifier import Classifier
from masking.registry.params import param

BROKEN = "broken"
WITHOUT_OBJECT = "show no object, or nothing else"
WITHOUT_DONOR = f"{WITHOUT_OBJECT}, or no other class stands in their block"


@BENCHMARKS.register("shape_leakage")
@dataclass(frozen=True)
class ShapeLeakage(MethodsExperiment):
    """All methods get the same holes. A transplanted outline is that of the next object of another class."""

    holes: tuple[str, ...] = param(("exact", "broken"), "ways to cut the object out", choices=tuple(HOLES))

    title = "Mask-shape leakage"
    meaning = "How much does the shape of a hole say about the object that was hidden?"
    source = (
        "Balasubramanian & Feizi 2023, section 4 (mask-shape bias: the shape ratio is their accuracy with the object's "
        "mask over that with the broken mask); bits: masking.measures.leakage"
    )
    keys = (Key("hole", "Hole", "how the object was cut out", of=HOLES), METHOD)
    outcomes = (
        Outcome(
            "accuracy",
            "Accuracy",
            "share, 0 … 1",
            "lower",
            "How often the class is named although the object is hidden. For holes that leave the object visible, "
            "this is the cost of hiding an area of that size.",
            ("right",),
            SHARE,
        ),
        Outcome(
            "leakage",
            "Leakage",
            "bits",
            "lower",
            "How much the named class says about the true one. For a reliable value, use at least two images for each "
            "pair of classes.",
            ("truth", "predicted"),
            LEAKED_BITS,
        ),
        Outcome(
            "probability",
            "Probability of the class",
            "0 … 1",
            "lower",
            "Mean probability of the class of the hidden object.",
            ("probability",),
        ),
        Outcome(
            "kept",
            "Accuracy where the whole image is named",
            "share, 0 … 1",
            "lower",
            "The accuracy among images that are named correctly with nothing hidden. For the broken hole, it is how "
            "much the network sees beside a hole of that area.",
            ("kept",),
            SHARE,
        ),
        Outcome(
            "shape_ratio",
            "Shape ratio",
            "0 or more",
            "lower",
            "That accuracy divided by the one with the broken hole, on the same images: how much of what a hole of "
            "that area leaves can be read off its shape and the background. It needs the broken hole.",
            ("kept", "kept_broken"),
            SHARES_RATIO,
        ),
        Outcome(
            "called_by_donor",
            "Called by the outline",
            "share, 0 … 1",
            "lower",
            "How often the class is named that the transplanted outline belongs to.",
            ("donor_named",),
            SHARE,
        ),
    )
    curves = (Curve("hole", ("accuracy", "leakage", "probability"), "method"),)
    needs_objects = True

    def notes(self, images: int, aggregates: Sequence[Row]) -> list[str]:
        """Say for each hole how many images have no rows, because their object or the other outline is missing."""
        counts = {row["hole"]: row["n"] for row in aggregates if row["outcome"] == "accuracy"}
        return [
            f"{self.key('hole').display_value(hole)}: {images - count} of {images} images are left out, because they "
            f"{WITHOUT_DONOR if hole == 'transplanted' else WITHOUT_OBJECT}."
            for hole, count in counts.items()
            if count < images
        ]

    def rows(self, classifier: Classifier, batch: ImageBatch, report_forward_passes: ReportForwardPasses) -> list[Row]:
        """See `Experiment`. Images whose object is invisible, or fills the whole image, have no rows."""
        if batch.objects is None:
            raise ValueError("shape leakage needs known objects; choose data that has them, such as silhouettes")
        whole = answer_batch(classifier, batch, report_forward_passes).argmax(1)
        truth = torch.where(batch.labels == UNKNOWN, whole, batch.labels)
        usable = batch.objects.any(3).any(2)[:, 0] & ~batch.objects.all(3).all(2)[:, 0]
        donors = [_find_donor(position, truth, usable) for position in range(len(batch))]
        rows: list[Row] = []
        for hole in self.holes:
            masks = {
                position: HOLES[hole].make(_hole_context(batch, batch.objects, position, donor)).keep
                for position, donor in enumerate(donors)
                if usable[position] and (donor is not None or hole != "transplanted")
            }
            nothing_hidden = torch.ones_like(batch.objects[:1])
            stacked = Mask(torch.cat([masks.get(position, nothing_hidden) for position in range(len(batch))]))
            for name, logits in self.masked_answers(classifier, batch, stacked, report_forward_passes):
                named, probability = logits.argmax(1), logits.double().softmax(1)
                for position in masks:
                    label, predicted, donor = int(truth[position]), int(named[position]), donors[position]
                    transplanted = hole == "transplanted" and donor is not None
                    rows.append(
                        {
                            "image": batch.indices[position],
                            "hole": hole,
                            "method": name,
                            "truth": label,
                            "predicted": predicted,
                            "right": int(predicted == label),
                            "kept": int(predicted == label) if int(whole[position]) == label else None,
                            "probability": float(probability[position, label]),
                            "donor_named": int(predicted == int(truth[donor])) if transplanted else None,
                        }
                    )
        return _add_broken(rows)


def _add_broken(rows: list[Row]) -> list[Row]:
    """Add to each row of another hole the hit of the same image and method under the broken hole; None without one."""
    broken = {(row["image"], row["method"]): row["kept"] for row in rows if row["hole"] == BROKEN}
    for row in rows:
        row["kept_broken"] = None if row["hole"] == BROKEN else broken.get((row["image"], row["method"]))
    return rows


def _find_donor(position: int, truth: Tensor, usable: Tensor) -> int | None:
    """Return the position of the next image in the batch with an object of another class."""
    others = [*range(position + 1, len(truth)), *range(position)]
    return next((other for other in others if usable[other] and truth[other] != truth[position]), None)


def _hole_context(batch: ImageBatch, objects: Tensor, position: int, donor: int | None) -> HoleContext:
    cutouts = Mask(~objects)
    return HoleContext(cutouts[position], None if donor is None else cutouts[donor], batch.seeds[position])
