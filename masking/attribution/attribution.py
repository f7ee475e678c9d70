"""The base class of all attributions, and the verb `attribute`."""

from dataclasses import dataclass
from typing import Any, ClassVar, final
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from masking.attribution.targets import Target, check_targets, class_indices
from masking.image import ImageInput, check_image
from masking.inference.batching import in_batches
from masking.models.classifier import Classifier
from masking.registry import Registry
from masking.registry.params import check_params
from masking.runtime.memory import fitting_batch, peak_bytes


@dataclass(frozen=True, eq=False)
class Heat:
    """The result of an attribution.

    Attributes:
        values: float32 (n, 3, h, w), on the classifier's device.
        logits: (n, classes) of the same inputs, if the attribution computes them anyway; else None.
    """

    values: Tensor
    logits: Tensor | None = None

    def __len__(self) -> int:
        return len(self.values)


class Attribution:
    """How much each value of a normalised input matters for the logit of one class.

    Subclasses are frozen dataclasses whose `param` fields become widgets, options and link parameters.
    """

    title: ClassVar[str]
    """Its name in headings."""
    meaning: ClassVar[str]
    """One sentence: the meaning of a value."""
    source: ClassVar[str]
    """Paper and section."""
    relative_cost: ClassVar[str]
    """Its cost, in passes through the network."""
    signed: ClassVar[bool] = True
    """Whether negative values speak against the class."""
    complete: ClassVar[bool] = False
    """Whether its values sum up to f(x) − f(0) on every network that it supports."""

    def __post_init__(self):
        check_params(self)

    def supports(self, classifier: Classifier) -> str | None:
        """Return None, or one sentence that says why this classifier has no such attribution."""
        del classifier
        return None

    @final
    def heat(self, classifier: Classifier, x: Tensor, target: Tensor, original: Tensor | None = None) -> Heat:
        """Compute the heat of normalised inputs, all at once; they have to fit into memory.

        Args:
            classifier: it is left unchanged; only its `network` is used, which takes normalised inputs.
            x: (n, 3, h, w), normalised; it may be masked.
            target: int64 (n,), the class of each.
            original: (n, 3, h, w), normalised, x before it was masked; default x.

        Raises:
            ValueError: shapes or classes that do not fit, a classifier that is not supported or gives no gradient, or
                values that are not finite.
        """
        check_image(x)
        check_targets(target, len(x), len(classifier.categories))
        if original is not None and original.shape != x.shape:
            raise ValueError(f"the original is {tuple(original.shape)} but the masked input is {tuple(x.shape)}")
        if not x.isfinite().all():
            raise ValueError("the image holds NaN or infinite values; check how it was made")
        if reason := self.supports(classifier):
            raise ValueError(reason)
        with torch.inference_mode(mode=False), torch.no_grad():
            x, target = _autograd_tensor(x), _autograd_tensor(target.to(x.device))
            result = self._heat(classifier, x, target, x if original is None else _autograd_tensor(original))
        if not result.values.isfinite().all():
            raise ValueError(f"{self.title} of {classifier.name} is NaN or infinite; check its weights")
        return Heat(result.values.detach().float(), result.logits)

    def _heat(self, classifier: Classifier, x: Tensor, target: Tensor, original: Tensor) -> Heat:
        raise NotImplementedError


ATTRIBUTIONS: Registry[type[Attribution]] = Registry(
    "attribution", "masking.attribution", renamed={"pgxi_code": "pgxi_released"}
)
"""All attributions by name; LIME, which explains by segments, is the separate verb `lime`."""


def attribute(
    classifier: Classifier, image: ImageInput, target: Target = None, attribution: str | Attribution = "gxsi"
) -> Tensor:
    """Compute how much each value of each image matters for a class: float32 (n, 3, h, w), on the CPU.

    Args:
        classifier: it is left unchanged.
        image: anything that `Classifier.prepare` reads, or a batch (n, 3, h, w) in [0, 1].
        target: one class for all (index or name), one for each image, or None for the predicted ones.
        attribution: name; or an instance, for parameters other than the defaults.

    Raises:
        ValueError: an image, class or classifier that cannot be attributed; one sentence.
        KeyError: an unknown attribution.
    """
    instance = resolve_attribution(attribution)[1]
    x = classifier.normalise(classifier.prepare(image))
    targets = class_indices(target, classifier, x)

    def heated(part: slice) -> Heat:
        return instance.heat(classifier, x[part], targets[part])

    parts = in_batches(heated, len(x), heat_batch(classifier, x, targets, instance))
    return torch.cat([part.values.cpu() for part in parts])


_BYTES: WeakKeyDictionary[Classifier, dict[Any, int]] = WeakKeyDictionary()
"""Measured bytes of one input, by attribution and size; measuring again costs as much as an image."""


def heat_batch(classifier: Classifier, x: Tensor, target: Tensor, attribution: Attribution) -> int:
    """Return how many inputs fit into memory at once, measured on the first input of each size."""
    if len(x) == 1:
        return 1
    key = attribution, x.shape[1:], x.dtype, x.device
    measured = _BYTES.setdefault(classifier, {})
    if key not in measured:
        _, measured[key] = peak_bytes(lambda: attribution.heat(classifier, x[:1], target[:1]))
    return fitting_batch(measured[key], classifier.device)


def resolve_attribution(attribution: str | Attribution) -> tuple[str, Attribution]:
    """Return an attribution with the name under which it is registered; raise KeyError on an unknown name."""
    if isinstance(attribution, str):
        return attribution, ATTRIBUTIONS[attribution]()
    if not isinstance(attribution, Attribution):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValueError(f"the attribution is {attribution!r}; give a name such as gxsi, or an instance")  # noqa: TRY004
    return ATTRIBUTIONS.name_of(attribution), attribution


def _autograd_tensor(tensor: Tensor) -> Tensor:
    """Return a tensor that autograd can keep; tensors made in inference mode have to be copied."""
    return tensor.clone() if tensor.is_inference() else tensor.detach()
