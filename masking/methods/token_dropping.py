"""Token dropping: a vision transformer reads only the patches that are present."""

from dataclasses import dataclass

import torch
from torch import Tensor

from masking.layers.token_families import patch_transformer
from masking.layers.tokens import logits_of_patches
from masking.masks.mask import Mask
from masking.methods import METHODS, Method, Style
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
    style = Style("#686454", "pentagon", "longdashdot")
    family = "vit"

    def supports(self, classifier: Classifier) -> str | None:
        """Return None for the vision transformers that `masking.layers.tokens` knows, else why not."""
        try:
            patch_transformer(classifier.network)
        except ValueError as error:
            return f"token dropping cannot run {classifier.name}: {error}"
        return None

    def kept(self, mask: Mask, patch: tuple[int, int]) -> Tensor:
        """Return which patches stay, row by row: bool (n, patches). Pixels behind the last whole patch do not count."""
        (height, width), (rows, columns) = patch, (size // side for size, side in zip(mask.size, patch, strict=True))
        whole = ~mask.keep[:, :, : rows * height, : columns * width]
        hidden = whole.reshape(-1, rows, height, columns, width).sum((2, 4)).flatten(1)
        return (hidden == 0) | (hidden / (height * width) < self.threshold)

    def blind(self, classifier: Classifier, image: Tensor, mask: Mask) -> Tensor:
        """Return for each image whether no patch stays, bool (n,)."""
        _, mask = align(image, mask)
        return ~self.kept(mask, patch_transformer(classifier.network).patch).any(1)

    def _logits(self, classifier: Classifier, image: Tensor, mask: Mask) -> Tensor:
        network, transformer = classifier.network, patch_transformer(classifier.network)
        painted = torch.where(mask.keep, classifier.normalise(classifier.prepare(image)), 0)
        return logits_of_patches(network, transformer, painted, self.kept(mask, transformer.patch))
