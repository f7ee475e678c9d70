"""Concordance: do two pictures stay as similar as they are when both are shrunk and the rest is missing?"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from masking.attribution.linear_features import compute_features, refuse_features
from masking.benchmarks.experiments.linearity import FEATURE_METHODS
from masking.benchmarks.protocol.experiment import (
    BENCHMARKS,
    METHOD,
    Curve,
    Key,
    ReportForwardPasses,
    Row,
    measure_outcome,
)
from masking.benchmarks.protocol.image_batch import ImageBatch
from masking.benchmarks.protocol.methods_experiment import MethodsExperiment
from masking.image import round_to_levels
from masking.masks.mask import Mask
from masking.measures.concordance import concordance_error
from masking.methods import Method
from masking.models.classifier import Classifier
from masking.registry.params import param


@BENCHMARKS.register("concordance")
@dataclass(frozen=True)
class FeatureConcordance(MethodsExperiment):
    """Each image is compared with the next of its block; an image that is alone in its block has no rows.

    Runs read their data in random order, so the pairs are random, as the paper's are. The default sides are its 32, 64,
    128 and 200 of 224 pixels; the whole picture, its 224, is what they are compared with.
    All methods see the same shrunken pictures. The released code of the paper shows some methods a crop instead.
    """

    methods: tuple[str, ...] = param(
        ("blackout", "greyout", "layer_masking"), "masking methods", choices=FEATURE_METHODS
    )
    sides: tuple[float, ...] = param(
        (0.143, 0.286, 0.571, 0.893), "side of the shrunken picture, as a share of the input's side", low=0.02, high=1
    )

    title = "Concordance"
    meaning = "How well do similarities between pictures survive when both are shrunk into a corner of an empty input?"
    source = "Balasubramanian & Feizi 2023, concordance experiments"
    keys = (METHOD, Key("side", "Side", "of the shrunken picture", "share, 0 … 1"))
    outcomes = (measure_outcome("concordance_error"),)
    curves = (Curve("side", ("concordance_error",), "method"),)

    def refuses(self, classifier: Classifier) -> str | None:
        """Refuse transformers, networks without features, and methods that cannot run."""
        if classifier.family != "cnn":
            return f"concordance is measured on convolutional networks; {classifier.name} is a transformer"
        return super().refuses(classifier) or refuse_features(classifier)

    def rows(self, classifier: Classifier, batch: ImageBatch, report_forward_passes: ReportForwardPasses) -> list[Row]:
        """See `Experiment`."""
        if len(batch) < 2:
            return []
        partner = torch.arange(1, len(batch) + 1) % len(batch)
        whole = self._features(classifier, batch.images, 1.0, next(self.parsed_methods())[1], report_forward_passes)
        rows: list[Row] = []
        for name, method in self.parsed_methods():
            for side in self.sides:
                shown = self._features(classifier, batch.images, side, method, report_forward_passes)
                pairs = (torch.stack([features, features[partner]], 1) for features in (shown, whole))
                rows += [
                    {"image": index, "method": name, "side": side, "concordance_error": error}
                    for index, error in zip(batch.indices, concordance_error(*pairs).tolist(), strict=True)
                ]
        return rows

    def _features(
        self, classifier: Classifier, images: Tensor, side: float, method: Method, report: ReportForwardPasses
    ) -> Tensor:
        """Return the features (n, channels) of images shrunk to a share of their side."""
        features: list[Tensor] = []
        for image in images.split(1):
            small, mask = shrink_into_corner(image, side)
            features.append(compute_features(classifier, small, mask, method))
            report(1)
        return torch.cat(features)


def shrink_into_corner(image: Tensor, side: float) -> tuple[Tensor, Mask]:
    """Return an image (1, 3, h, w) shrunk into its top left corner, black around it, and the mask that shows it.

    The shrunken image has the 256 levels of a picture file, so it is the same on every machine. One that keeps its size
    keeps its values.
    """
    height, width = (max(1, round(side * length)) for length in image.shape[2:])
    if (height, width) == image.shape[2:]:
        return image, Mask.full((height, width))
    shrunk = torch.zeros_like(image)
    shrunk[..., :height, :width] = round_to_levels(
        interpolate(image.cpu().double(), (height, width), mode="bilinear", antialias=True)
    )
    keep = torch.zeros(1, 1, *image.shape[2:], dtype=torch.bool)
    keep[..., :height, :width] = True
    return shrunk, Mask(keep)
