"""The base classes of all masking methods, `Method`, of fills, `Fill`, and of methods around others, `Wrapper`."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, final

import torch
from torch import Tensor

from masking.image import check_image, to_levels
from masking.masks.mask import Mask
from masking.models.classifier import Classifier
from masking.models.family import Family
from masking.registry.params import check_params, param_values
from masking.results.series_style import NEUTRAL, Style

METHOD_STATES = "method_states"
"""Under which name manifests hold the states of methods."""


class Method:
    """A way to show a classifier an image with missing pixels.

    Subclasses are frozen dataclasses whose `param` fields become widgets, options and link parameters.
    """

    title: ClassVar[str]
    """Its name in headings."""
    meaning: ClassVar[str]
    """One sentence: what the model sees at missing pixels."""
    source: ClassVar[str]
    """Paper and section."""
    style: ClassVar[Style] = NEUTRAL
    """How charts draw it; the colours of the methods here are as far apart as colour-blind readers need."""
    family: ClassVar[Family | None] = None
    """The only family of networks that it is made for, if there is one."""
    hides: ClassVar[bool] = True
    """Whether hidden pixels have no influence on the logits."""

    def __post_init__(self):
        check_params(self)

    @property
    def description(self) -> str:
        """The meaning under the present parameters; by default `meaning`."""
        return self.meaning

    def supports(self, classifier: Classifier) -> str | None:
        """Return None, or one sentence that says why this method cannot run on that classifier."""
        del classifier
        return None

    def state(self, classifier: Classifier) -> str:
        """Return a digest of what decides the answers beside the parameters and the classifier; "" if nothing does."""
        del classifier
        return ""

    def picture(self, image: Tensor, mask: Mask, classifier: Classifier | None) -> Tensor | None:
        """Return what the model gets to see, (n, 3, h, w); None where hidden pixels have no colour."""
        del image, mask, classifier
        return None

    @final
    def logits(self, classifier: Classifier, image: Tensor, mask: Mask) -> Tensor:
        """Compute the logits (n, classes) of images with hidden pixels.

        Args:
            classifier: it is left unchanged.
            image: (n or 1, 3, h, w) in [0, 1].
            mask: (n or 1, 1, h, w), True = present; a single image or mask is used for the whole batch.

        Raises:
            ValueError: shapes that do not fit, a classifier that is not supported, or NaN among its answers.
        """
        return self.answer(classifier, image, mask)[0]

    @final
    def answer(self, classifier: Classifier, image: Tensor, mask: Mask) -> tuple[Tensor, Tensor]:
        """Compute what `logits` and `blind` return, in one pass; arguments and errors as for `logits`."""
        if reason := self.supports(classifier):
            raise ValueError(reason)
        image, mask = align(image.to(classifier.device), mask.to(classifier.device))
        with torch.inference_mode(not image.requires_grad):
            logits, blind = self._answer(classifier, image, mask)
        if logits.isfinite().all():
            return logits, blind
        raise ValueError(
            f"the logits of {classifier.name} are NaN or infinite under {self.title.lower()}; check its weights, or "
            "choose another masking method"
        )

    def blind(self, classifier: Classifier, image: Tensor, mask: Mask) -> Tensor:
        """Return for each image whether no visible pixel is left, bool (n,); arguments as for `logits`."""
        del classifier
        _, mask = align(image, mask)
        return ~mask.keep.any(3).any(2)[:, 0] & self.hides

    def _answer(self, classifier: Classifier, image: Tensor, mask: Mask) -> tuple[Tensor, Tensor]:
        return self._logits(classifier, image, mask), self.blind(classifier, image, mask)

    def _logits(self, classifier: Classifier, image: Tensor, mask: Mask) -> Tensor:
        raise NotImplementedError


class Fill(Method):
    """A method that repaints the hidden pixels and runs the model unchanged."""

    @final
    def fill(self, image: Tensor, mask: Mask, classifier: Classifier | None = None) -> Tensor:
        """Return the images (n, 3, h, w) with hidden pixels repainted, exactly as the model sees them.

        Args:
            image: (n or 1, 3, h, w) in [0, 1].
            mask: (n or 1, 1, h, w).
            classifier: used by fills that depend on its normalisation; default ImageNet's.
        """
        image, mask = align(image, mask)
        return torch.where(mask.keep, image, self.paint(image, mask, classifier))

    def picture(self, image: Tensor, mask: Mask, classifier: Classifier | None) -> Tensor | None:
        """Return `fill` of the images."""
        return self.fill(image, mask, classifier)

    def paint(self, image: Tensor, mask: Mask, classifier: Classifier | None) -> Tensor:
        """Return the values for hidden pixels, broadcastable to (n, 3, h, w); values at visible pixels are ignored."""
        raise NotImplementedError

    def _logits(self, classifier: Classifier, image: Tensor, mask: Mask) -> Tensor:
        return classifier(self.fill(image, mask, classifier))


class Wrapper(Method):
    """A method that shows the network what another one, `base`, shows it, and changes the answer."""

    base: Method
    colour_of: ClassVar[str] = "of"
    """The parameter that names the base; charts draw this method in the colour of the base."""

    def wrap(self, base: Method, **fields: Any) -> None:
        """Set the base and other attributes of this frozen instance; it hides what the base hides."""
        vars(self).update(base=base, hides=base.hides, family=base.family, **fields)

    def supports(self, classifier: Classifier) -> str | None:
        """Return None, or why the base cannot run on that classifier."""
        return self.base.supports(classifier)

    def picture(self, image: Tensor, mask: Mask, classifier: Classifier | None) -> Tensor | None:
        """Return what the base shows the network."""
        return self.base.picture(image, mask, classifier)

    def blind(self, classifier: Classifier, image: Tensor, mask: Mask) -> Tensor:
        """Return for each image whether the base leaves nothing visible, bool (n,)."""
        return self.base.blind(classifier, image, mask)


def states_of(methods: Mapping[str, Method], classifier: Classifier) -> dict[str, str]:
    """Return the state of each method that has one, by name."""
    return {name: state for name, method in methods.items() if (state := method.state(classifier))}


def method_facts(methods: Mapping[str, Method], classifier: Classifier) -> dict[str, Any]:
    """Return the parameters of methods by name, and their states where there are any, for manifests."""
    states = states_of(methods, classifier)
    parameters = {name: param_values(method) for name, method in methods.items()}
    return {"methods": parameters, **({METHOD_STATES: states} if states else {})}


def method_key(methods: Mapping[str, Method], classifier: Classifier) -> str:
    """Return a text for caches: it changes whenever the parameters or the state of a method do."""
    return " ".join(f"{name} {method!r} {method.state(classifier)}" for name, method in methods.items())


def align(image: Tensor, mask: Mask) -> tuple[Tensor, Mask]:
    """Return image and mask with equal batch sizes; raise ValueError if sizes or batches do not fit."""
    check_image(image)
    if mask.size != image.shape[2:]:
        raise ValueError("mask is {}x{} but the image is {}x{}".format(*mask.size, *image.shape[2:]))
    n = max(len(image), len(mask))
    if len(image) not in {1, n} or len(mask) not in {1, n}:
        raise ValueError(f"there are {len(image)} images but {len(mask)} masks; give one, or as many as the others")
    return image.expand(n, -1, -1, -1), mask if len(mask) == n else Mask(mask.keep.expand(n, -1, -1, -1))


def generators(seed: int, image: Tensor, mask: Mask) -> Iterator[torch.Generator]:
    """Yield one CPU random generator per image, seeded by `seed`, the mask and the visible pixels.

    The fill of an image then depends neither on its position in a batch nor on hidden pixels. Pixels count by their
    256 levels, so the last digits of a computed image, which differ between processors, do not change its fill.

    Yields:
        A generator for each image, in order.
    """
    for picture, keep in zip(image.detach().cpu(), mask.keep.cpu(), strict=True):
        state = hashlib.sha256(str(seed).encode())
        state.update(keep.numpy().tobytes())
        state.update(to_levels(torch.where(keep, picture, 0)).numpy().tobytes())
        yield torch.Generator().manual_seed(int.from_bytes(state.digest()[:8], "little", signed=True))
