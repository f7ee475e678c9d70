"""Token dropping: a vision transformer reads only the patches that are present."""

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
    """Patches are dropped after they got their position, so the others keep theirs."""

    threshold: float = param(
        0.5, "hidden share from which on a patch is dropped; 0 drops every patch with a hidden pixel", low=0, high=1
    )

    title = "Token dropping"
    meaning = (
        "Hidden patches are left out; hidden pixels of the other patches are painted in the mean colour, as in greyout."
    )
    source = "Jain et al., ICLR 2022 (dropping the tokens of a vision transformer)"

    def supports(self, classifier: Classifier) -> str | None:
        """Return None for torchvision's VisionTransformer and subclasses with the same forward pass, else why not."""
        if classifier.family == "cnn":
            return f"token dropping is for vision transformers; {classifier.name} is a convolutional network"
        kind = type(classifier.network)
        if issubclass(kind, VisionTransformer) and kind.forward is VisionTransformer.forward:
            return None
        return f"token dropping knows torchvision's VisionTransformer only; {classifier.name} is a {kind.__name__}"

    def kept(self, mask: Mask, patch: int) -> Tensor:
        """Return which patches stay, row by row: bool (n, patches)."""
        height, width = mask.size
        grid = (~mask.keep).reshape(-1, height // patch, patch, width // patch, patch)
        hidden = grid.sum((2, 4)).flatten(1)
        return (hidden == 0) | (hidden / patch**2 < self.threshold)

    def blind(self, classifier: Classifier, image: Tensor, mask: Mask) -> Tensor:
        """Return for each image whether no patch stays, bool (n,)."""
        _, mask = align(image, mask)
        return ~self.kept(mask, cast("VisionTransformer", classifier.network).patch_size).any(1)

    def _logits(self, classifier: Classifier, image: Tensor, mask: Mask) -> Tensor:
        network = cast("VisionTransformer", classifier.network)
        side = network.image_size
        if image.shape[2:] != (side, side):
            raise ValueError("{0} takes images of {1}x{1}, not {2}x{3}".format(classifier.name, side, *image.shape[2:]))
        painted = torch.where(mask.keep, classifier.normalise(image), 0)
        return logits_of_patches(network, painted, self.kept(mask, network.patch_size))
