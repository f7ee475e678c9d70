"""A classifier that is linear in what is present, so that every right answer is known."""

import torch
from torch import nn

QUARTERS = torch.arange(16).view(4, 4).repeat_interleave(8, 0).repeat_interleave(8, 1)
IMAGE = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 0.5 + 0.5


class Patches(nn.Module):
    """The probability of class 0 is 0.2 plus the weights of the patches that are present, those that are not black."""

    WEIGHTS = torch.tensor([0.4, -0.1, 0.05, 0.0] + [0.0] * 12)

    def forward(self, x):
        present = (nn.functional.adaptive_avg_pool2d(x, 4).flatten(2).abs().sum(1) > 0).float()
        probability = 0.2 + present @ self.WEIGHTS
        return torch.stack([probability, 1 - probability], 1).log()
