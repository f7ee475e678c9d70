"""Wide ResNets for pictures of 32 x 32 pixels (Zagoruyko & Komodakis, BMVC 2016), pre-activation, without dropout."""

import math

import torch
from torch import Tensor, nn

from masking.models import ARCHITECTURES


class WideBlock(nn.Module):
    """Norm, ReLU and convolution, twice; if the width changes, a 1x1 convolution of the first ReLU is the shortcut."""

    def __init__(self, incoming: int, width: int, stride: int):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(incoming)
        self.relu1 = nn.ReLU()
        self.conv1 = nn.Conv2d(incoming, width, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.relu2 = nn.ReLU()
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.shortcut = nn.Conv2d(incoming, width, 1, stride, bias=False) if incoming != width else None

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, incoming, h, w) to (n, width, h / stride, w / stride)."""
        active = self.relu1(self.bn1(x))
        y = self.conv2(self.relu2(self.bn2(self.conv1(active))))
        return y + (x if self.shortcut is None else self.shortcut(active))


class WideResNet(nn.Module):
    """A 3x3 convolution, three stages of 16, 32 and 64 channels times k, norm, ReLU, average pool, one linear layer."""

    def __init__(self, num_classes: int, blocks: int, k: int):
        super().__init__()
        widths = (16, 16 * k, 32 * k, 64 * k)
        self.conv1 = nn.Conv2d(3, widths[0], 3, padding=1, bias=False)
        self.stages = nn.Sequential(
            *(
                WideBlock(widths[stage] if block == 0 else widths[stage + 1], widths[stage + 1], stride)
                for stage in range(3)
                for block in range(blocks)
                for stride in (2 if stage and block == 0 else 1,)
            )
        )
        self.bn = nn.BatchNorm2d(widths[3])
        self.relu = nn.ReLU()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.linear = nn.Linear(widths[3], num_classes)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw fresh weights: He's for convolutions, zero for the last layer's bias."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(module, nn.BatchNorm2d):
                module.reset_parameters()
        nn.init.normal_(self.linear.weight, 0, 1 / math.sqrt(self.linear.in_features))
        nn.init.zeros_(self.linear.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (n, num_classes) of normalised images (n, 3, h, w)."""
        x = self.relu(self.bn(self.stages(self.conv1(x))))
        return self.linear(torch.flatten(self.pool(x), 1))


@ARCHITECTURES.register("wide_resnet")
def wide_resnet(num_classes: int = 10, depth: int = 40, k: int = 4) -> WideResNet:
    """Build WRN-depth-k with fresh weights: 8.9 million in 40-4, 36.5 in 28-10 and 2.7 in 16-4.

    Raises:
        ValueError: a depth that is not 6n + 4, or k below 1.
    """
    if depth < 10 or (depth - 4) % 6 or k < 1:
        raise ValueError(f"there is no WRN-{depth}-{k}; depth is 6n + 4, such as 16, 28 or 40, and k is 1 or more")
    return WideResNet(num_classes, (depth - 4) // 6, k)
