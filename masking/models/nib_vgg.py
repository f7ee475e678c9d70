"""VGGs without input bias (NIB): Lee & Chang, Attribution Mask, section 4 and table 1.

No layer adds a constant: none has a bias, and batch norm neither subtracts a mean nor shifts. Therefore
f(a·x) = a·f(x) for a > 0 and f(0) = 0, and gradient × input sums up to the logit.
"""

import math
from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn

from masking.models import ARCHITECTURES
from masking.models.mean_free_batch_norm import MeanFreeBatchNorm2d

VGG13_6 = "64 64 M 128 128 M"
VGG13_4 = "64 64 M 128 128 M 256 256 M"
VGG13_2 = "64 64 M 128 128 M 256 256 M 512 512 M"
VGG13 = "64 64 M 128 128 M 256 256 M 512 512 M 512 512 M"
VGG16 = "64 64 M 128 128 M 256 256 256 M 512 512 512 M 512 512 512 M"


def _features(layers: str, width: float, linear_bias: bool, stock_norm: bool) -> Iterator[nn.Module]:
    incoming = 3
    for layer in layers.split():
        if layer == "M":
            yield nn.MaxPool2d(2, 2)
            continue
        outgoing = max(1, round(int(layer) * width))
        yield nn.Conv2d(incoming, outgoing, 3, padding=1, bias=linear_bias)
        yield nn.BatchNorm2d(outgoing) if stock_norm else MeanFreeBatchNorm2d(outgoing)
        yield nn.ReLU()  # never in place and never shared, so that tools can attach hooks
        incoming = outgoing


class NibVGG(nn.Module):
    """3x3 convolutions, each with norm and ReLU, max pools, then three linear layers; no layer adds a constant.

    It maps normalised images (n, 3, input_size, input_size) to logits (n, num_classes).

    Args:
        num_classes: number of logits.
        layers: channels of each convolution, and M for each pool that halves the image, such as "16 M 32 32 M".
        width: factor on all channels.
        head: width of the two hidden linear layers.
        input_size: side of the images, in pixels.
        dropout: share of dropout in the head.
        linear_bias: adds biases to all layers with weights (the paper's +LB); the network is then not NIB.
        stock_norm: uses batch norm with mean and shift (the paper's +BNB); the network is then not NIB.

    Raises:
        ValueError: malformed layers, no width or head, or pools that do not divide the input size.
    """

    def __init__(
        self,
        num_classes: int,
        layers: str,
        width: float = 1.0,
        head: int = 4096,
        input_size: int = 32,
        dropout: float = 0.5,
        *,
        linear_bias: bool = False,
        stock_norm: bool = False,
    ):
        super().__init__()
        words = layers.split()
        if all(word == "M" for word in words) or not all(
            word == "M" or (word.isdigit() and int(word) > 0) for word in words
        ):
            raise ValueError(f"layers is {layers!r}; give channels, and M for a pool, such as '16 M 32 32 M'")
        if not (width > 0 and head >= 1):
            raise ValueError(f"the width is {width} and the head {head}; give more than 0 for both")
        halvings = words.count("M")
        if input_size < 1 or input_size % 2**halvings:
            raise ValueError(f"{halvings} pools cannot halve {input_size} pixels; give a multiple of {2**halvings}")
        self.head = head
        self.features = nn.Sequential(*_features(layers, width, linear_bias, stock_norm))
        channels = [module.out_channels for module in self.features if isinstance(module, nn.Conv2d)][-1]
        cells = (input_size >> halvings) ** 2
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Linear(channels * cells, head, bias=linear_bias),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(head, head, bias=linear_bias),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(head, num_classes, bias=linear_bias),
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw fresh weights as published; a head narrower than 4096 gets larger ones, to keep its scale."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, 0, 0.01 * math.sqrt(4096 / self.head))
            elif isinstance(module, nn.BatchNorm2d):
                module.reset_parameters()
            if isinstance(module, nn.Conv2d | nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (n, num_classes) of normalised images (n, 3, input_size, input_size)."""
        return self.classifier(self.features(x))


@ARCHITECTURES.register("nib_vgg")
def nib_vgg(num_classes: int, layers: str, **options: Any) -> NibVGG:
    """Build a NIB VGG of any shape with fresh weights; arguments as for `NibVGG`."""
    return NibVGG(num_classes, layers, **options)


@ARCHITECTURES.register("nib_vgg13_6")
def nib_vgg13_6(num_classes: int = 10, **options: Any) -> NibVGG:
    """Build one of two stages and 7 layers, 50.633 million weights for 10 classes; options as for `NibVGG`."""
    return NibVGG(num_classes, VGG13_6, **options)


@ARCHITECTURES.register("nib_vgg13_4")
def nib_vgg13_4(num_classes: int = 10, **options: Any) -> NibVGG:
    """Build one of three stages and 9 layers, 34.741 million weights for 10 classes; options as for `NibVGG`."""
    return NibVGG(num_classes, VGG13_4, **options)


@ARCHITECTURES.register("nib_vgg13_2")
def nib_vgg13_2(num_classes: int = 10, **options: Any) -> NibVGG:
    """Build one of four stages and 11 layers, 29.892 million weights for 10 classes; options as for `NibVGG`."""
    return NibVGG(num_classes, VGG13_2, **options)


@ARCHITECTURES.register("nib_vgg13")
def nib_vgg13(num_classes: int = 10, **options: Any) -> NibVGG:
    """Build one of five stages and 13 layers, 28.320 million weights for 10 classes; options as for `NibVGG`."""
    return NibVGG(num_classes, VGG13, **options)


@ARCHITECTURES.register("nib_vgg16")
def nib_vgg16(num_classes: int = 10, **options: Any) -> NibVGG:
    """Build one of five stages and 16 layers, 33.630 million weights for 10 classes; options as for `NibVGG`."""
    return NibVGG(num_classes, VGG16, **options)
