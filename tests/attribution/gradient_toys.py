"""Small classifiers for attributions: one without biases, one with all that hooks stumble over, one transformer."""

from functools import cache

import torch
from torch import nn
from torch.nn import functional as F
from torchvision.models import VisionTransformer

from masking import Classifier
from masking.image import digest
from masking.models.nib_vgg import nib_vgg

SIZE = 32
NO_MEAN, UNIT = (0, 0, 0), (1, 1, 1)


class Awkward(nn.Module):
    """Biases, ReLUs as functions, shared and in place, max pools right behind them, overlapping and beyond the rim."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.relu = nn.ReLU(inplace=True)
        self.pool = nn.MaxPool2d(3, 2, padding=1)
        self.second = nn.Conv2d(8, 8, 3, padding=1)
        self.third = nn.Conv2d(8, 8, 3)
        self.drop = nn.Dropout()
        self.classify = nn.Linear(8, 5)

    def forward(self, x):
        x = self.pool(self.relu(self.norm(self.first(x))))
        y = self.second(x)
        y += x
        y = F.max_pool2d(self.relu(y), 3, stride=2, ceil_mode=True)
        y = F.relu(self.third(y)).mean((2, 3))
        return self.classify(self.drop(y))


class Sum(nn.Module):
    """Logits are weights (classes, 3, h, w) times what is there, summed up."""

    def __init__(self, weights):
        super().__init__()
        self.weights = nn.Parameter(weights)

    def forward(self, x):
        return torch.einsum("nchw,kchw->nk", x, self.weights)


class Unyielding(nn.Module):
    """No gradient comes out of it."""

    def forward(self, x):
        return F.one_hot(x.mean((2, 3)).argmax(1), 3).float()


@cache
def toy(name: str) -> Classifier:
    """In float64, so that what should be equal is."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        if name == "nib":
            network = nib_vgg(4, "8 M 16 M", head=32)
        elif name == "awkward":
            network = Awkward()
            with torch.no_grad():
                network.norm.running_mean.normal_()
                network.norm.bias.normal_()
        else:
            network = VisionTransformer(SIZE, 16, 2, num_heads=2, hidden_dim=32, mlp_dim=64, num_classes=4)
            nn.init.normal_(network.heads.head.weight)
    classes = 5 if name == "awkward" else 4
    family = "vit" if name == "vit" else "cnn"
    return Classifier(name, network, "abcde"[:classes], (SIZE, SIZE), (0.5, 0.4, 0.3), (0.2, 0.3, 0.2), family).double()


def images(count: int = 3, seed: int = 0, size: int = SIZE) -> torch.Tensor:
    return torch.rand(count, 3, size, size, generator=torch.Generator().manual_seed(seed))


def state_of(module: nn.Module) -> object:
    """Modes, attributes, hooks, gradients and every byte of the state."""
    modules = [
        (name, m.training, sorted(vars(m)), [len(v) for k, v in vars(m).items() if k.endswith("_hooks")])
        for name, m in module.named_modules()
    ]
    parameters = [(name, parameter.requires_grad, parameter.grad) for name, parameter in module.named_parameters()]
    return modules, parameters, digest(*module.state_dict().values())
