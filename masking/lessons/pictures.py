"""Classifiers and pictures that several ideas show."""

from functools import cache

import torch
from torch import Tensor

from masking.datasets.gallery import open_sample
from masking.image import to_png
from masking.masks.mask import Mask
from masking.methods import METHODS
from masking.models.classifier import Classifier
from masking.models.packaged_networks import LITE
from masking.models.zoo import load_classifier
from masking.results.hatching import hatched

PHOTOGRAPH = "chelsea"
"""The photograph of the first ideas: the gallery's cat."""
PATCH, SEED = 16, 0
"""The side of the hidden patches in pixels, and the seed of their first random choice."""


@cache
def lesson_classifier(name: str = LITE) -> Classifier:
    """Return a classifier on the processor; it is loaded once."""
    return load_classifier(name, device="cpu")


@cache
def prepared_sample(sample: str, classifier: str = LITE) -> Tensor:
    """Return a picture of the gallery as a classifier takes it: float32 (1, 3, h, w) in [0, 1]."""
    return lesson_classifier(classifier).prepare(open_sample(sample)).cpu()


def shown_picture(method: str, image: Tensor, mask: Mask, classifier: Classifier) -> bytes:
    """Return what a method shows the network, as a PNG; hidden pixels are hatched where they have no colour."""
    instance = METHODS[method]()
    with torch.inference_mode():
        seen = instance.picture(image, mask, classifier)
    return to_png(hatched(image, mask) if seen is None else seen)
