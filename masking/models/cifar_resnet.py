"""He et al.'s ResNet for pictures of 32 x 32 pixels (CVPR 2016, section 4.2), with shortcuts that have no weights."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from masking.models import ARCHITECTURES

WIDTHS = (16, 32, 64)


class BasicBlock(nn.Module):
    """Two 3x3 convolutions beside a shortcut that takes every other cell and pads with zero channels (option A)."""

    def __init__(self, incoming: int, width: int):
        super().__init__()
        self.stride = 1 if incoming == width else 2
        self.new_channels = (width - incoming) // 2
        self.conv1 = nn.Conv2d(incoming, width, 3, self.stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, incoming, h, w) to (n, width, h, w), or to half the height and width."""
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.stride > 1:
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.new_channels, self.new_channels))
        return F.relu(x + y)


class CifarResNet(nn.Module):
    """A 3x3 convolution, three stages of 16, 32 and 64 channels, global average pool, one linear layer."""

    def __init__(self, num_classes: int, blocks: int):
        super().__init__()
        self.conv1 = nn.Conv2d(3, WIDTHS[0], 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(WIDTHS[0])
        self.layer1, self.layer2, self.layer3 = (
            nn.Sequential(BasicBlock(incoming, width), *(BasicBlock(width, width) for _ in range(blocks - 1)))
            for incoming, width in zip((WIDTHS[0], *WIDTHS[:-1]), WIDTHS, strict=True)
        )
        self.linear = nn.Linear(WIDTHS[-1], num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (n, num_classes) of normalised images (n, 3, h, w)."""
        x = self.layer3(self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x))))))
        return self.linear(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))


@ARCHITECTURES.register("cifar_resnet")
def cifar_resnet(num_classes: int = 10, blocks: int = 3) -> CifarResNet:
    """Build one with fresh weights: ResNet-20 (0.27 million parameters) has 3 blocks per stage, ResNet-56 has 9.

    Raises:
        ValueError: fewer than 1 block.
    """
    if blocks < 1:
        raise ValueError(f"{blocks} blocks per stage make no network; give 1 or more")
    return CifarResNet(num_classes, blocks)
