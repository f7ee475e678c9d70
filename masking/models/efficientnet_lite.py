"""EfficientNet-Lite0: a small ImageNet network without gates, whose TensorFlow padding is asymmetric at stride 2."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from masking.models import ARCHITECTURES

STAGES = (
    (1, 16, 1, 3, 1), (2, 24, 2, 3, 6), (2, 40, 2, 5, 6), (3, 80, 2, 3, 6), (3, 112, 1, 5, 6), (4, 192, 2, 5, 6),
    (1, 320, 1, 3, 6),
)  # fmt: skip
"""Blocks, channels, stride, kernel and expansion of each stage (Tan and Le 2019, table 1; not scaled in Lite0)."""

_STEM, _HEAD = 32, 1280
_BATCH_NORM_EPS = 1e-3


class Block(nn.Module):
    """An inverted residual: expand, one convolution per channel, project; a sum where the shape stays."""

    def __init__(self, incoming: int, width: int, stride: int, kernel: int, expansion: int):
        super().__init__()
        wide = incoming * expansion
        self.expand = nn.Sequential(*_normalised(incoming, wide), nn.ReLU6()) if expansion > 1 else nn.Identity()
        self.depthwise = nn.Sequential(*_normalised(wide, wide, kernel, stride, groups=wide), nn.ReLU6())
        self.project = nn.Sequential(*_normalised(wide, width))
        self.is_residual = stride == 1 and incoming == width

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, incoming, h, w) to (n, width, h / stride, w / stride)."""
        new = self.project(self.depthwise(self.expand(x)))
        return new + x if self.is_residual else new


class EfficientNetLite0(nn.Module):
    """Maps images (n, 3, h, w), h and w multiples of 32, to logits (n, num_classes)."""

    def __init__(self, num_classes: int):
        super().__init__()
        self.stem = nn.Sequential(*_normalised(3, _STEM, kernel=3, stride=2), nn.ReLU6())
        blocks: list[nn.Module] = []
        incoming = _STEM
        for repeats, width, stride, kernel, expansion in STAGES:
            for repeat in range(repeats):
                blocks.append(Block(incoming, width, 1 if repeat else stride, kernel, expansion))
                incoming = width
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Sequential(*_normalised(incoming, _HEAD), nn.ReLU6())
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classify = nn.Linear(_HEAD, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (n, num_classes) of normalised images (n, 3, h, w)."""
        return self.classify(torch.flatten(self.pool(self.head(self.blocks(self.stem(x)))), 1))


def _normalised(incoming: int, width: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    """Return a convolution, padded as TensorFlow pads maps of even size, and its batch norm."""
    before, after = (kernel - stride) // 2, (kernel - stride + 1) // 2
    is_symmetric = before == after
    conv = nn.Conv2d(incoming, width, kernel, stride, before if is_symmetric else 0, groups=groups, bias=False)
    padding = [] if is_symmetric else [nn.ZeroPad2d((before, after, before, after))]
    return [*padding, conv, nn.BatchNorm2d(width, _BATCH_NORM_EPS)]


@ARCHITECTURES.register("efficientnet_lite0")
def efficientnet_lite0(num_classes: int = 1000) -> EfficientNetLite0:
    """Build EfficientNet-Lite0 with fresh weights: 4.7 million parameters, 0.4 billion multiplications at 224 px."""
    return EfficientNetLite0(num_classes)


def from_published_names(network: nn.Module, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename the tensors of a state dict in the names of the TensorFlow port, which has them in the same order.

    Raises:
        ValueError: another number of tensors, or other shapes.
    """
    own = network.state_dict()
    if [tensor.shape for tensor in own.values()] != [tensor.shape for tensor in state.values()]:
        raise ValueError("these are not weights of EfficientNet-Lite0")
    return dict(zip(own, state.values(), strict=True))
