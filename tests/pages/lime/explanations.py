"""Explanations whose weights are known by hand."""

import torch

from masking.attribution import LimeExplanation, LimeSettings

QUADRANTS = torch.tensor([[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3], [2, 2, 3, 3]])


def explained(title: str, *weights: float, noise: float = 0.0, samples: int = 400, seed: int = 1) -> LimeExplanation:
    """Explain answers that are 0.3 plus the weights of the segments present plus noise."""
    generator = torch.Generator().manual_seed(seed)
    z = torch.rand(samples, 4, generator=generator) < 0.5
    z[0] = True
    answers = 0.3 + z.double() @ torch.tensor(weights, dtype=torch.double)
    answers = (answers + noise * torch.randn(samples, generator=generator)).clamp(0.01, 0.99)
    logits = torch.stack([answers, 1 - answers], 1).log().float()
    settings = LimeSettings(samples, alpha=1e-6)
    picture = torch.rand(1, 3, 4, 4, generator=generator)
    return LimeExplanation(picture, QUADRANTS, z, logits, 0, title.lower(), title, settings, ("star", "rest"), {})
