"""The classifiers of the contract: bundled, or with random weights; pictures for them, and a calibration of each."""

from functools import cache

import numpy as np
import skimage.data
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _BatchNorm
from torchvision.models import VisionTransformer

from masking import CalibrationHead, Classifier, load_classifier
from masking.calibration import classifier_digest

CNNS = ("silhouettes/resnet", "resnet18", "squeezenet1_1", "densenet121", "mobilenet_v2")
TRANSFORMERS = ("small vit",)
CLASSIFIERS = CNNS + TRANSFORMERS
SIZE = 64


@cache
def tiles() -> torch.Tensor:
    """Photographs in pieces, (32, 3, 64, 64)."""
    pictures = [torch.from_numpy(np.asarray(load())) for load in (skimage.data.astronaut, skimage.data.coffee)]
    small = [F.interpolate(image.permute(2, 0, 1)[None] / 255, (4 * SIZE,) * 2, mode="area") for image in pictures]
    pieces = [image.unfold(2, SIZE, SIZE).unfold(3, SIZE, SIZE).reshape(3, 16, SIZE, SIZE) for image in small]
    return torch.cat(pieces, 1).transpose(0, 1).contiguous()


@cache
def classifier_named(name: str):
    """Bundled, or with random weights and the batch norms of a trained network: else every logit would be alike."""
    if name == CNNS[0]:
        return load_classifier(name)
    if name in TRANSFORMERS:
        return small_vit()
    classifier = load_classifier(name, weights="untrained")
    for module in classifier.network.modules():
        if isinstance(module, _BatchNorm):
            module.reset_running_stats()
            module.momentum = None  # plain mean over the batches seen
    classifier.network.train()
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        classifier(tiles())
    classifier.network.eval()
    return classifier


def small_vit() -> Classifier:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = VisionTransformer(SIZE, 16, 2, num_heads=2, hidden_dim=32, mlp_dim=64, num_classes=10)
        nn.init.normal_(network.heads.head.weight)  # torchvision begins with zeros: every logit would be alike
    return Classifier("small vit", network, "abcdefghij", (SIZE, SIZE), family="vit")


def some_head(classifier: Classifier, method: str) -> CalibrationHead:
    """A diagonal map: one of many classes is as good as a matrix, and small."""
    classes = len(classifier.categories)
    factors, bias = torch.rand(2, 2, classes, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    facts = {"network": classifier_digest(classifier), "method": method}
    return CalibrationHead(0.5 + factors, 4 * bias, (0.3, 0.7), facts)
