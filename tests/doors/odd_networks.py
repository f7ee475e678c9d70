"""What an operator's own module may hold: networks of the kinds that people bring. Tests copy it to a folder."""

import torch
import torch.nn.functional as F
from torch import nn

CLASSES = 16


class PaddedResNet(nn.Module):
    """A residual network as ports from TensorFlow write it: pad, then a strided convolution without padding."""

    def __init__(self, classes=CLASSES, width=8):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 3, stride=2, bias=False)
        self.norm = nn.BatchNorm2d(width)
        self.down = nn.Conv2d(width, width, 3, stride=2, bias=False)
        self.down_norm = nn.BatchNorm2d(width)
        self.mix = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.mix_norm = nn.BatchNorm2d(width)
        self.skip = nn.Conv2d(width, width, 1, stride=2, bias=False)
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        x = F.relu(self.norm(self.stem(F.pad(x, (0, 1, 0, 1)))))
        y = F.relu(self.down_norm(self.down(F.pad(x, (0, 1, 0, 1)))))
        x = F.relu(self.mix_norm(self.mix(y)) + self.skip(x))
        return self.head(x.mean((2, 3)))


class ShapedResNet(PaddedResNet):
    """A network that looks at the size of its input, so that its graph cannot be drawn."""

    def forward(self, x):
        if x.shape[1] != 3:
            raise ValueError("three channels, please")
        if x.shape[2] > 16 and x.shape[3] > 16:
            x = F.avg_pool2d(x, 2)
        return super().forward(x)


def padded(width=8):
    return trained(PaddedResNet(width=width))


def shaped():
    return trained(ShapedResNet())


def one_logit():
    return trained(PaddedResNet(classes=1))


def timm_resnet():
    import timm

    return trained(timm.create_model("test_resnet", num_classes=CLASSES))


def hf_resnet():
    from transformers import ResNetConfig, ResNetForImageClassification

    sizes = {"embedding_size": 8, "hidden_sizes": [8, 16], "depths": [1, 1], "layer_type": "basic"}
    return trained(ResNetForImageClassification(ResNetConfig(num_labels=CLASSES, **sizes)))


def trained(network):
    """Return a network whose batch norms have seen data and whose answers differ from image to image."""
    generator = torch.Generator().manual_seed(1)
    network.train()
    with torch.no_grad():
        for _ in range(3):
            network(torch.rand(8, 3, 64, 64, generator=generator) * 2 - 1)
        for module in network.modules():
            if isinstance(module, nn.Linear):
                module.weight *= 5
    return network.eval()
