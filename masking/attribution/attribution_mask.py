"""Attribution masks: an image filtered repeatedly by its own attribution (Lee & Chang 2021, algorithm 1)."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from masking.attribution.attribution import Attribution, heat_batch, resolve_attribution
from masking.attribution.iterations import AttributionMasks
from masking.attribution.min_max import min_max
from masking.attribution.targets import Target, class_indices
from masking.image import ImageInput, digest
from masking.inference.batching import in_batches
from masking.models.classifier import Classifier
from masking.registry.params import check_params, param, param_values
from masking.results.manifest import run_manifest

OnStep = Callable[[int, int], None]


@dataclass(frozen=True)
class MaskSettings:
    """The settings of an attribution mask."""

    iterations: int = param(10, "how often the mask is multiplied; 0 classifies only the whole image", low=0, high=200)

    def __post_init__(self):
        check_params(self)


def attribution_masks(
    classifier: Classifier,
    image: ImageInput,
    target: Target = None,
    attribution: str | Attribution = "gxsi",
    iterations: int = 10,
    on_step: OnStep | None = None,
    batch: int | None = None,
) -> AttributionMasks:
    """Make a mask of an image for a class from an attribution, and sharpen it step by step.

    1. The target's logit is attributed to the normalised image times the mask so far.
    2. Each channel of the attribution, stretched to 0 … 1, is the mask of this step; a constant channel becomes 0.
    3. The mask so far is multiplied by it, and the classifier answers to the image times the product.

    The answer at a step comes from the pass that the next attribution needs anyway. I iterations of an attribution
    with one forward and one backward pass take I of both and one more forward pass.

    Args:
        classifier: it is left unchanged.
        image: anything that `Classifier.prepare` reads, or a batch (n, 3, h, w) in [0, 1].
        target: one class for all (index or name), one for each image, or None for the predicted ones, which takes
            one more forward pass.
        attribution: name; or an instance, for parameters other than the defaults.
        iterations: number of masks to multiply, 0 … 200.
        on_step: called with the number of answers done and the total, n · (iterations + 1); may raise to cancel.
        batch: images at once; default as many as the free memory allows. Running out of memory halves it.

    Raises:
        ValueError: an image, class or classifier that cannot be attributed; one sentence.
        KeyError: an unknown attribution.
    """
    settings = MaskSettings(iterations)
    name, instance = resolve_attribution(attribution)
    prepared = classifier.prepare(image)
    if not len(prepared):
        raise ValueError("there is no image in the batch; give one or more")
    if reason := instance.supports(classifier):
        raise ValueError(reason)
    x = classifier.normalise(prepared)
    if batch is not None and batch < 1:
        raise ValueError(f"the batch is {batch}; give 1 or more images")
    targets = class_indices(target, classifier, x, batch)
    size = batch or heat_batch(classifier, x, targets, instance)
    total = len(x) * (iterations + 1)

    def compute(span: slice) -> _Iterations:
        def report(step: int) -> None:
            if on_step:
                on_step(span.start * (iterations + 1) + step * (span.stop - span.start), total)

        return _iterate(classifier, x[span], targets[span], instance, settings.iterations, report)

    parts = list(in_batches(compute, len(x), size))
    if not all(part.logits.isfinite().all() for part in parts):
        raise ValueError(f"the logits of {classifier.name} are NaN or infinite; check its weights")
    picture = prepared.cpu()
    facts = run_manifest(
        classifier,
        image=digest(picture),
        target="given" if target is not None else "predicted",
        attribution={name: param_values(instance)},
        iterations=iterations,
    )
    return AttributionMasks(
        image=picture,
        mean=classifier.mean.cpu(),
        std=classifier.std.cpu(),
        attributions=torch.cat([part.attributions for part in parts], 1),
        logits=torch.cat([part.logits for part in parts], 1),
        target=targets.cpu(),
        attribution=name,
        title=instance.title,
        categories=classifier.categories,
        manifest=facts,
    )


@dataclass(frozen=True, eq=False)
class _Iterations:
    """The iterations of one batch, on the CPU: attributions (I, n, 3, h, w) and logits (I + 1, n, classes)."""

    attributions: Tensor
    logits: Tensor

    def __len__(self) -> int:
        return self.logits.shape[1]


def _iterate(
    classifier: Classifier,
    z: Tensor,
    target: Tensor,
    attribution: Attribution,
    iterations: int,
    report: Callable[[int], None],
) -> _Iterations:
    """Run algorithm 1 on one batch of normalised images z (n, 3, h, w), all at once."""
    product = torch.ones_like(z, dtype=torch.float32)
    attributions: list[Tensor] = []
    logits: list[Tensor] = []
    for step in range(iterations):
        x = (z * product).to(z.dtype)
        heat = attribution.heat(classifier, x, target, z)
        logits.append(_logits(classifier, x) if heat.logits is None else heat.logits.float().cpu())
        attributions.append(heat.values.cpu())
        report(step + 1)
        product = product * min_max(heat.values)
    logits.append(_logits(classifier, (z * product).to(z.dtype)))
    report(iterations + 1)
    return _Iterations(torch.stack(attributions) if attributions else torch.zeros(0, *z.shape), torch.stack(logits))


def _logits(classifier: Classifier, x: Tensor) -> Tensor:
    with torch.inference_mode():
        return classifier.network(x).float().cpu()
