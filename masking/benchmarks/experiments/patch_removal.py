"""Patch removal: ever more patches are taken away, at random or in the order of salience (Jain et al. 2022)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from masking.benchmarks.protocol.aggregate import CLASS_ENTROPY, SHARE
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
from masking.benchmarks.protocol.similarity import class_similarities
from masking.datasets.sources.labels import UNKNOWN
from masking.masks.mask import Mask
from masking.measures import predictive_entropy
from masking.methods import METHODS
from masking.models.classifier import Classifier
from masking.registry.params import param

ORDERS = ("random", "most_salient_first", "least_salient_first")


@BENCHMARKS.register("patch_removal")
@dataclass(frozen=True)
class PatchRemoval(Experiment):
    """All methods meet the same masks, and the patches of a smaller share are among those of a larger one."""

    methods: tuple[str, ...] = param(
        ("blackout", "greyout", "mean_colour", "layer_masking"), "masking methods", choices=tuple(METHODS)
    )
    shares: tuple[float, ...] = param((0.0, 0.25, 0.5, 0.75, 0.9), "shares of the patches removed", low=0, high=1)
    orders: tuple[str, ...] = param(("random",), "which patches go first", choices=ORDERS)
    patch: int = param(16, "side of a patch", low=1, high=512, unit="px")

    title = "Patch removal"
    meaning = "What a classifier still says when ever more patches of a picture are missing."
    source = "Jain et al. 2022, sections 3 and 4; Balasubramanian & Feizi 2023, section 4"
    keys = (
        Key("order", "Order", "which patches went first"),
        METHOD,
        Key("share", "Share removed", "of the patches", "0 … 1"),
    )
    outcomes = (
        Outcome(
            "accuracy", "Accuracy", "share, 0 … 1", "higher", "How often the true class is named.", ("right",), SHARE
        ),
        Outcome(
            "agreement",
            "Agreement",
            "share, 0 … 1",
            "higher",
            "How often the class is still the one named with nothing missing.",
            ("kept",),
            SHARE,
        ),
        Outcome(
            "class_entropy",
            "Class entropy",
            "bits",
            None,
            "How varied the named classes are; a model that says one thing to everything has 0.",
            ("predicted",),
            CLASS_ENTROPY,
        ),
        Outcome(
            "predictive_entropy", "Predictive entropy", "bits", None, "How undecided single answers are.", ("entropy",)
        ),
        Outcome(
            "class_similarity",
            "Class similarity",
            "cosine, −1 … 1",
            "higher",
            "How alike the named class and the one named with nothing missing are to the last layer's weights; "
            "1 is the same class. To be compared within one classifier only.",
            ("similarity",),
        ),
    )
    curves = (Curve("share", tuple(outcome.name for outcome in outcomes), "method", "order"),)

    def __post_init__(self):
        super().__post_init__()
        methods_of(self.methods)

    def refuses(self, classifier: Classifier) -> str | None:
        """A method that cannot run, or patches larger than the picture."""
        if self.patch > max(classifier.input_size):
            return f"the patch is {self.patch} px wide but {classifier.name} sees {max(classifier.input_size)} px"
        return refused(classifier, self.methods)

    def rows(self, classifier: Classifier, block: ImageBatch, report_forward_passes: ReportForwardPasses) -> list[Row]:
        """See `Experiment`."""
        whole = answer_batch(classifier, block, report_forward_passes).argmax(1)
        alike = class_similarities(classifier)
        heat = (
            None if set(self.orders) == {"random"} else salience(classifier, block.images, whole, report_forward_passes)
        )
        found: list[Row] = []
        for order in self.orders:
            for share in self.shares:
                masks = self.masks(block, order, share, heat)
                for name, method in methods_of(self.methods).items():
                    logits = answer_batch(classifier, block, report_forward_passes, method, masks)
                    predicted, undecided = logits.argmax(1), predictive_entropy(logits)
                    found += [
                        {
                            "image": index,
                            "order": order,
                            "method": name,
                            "share": share,
                            "predicted": int(predicted[place]),
                            "right": None if label == UNKNOWN else int(predicted[place] == label),
                            "kept": int(predicted[place] == whole[place]),
                            "entropy": float(undecided[place]),
                            "similarity": None if alike is None else float(alike[predicted[place], whole[place]]),
                        }
                        for place, (index, label) in enumerate(zip(block.indices, block.labels.tolist(), strict=True))
                    ]
        return found

    def masks(self, block: ImageBatch, order: str, share: float, heat: Tensor | None) -> Mask:
        """One mask per image."""
        if order == "random" or heat is None:
            random = [Mask.random_patches(block.size, share, self.patch, seed).keep for seed in block.seeds]
            return Mask(torch.cat(random))
        return Mask.by_heat(heat, share, order == "most_salient_first", self.patch)


def salience(
    classifier: Classifier, images: Tensor, target: Tensor, report_forward_passes: ReportForwardPasses
) -> Tensor:
    """Absolute gradient of the target's logit, summed over channels: float32 (n, 1, h, w), on the CPU.

    The order of Jain et al. (2022). Image by image, so that memory does not depend on the block.
    """
    found: list[Tensor] = []
    for image, index in zip(images.split(1), target.tolist(), strict=True):
        asked_of = image.clone().requires_grad_()
        with torch.enable_grad():
            (gradient,) = torch.autograd.grad(classifier(asked_of)[0, index], asked_of)
        found.append(gradient.abs().sum(1, keepdim=True).float().cpu())
        report_forward_passes(3)  # a backward pass costs about twice a forward pass
    return torch.cat(found)
