"""Occlusion: how much the logit loses when single patches are hidden."""

from dataclasses import dataclass

import torch
from torch import Tensor

from masking.attribution.attribution import ATTRIBUTIONS, Attribution, Heat
from masking.inference.batching import in_fitting_batches
from masking.masks.mask import Mask
from masking.methods import METHODS
from masking.models.classifier import Classifier
from masking.registry.params import param


@ATTRIBUTIONS.register("occlusion")
@dataclass(frozen=True)
class Occlusion(Attribution):
    """f(x) − f(x without the patch) for every value of the patch, under any masking method; it needs no gradient."""

    method: str = param("greyout", "masking method that hides the patch", choices=tuple(METHODS))
    patch: int = param(16, "side of a patch", low=1, high=512, unit="pixels")

    title = "Occlusion"
    meaning = "How much the class's logit loses when the patch is hidden; all values of a patch share the result."
    source = "Zeiler & Fergus 2014 (arXiv 1311.2901), section 4.2, in patches that do not overlap"
    relative_cost = "one forward pass for each patch, and one more"

    def supports(self, classifier: Classifier) -> str | None:
        """Return None, or why the masking method cannot run on that classifier, or that one patch covers its image."""
        return METHODS[self.method]().supports(classifier) or self._too_large(*classifier.input_size)

    def _too_large(self, height: int, width: int) -> str | None:
        if self.patch < max(height, width):
            return None
        return f"one patch of {self.patch} pixels covers the whole {height}x{width} image; choose a smaller one"

    def _heat(self, classifier: Classifier, x: Tensor, target: Tensor, original: Tensor) -> Heat:
        del original
        logits = classifier.network(x)
        height, width = x.shape[2:]
        rows, columns = -(-height // self.patch), -(-width // self.patch)
        if reason := self._too_large(height, width):
            raise ValueError(reason)
        labels = torch.arange(rows * columns, device=x.device).view(rows, columns)
        for dimension in (0, 1):
            labels = labels.repeat_interleave(self.patch, dimension)
        labels = labels[:height, :width]
        image = x * classifier.std + classifier.mean
        lost = [
            whole[k] - self._without(classifier, picture[None], labels, rows * columns)[:, k]
            for picture, whole, k in zip(image, logits, target.tolist(), strict=True)
        ]
        heat = torch.stack([values[labels] for values in lost])
        return Heat(heat[:, None].expand(-1, 3, -1, -1), logits)

    def _without(self, classifier: Classifier, image: Tensor, labels: Tensor, patches: int) -> Tensor:
        """Compute the logits (patches, classes) of one image, each with a different patch hidden."""
        method = METHODS[self.method]()

        def compute(span: slice) -> Tensor:
            numbers = torch.arange(span.start, span.stop, device=labels.device)
            return method.logits(classifier, image, Mask((labels != numbers[:, None, None])[:, None])).clone()

        return torch.cat(list(in_fitting_batches(compute, patches, classifier.device)))
