"""What every attribution is: a heat that says how much each value of the input matters for one class."""

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
    """What an attribution found.

    Attributes:
        values: float32 (n, 3, h, w), on the classifier's device.
        logits: (n, classes) of the same inputs, where the attribution came by them anyway; else None.
    """

    values: Tensor
    logits: Tensor | None = None

    def __len__(self) -> int:
        return len(self.values)


class Attribution:
    """How much each value of a normalised input matters for the logit of one class.

    Subclasses are frozen dataclasses whose `param` fields become widgets, options and URL parameters.
    """

    title: ClassVar[str]
    """As headings name it."""
    meaning: ClassVar[str]
    """One sentence: what a value says."""
    source: ClassVar[str]
    """Paper and section."""
    relative_cost: ClassVar[str]
    """How many passes through the network it takes."""
    signed: ClassVar[bool] = True
    """Whether values below zero mean "speaks against"."""
    complete: ClassVar[bool] = False
    """Whether it claims that values sum up to f(x) − f(0), on any network that it supports."""

    def __post_init__(self):
        check_params(self)

    def supports(self, classifier: Classifier) -> str | None:
        """None, or one sentence on why this attribution cannot be had of that classifier."""
        del classifier
        return None

    @final
    def heat(self, classifier: Classifier, x: Tensor, target: Tensor, original: Tensor | None = None) -> Heat:
        """The heat of normalised inputs; everything is computed at once, so give no more than fits into memory.

        Args:
            classifier: left exactly as found; only its `network` is asked, which takes normalised inputs.
            x: (n, 3, h, w), normalised, perhaps masked.
            target: int64 (n,), the class of each.
            original: (n, 3, h, w), normalised, what x was before it was masked; default x itself.

        Raises:
            ValueError: shapes or classes that do not fit, a classifier that is not supported or gives no gradient,
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
            x, target = _ordinary(x), _ordinary(target.to(x.device))
            found = self._heat(classifier, x, target, x if original is None else _ordinary(original))
        if not found.values.isfinite().all():
            raise ValueError(f"{self.title} of {classifier.name} is NaN or infinite; check its weights")
        return Heat(found.values.detach().float(), found.logits)

    def _heat(self, classifier: Classifier, x: Tensor, target: Tensor, original: Tensor) -> Heat:
        raise NotImplementedError


ATTRIBUTIONS: Registry[type[Attribution]] = Registry(
    "attribution", "masking.attribution", renamed={"pgxi_code": "pgxi_released"}
)
"""One file each; LIME, which explains by segments, is a verb of its own."""


def attribute(
    classifier: Classifier, image: ImageInput, target: Target = None, attribution: str | Attribution = "gxsi"
) -> Tensor:
    """How much each value of each image matters for a class: float32 (n, 3, h, w), on the CPU.

    Args:
        classifier: left exactly as found.
        image: anything that `Classifier.prepare` reads, or a batch (n, 3, h, w) in [0, 1].
        target: one class for all (index or name), one for each image, or None for the predicted ones.
        attribution: name, or an instance for other than default parameters.

    Raises:
        ValueError: anything that cannot be attributed, in one sentence.
        KeyError: an unknown attribution.
    """
    chosen = resolve_attribution(attribution)[1]
    x = classifier.normalise(classifier.prepare(image))
    targets = class_indices(target, classifier, x)

    def heated(part: slice) -> Heat:
        return chosen.heat(classifier, x[part], targets[part])

    parts = in_batches(heated, len(x), heat_batch(classifier, x, targets, chosen))
    return torch.cat([part.values.cpu() for part in parts])


_BYTES: WeakKeyDictionary[Classifier, dict[Any, int]] = WeakKeyDictionary()
"""What one input of a size was seen to take: a trial for every few images would cost as much as some of them."""


def heat_batch(classifier: Classifier, x: Tensor, target: Tensor, attribution: Attribution) -> int:
    """How many inputs fit into memory at once: judged by the first one of its size, where there are more."""
    if len(x) == 1:
        return 1
    kind = attribution, x.shape[1:], x.dtype, x.device
    known = _BYTES.setdefault(classifier, {})
    if kind not in known:
        _, known[kind] = peak_bytes(lambda: attribution.heat(classifier, x[:1], target[:1]))
    return fitting_batch(known[kind], classifier.device)


def resolve_attribution(attribution: str | Attribution) -> tuple[str, Attribution]:
    """Return an attribution with the name it is registered under. Raises KeyError on an unknown name."""
    if isinstance(attribution, str):
        return attribution, ATTRIBUTIONS[attribution]()
    if not isinstance(attribution, Attribution):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValueError(f"the attribution is {attribution!r}; give a name such as gxsi, or an instance")  # noqa: TRY004
    return ATTRIBUTIONS.name_of(attribution), attribution


def _ordinary(tensor: Tensor) -> Tensor:
    """One that autograd may keep: those made in inference mode have to be copied."""
    return tensor.clone() if tensor.is_inference() else tensor.detach()
