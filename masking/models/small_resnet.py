"""A ResNet that is small enough to be bundled with the code."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock

from masking.models import ARCHITECTURES


def _stage(blocks: int, incoming: int, width: int, stride: int) -> nn.Sequential:
    shortcut = None
    if stride != 1 or incoming != width:
        shortcut = nn.Sequential(nn.Conv2d(incoming, width, 1, stride, bias=False), nn.BatchNorm2d(width))
    first = BasicBlock(incoming, width, stride, shortcut)
    return nn.Sequential(first, *(BasicBlock(width, width) for _ in range(blocks - 1)))


class SmallResNet(nn.Module):
    """A stem, stages of torchvision's basic blocks, global average pool, one linear layer.

    It maps normalised images (n, 3, h, w) to logits (n, num_classes). Every stage but the first halves the image.
    """

    def __init__(self, num_classes: int, widths: Sequence[int], blocks: Sequence[int]):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, widths[0], 7, stride=2, padding=3, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2, padding=1),
        )
        self.stages = nn.Sequential(
            *(
                _stage(depth, incoming, width, stride=1 if index == 0 else 2)
                for index, (depth, incoming, width) in enumerate(
                    zip(blocks, (widths[0], *widths[:-1]), widths, strict=True)
                )
            )
        )
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classify = nn.Linear(widths[-1], num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (n, num_classes) of normalised images (n, 3, h, w)."""
        return self.classify(torch.flatten(self.pool(self.stages(self.stem(x))), 1))


@ARCHITECTURES.register("small_resnet")
def small_resnet(
    num_classes: int, widths: Sequence[int] = (32, 64, 128), blocks: Sequence[int] = (2, 2, 2)
) -> SmallResNet:
    """Build a small ResNet with fresh weights, by default of 0.7 million parameters.

    Args:
        num_classes: number of logits.
        widths: channels of each stage.
        blocks: number of blocks of each stage.

    Raises:
        ValueError: widths and blocks of different lengths.
    """
    if len(widths) != len(blocks) or not widths:
        raise ValueError(f"{len(widths)} widths but {len(blocks)} block counts; give one of each per stage")
    return SmallResNet(num_classes, widths, blocks)
