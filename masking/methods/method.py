"""What every masking method is, and what every fill is."""

import hashlib
from collections.abc import Iterator
from typing import ClassVar, final

import torch
from torch import Tensor

from masking.image import check_image
from masking.masks.mask import Mask
from masking.models.classifier import Classifier
from masking.registry.params import check_params


class Method:
    """A way of showing a classifier an image with pixels missing.

    Subclasses are frozen dataclasses whose `param` fields become widgets, options and URL parameters.
    """

    title: ClassVar[str]
    """As headings name it."""
    meaning: ClassVar[str]
    """One sentence: what the model is shown where pixels are missing."""
    source: ClassVar[str]
    """Paper and section."""
    hides: ClassVar[bool] = True
    """Whether hidden pixels cannot influence the logits at all."""

    def __post_init__(self):
        check_params(self)

    @property
    def description(self) -> str:
        """`meaning`, for methods whose parameters change it."""
        return self.meaning

    def supports(self, classifier: Classifier) -> str | None:
        """None, or one sentence on why this method cannot run on that classifier."""
        del classifier
        return None

    @final
    def logits(self, classifier: Classifier, image: Tensor, mask: Mask) -> Tensor:
        """Logits (n, classes) of images with hidden pixels.

        Args:
            classifier: left exactly as found.
            image: (n or 1, 3, h, w) in [0, 1].
            mask: (n or 1, 1, h, w), True = present; a single image or mask serves the whole batch.

        Raises:
            ValueError: shapes that do not fit, or a classifier that is not supported.
        """
        if reason := self.supports(classifier):
            raise ValueError(reason)
        image, mask = align(image.to(classifier.device), mask.to(classifier.device))
        with torch.inference_mode(not image.requires_grad):
            return self._logits(classifier, image, mask)

    def blind(self, classifier: Classifier, image: Tensor, mask: Mask) -> Tensor:
        """Of which images nothing is left that could influence the answer, bool (n,); arguments as in `logits`."""
        del classifier
        _, mask = align(image, mask)
        return ~mask.keep.any(3).any(2)[:, 0] & self.hides

    def _logits(self, classifier: Classifier, image: Tensor, mask: Mask) -> Tensor:
        raise NotImplementedError


class Fill(Method):
    """A method that repaints the hidden pixels and runs the model unchanged."""

    @final
    def fill(self, image: Tensor, mask: Mask, classifier: Classifier | None = None) -> Tensor:
        """The images (n, 3, h, w) with hidden pixels repainted: exactly what the model sees.

        Args:
            image: (n or 1, 3, h, w) in [0, 1].
            mask: (n or 1, 1, h, w).
            classifier: for fills that depend on its normalisation; default ImageNet's.
        """
        image, mask = align(image, mask)
        return torch.where(mask.keep, image, self.paint(image, mask, classifier))

    def paint(self, image: Tensor, mask: Mask, classifier: Classifier | None) -> Tensor:
        """The paint for hidden pixels, broadcastable to (n, 3, h, w); what it holds elsewhere is ignored."""
        raise NotImplementedError

    def _logits(self, classifier: Classifier, image: Tensor, mask: Mask) -> Tensor:
        return classifier(self.fill(image, mask, classifier))


def align(image: Tensor, mask: Mask) -> tuple[Tensor, Mask]:
    """Image and mask with equal batch sizes. Raises ValueError when sizes or batches do not fit."""
    check_image(image)
    if mask.size != image.shape[2:]:
        raise ValueError("mask is {}x{} but the image is {}x{}".format(*mask.size, *image.shape[2:]))
    n = max(len(image), len(mask))
    if len(image) not in {1, n} or len(mask) not in {1, n}:
        raise ValueError(f"there are {len(image)} images but {len(mask)} masks; give one, or as many as the others")
    return image.expand(n, -1, -1, -1), mask if len(mask) == n else Mask(mask.keep.expand(n, -1, -1, -1))


def generators(seed: int, image: Tensor, mask: Mask) -> Iterator[torch.Generator]:
    """One CPU random generator per image, seeded by `seed` and the visible pixels.

    So the paint of an image depends neither on its place in a batch nor on anything hidden.
    """
    for one, keep in zip(image.detach().cpu(), mask.keep.cpu(), strict=True):
        state = hashlib.sha256(str(seed).encode())
        state.update(keep.numpy().tobytes())
        state.update(torch.where(keep, one, 0).numpy().tobytes())
        yield torch.Generator().manual_seed(int.from_bytes(state.digest()[:8], "little", signed=True))
