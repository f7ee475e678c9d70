"""Token dropping: a vision transformer reads the patches that are there, and no others."""

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor
from torchvision.models import VisionTransformer

from masking.layers.tokens import logits_of_patches
from masking.masks.mask import Mask
from masking.methods import METHODS, Method
from masking.methods.method import align
from masking.models.classifier import Classifier
from masking.registry.params import param


@METHODS.register("token_dropping")
@dataclass(frozen=True)
class TokenDropping(Method):
    """Patches leave the sequence once they have their position, so the others stay where they were."""

    threshold: float = param(0.5, "hidden share of its pixels from which a patch is dropped; 0: any", low=0, high=1)

    title = "Token dropping"
    meaning = (
        "Hidden patches are left out; hidden pixels of those that stay are painted in the mean colour, as in greyout."
    )
    source = "Jain et al., ICLR 2022 (dropping the tokens of a vision transformer)"

    def supports(self, classifier: Classifier) -> str | None:
        """None for torchvision's VisionTransformer, and for subclasses that compute the same."""
        if classifier.family == "cnn":
            return f"token dropping is for vision transformers; {classifier.name} is a convolutional network"
        kind = type(classifier.network)
        if issubclass(kind, VisionTransformer) and kind.forward is VisionTransformer.forward:
            return None
        return f"token dropping knows torchvision's VisionTransformer only; {classifier.name} is a {kind.__name__}"

    def kept(self, mask: Mask, patch: int) -> Tensor:
        """The patches that stay, row by row: bool (n, patches)."""
        height, width = mask.size
        grid = (~mask.keep).reshape(-1, height // patch, patch, width // patch, patch)
        hidden = grid.sum((2, 4)).flatten(1)
        return (hidden == 0) | (hidden / patch**2 < self.threshold)

    def blind(self, classifier: Classifier, image: Tensor, mask: Mask) -> Tensor:
        """Of which images no patch stays, bool (n,)."""
        _, mask = align(image, mask)
        return ~self.kept(mask, cast("VisionTransformer", classifier.network).patch_size).any(1)

    def _logits(self, classifier: Classifier, image: Tensor, mask: Mask) -> Tensor:
        network = cast("VisionTransformer", classifier.network)
        side = network.image_size
        if image.shape[2:] != (side, side):
            raise ValueError("{0} takes images of {1}x{1}, not {2}x{3}".format(classifier.name, side, *image.shape[2:]))
        painted = torch.where(mask.keep, classifier.normalise(image), 0)
        return logits_of_patches(network, painted, self.kept(mask, network.patch_size))
