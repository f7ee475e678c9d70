"""Networks that answer in many ways, and what every verb says to them."""

import torch
from torch import nn

from masking import Classifier, Mask, attribution_masks, compare, lime, predict, random_removal

SIDE = 32
NAMES = ("ant", "bee", "cow", "dog")
NORMALISATION = {"input_size": (SIDE, SIDE), "mean": (0.5, 0.4, 0.3), "std": (0.2, 0.25, 0.3)}
IMAGE = torch.rand(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
MASK = Mask.box(SIDE, 8, 8, 16, 12)


def body(outputs: int = 4, channels: int = 3) -> nn.Sequential:
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(channels, 6, 3, padding=1),
        nn.BatchNorm2d(6),
        nn.ReLU(),
        nn.Conv2d(6, 6, 3, padding=1, stride=2),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(6, outputs),
    )
    network[-1].weight.data *= 20
    return network.eval()


class Answers(nn.Module):
    """A network whose logits are put into another form."""

    def __init__(self, form, outputs=4, channels=3):
        super().__init__()
        self.body = body(outputs, channels)
        self.form = form

    def forward(self, x):
        return self.form(self.body(x))


def classifier_of(network, names=NAMES, **settings):
    return Classifier.from_network(network, names, **{**NORMALISATION, **settings})


def verbs(classifier):
    """What every verb answers, as numbers."""
    methods = ("blackout", "greyout", "layer_masking")
    comparison = compare(classifier, IMAGE, MASK, methods)
    removal = random_removal(classifier, IMAGE, ("blackout", "layer_masking"), patch=8, count=6, batch=3)
    explanation = lime(classifier, IMAGE, "greyout", 1, "grid", samples=40)
    return {
        "predict": predict(classifier, IMAGE).probabilities,
        "compare": torch.stack([prediction.probabilities for prediction in comparison.masked.values()]),
        "removal": torch.stack([each.predicted for each in removal.values()]),
        "lime": explanation.coefficients,
        "attribution masks": attribution_masks(classifier, IMAGE, 1, "absolute_input", 2).logits.softmax(-1),
    }


def assert_same(ours, theirs):
    for verb, values in theirs.items():
        torch.testing.assert_close(ours[verb], values, atol=2e-5, rtol=1e-4, check_dtype=False, msg=verb)
