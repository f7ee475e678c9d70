"""Random heat: a control that depends on neither image nor network."""

import hashlib
from dataclasses import dataclass

import torch
from torch import Tensor

from masking.attribution.attribution import ATTRIBUTIONS, Attribution, Heat
from masking.models.classifier import Classifier
from masking.registry.params import param


@ATTRIBUTIONS.register("random")
@dataclass(frozen=True)
class Random(Attribution):
    """Uniform values; equal inputs get equal values, whatever else is in the batch."""

    seed: int = param(0, "seed of the values", low=0, high=2**31 - 1)

    title = "Random (control)"
    meaning = "Random values between 0 and 1, which have nothing to do with image, network or class."
    source = "a control of this project: what masking anything at all gives"
    relative_cost = "none"
    signed = False

    def _heat(self, classifier: Classifier, x: Tensor, target: Tensor, original: Tensor) -> Heat:
        del classifier, target, original
        return Heat(torch.stack([self._draw(image) for image in x.cpu()]).to(x.device))

    def _draw(self, x: Tensor) -> Tensor:
        state = hashlib.sha256(str(self.seed).encode())
        state.update(x.contiguous().numpy().tobytes())
        seed = int.from_bytes(state.digest()[:8], "little", signed=True)
        return torch.rand(x.shape, generator=torch.Generator().manual_seed(seed))
