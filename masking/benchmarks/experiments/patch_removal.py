"""Patch removal: more and more patches are hidden, at random or in the order of salience (Jain et al. 2022)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from masking.benchmarks.protocol.aggregate import CLASS_ENTROPY, SHARE
from masking.benchmarks.protocol.batch_answers import answer_batch
from masking.benchmarks.protocol.experiment import BENCHMARKS, METHOD, Curve, Key, Outcome, ReportForwardPasses, Row
from masking.benchmarks.protocol.image_batch import ImageBatch
from masking.benchmarks.protocol.methods_experiment import MethodsExperiment
from masking.benchmarks.protocol.similarity import class_similarities, wordnet_similarities
from masking.datasets.sources.labels import UNKNOWN
from masking.masks.mask import Mask
from masking.measures import predictive_entropy
from masking.methods import METHODS
from masking.models.classifier import Classifier
from masking.registry.params import param

ORDERS = ("random", "most_salient_first", "least_salient_first")


@BENCHMARKS.register("patch_removal")
@dataclass(frozen=True)
class PatchRemoval(MethodsExperiment):
    """All methods get the same masks. A mask with more hidden patches contains those of a mask with fewer."""

    methods: tuple[str, ...] = param(
        ("blackout", "greyout", "mean_colour", "layer_masking"), "masking methods", choices=tuple(METHODS)
    )
    shares: tuple[float, ...] = param((0.0, 0.25, 0.5, 0.75, 0.9), "shares of the patches removed", low=0, high=1)
    orders: tuple[str, ...] = param(("random",), "which patches go first", choices=ORDERS)
    patch: int = param(16, "side of a patch", low=1, high=512, unit="px")

    title = "Patch removal"
    meaning = "What does a classifier still recognise when more and more patches of a picture are missing?"
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
            "How often the named class is the same as with nothing missing.",
            ("kept",),
            SHARE,
        ),
        Outcome(
            "class_entropy",
            "Class entropy",
            "bits",
            None,
            "How varied the named classes are; a model that gives one answer to everything has 0.",
            ("predicted",),
            CLASS_ENTROPY,
        ),
        Outcome(
            "predictive_entropy", "Predictive entropy", "bits", None, "How unsure single answers are.", ("entropy",)
        ),
        Outcome(
            "class_similarity",
            "Class similarity",
            "cosine, −1 … 1",
            "higher",
            "How similar the last layer's weights are for the named class and for the class named with nothing "
            "missing; 1 means the same class. Compare values of one classifier only.",
            ("similarity",),
        ),
        Outcome(
            "wordnet_similarity",
            "WordNet similarity",
            "Wu-Palmer, 0 … 1",
            "higher",
            "How near the named class is to the true class in WordNet; 1 means the same class. For ImageNet's 1,000 "
            "classes only.",
            ("wordnet",),
        ),
    )
    curves = (Curve("share", tuple(outcome.name for outcome in outcomes), "method", "order"),)

    def refuses(self, classifier: Classifier) -> str | None:
        """Refuse methods that cannot run, and patches larger than the picture."""
        if self.patch > max(classifier.input_size):
            return f"the patch is {self.patch} px wide but {classifier.name} sees {max(classifier.input_size)} px"
        return super().refuses(classifier)

    def rows(self, classifier: Classifier, batch: ImageBatch, report_forward_passes: ReportForwardPasses) -> list[Row]:
        """See `Experiment`."""
        whole = answer_batch(classifier, batch, report_forward_passes).argmax(1)
        similarities, wordnet = class_similarities(classifier), wordnet_similarities(classifier)
        random_only = set(self.orders) == {"random"}
        heat = None if random_only else salience(classifier, batch.images, whole, report_forward_passes)
        rows: list[Row] = []
        for order in self.orders:
            for share in self.shares:
                masks = self.masks(batch, order, share, heat)
                for name, logits in self.masked_answers(classifier, batch, masks, report_forward_passes):
                    predicted, entropies = logits.argmax(1), predictive_entropy(logits)
                    rows += [
                        {
                            "image": index,
                            "order": order,
                            "method": name,
                            "share": share,
                            "predicted": int(predicted[row]),
                            "right": None if label == UNKNOWN else int(predicted[row] == label),
                            "kept": int(predicted[row] == whole[row]),
                            "entropy": float(entropies[row]),
                            "similarity": None
                            if similarities is None
                            else float(similarities[predicted[row], whole[row]]),
                            "wordnet": None
                            if wordnet is None or label == UNKNOWN
                            else float(wordnet[predicted[row], label]),
                        }
                        for row, (index, label) in enumerate(zip(batch.indices, batch.labels.tolist(), strict=True))
                    ]
        return rows

    def masks(self, batch: ImageBatch, order: str, share: float, heat: Tensor | None) -> Mask:
        """Return one mask per image."""
        if order == "random" or heat is None:
            random = [Mask.random_patches(batch.size, share, self.patch, seed).keep for seed in batch.seeds]
            return Mask(torch.cat(random))
        return Mask.by_heat(heat, share, order == "most_salient_first", self.patch)


def salience(
    classifier: Classifier, images: Tensor, target: Tensor, report_forward_passes: ReportForwardPasses
) -> Tensor:
    """Return the absolute gradient of the target's logit, summed over channels: float32 (n, 1, h, w), on the CPU.

    This is the order of Jain et al. (2022). Images are computed one by one, so memory does not depend on the batch.
    """
    heats: list[Tensor] = []
    for image, index in zip(images.split(1), target.tolist(), strict=True):
        pixels = image.clone().requires_grad_()
        with torch.enable_grad():
            (gradient,) = torch.autograd.grad(classifier(pixels)[0, index], pixels)
        heats.append(gradient.abs().sum(1, keepdim=True).float().cpu())
        report_forward_passes(3)  # a backward pass costs about two forward passes
    return torch.cat(heats)
