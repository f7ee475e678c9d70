"""Attribution masks: an image filtered again and again by its own attribution (Lee & Chang 2021, algorithm 1)."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from masking.attribution.attribution import Attribution, heat_batch, resolve_attribution
from masking.attribution.iterations import AttributionMasks, MaskSettings, min_max
from masking.attribution.targets import Target, class_indices
from masking.image import ImageInput, digest
from masking.inference.batching import in_batches
from masking.models.classifier import Classifier
from masking.registry.params import param_values
from masking.results.manifest import run_manifest

OnStep = Callable[[int, int], None]


def attribution_masks(
    classifier: Classifier,
    image: ImageInput,
    target: Target = None,
    attribution: str | Attribution = "gxsi",
    iterations: int = 10,
    on_step: OnStep | None = None,
    batch: int | None = None,
) -> AttributionMasks:
    """The mask that an attribution makes of an image for a class, sharpened step by step.

    1. The attribution of the target's logit is taken of the normalised image times the mask so far.
    2. Each channel of it, stretched to 0 … 1, is this step's mask; a channel without range becomes 0.
    3. The mask so far is multiplied by it, and the classifier answers the image times that.

    The answer at a step comes from the pass that the next attribution takes anyway: I iterations of an attribution of
    one forward and one backward pass take I of both and one more forward pass.

    Args:
        classifier: left exactly as found.
        image: anything that `Classifier.prepare` reads, or a batch (n, 3, h, w) in [0, 1].
        target: one class for all (index or name), one for each image, or None for the predicted ones, which takes
            one more forward pass.
        attribution: name, or an instance for other than default parameters.
        iterations: 0 … 200.
        on_step: called with the answers had and those to come, n · (iterations + 1) in all; may raise to cancel.
        batch: images at once; default as many as the free memory allows. Out of memory halves it.

    Raises:
        ValueError: anything that cannot be attributed, in one sentence.
        KeyError: an unknown attribution.
    """
    settings = MaskSettings(iterations)
    name, chosen = resolve_attribution(attribution)
    prepared = classifier.prepare(image)
    if not len(prepared):
        raise ValueError("there is no image in the batch; give one or more")
    if reason := chosen.supports(classifier):
        raise ValueError(reason)
    x = classifier.normalise(prepared)
    if batch is not None and batch < 1:
        raise ValueError(f"a batch of {batch} images is none; give 1 or more")
    targets = class_indices(target, classifier, x, batch)
    together = batch or heat_batch(classifier, x, targets, chosen)
    total = len(x) * (iterations + 1)

    def focused(part: slice) -> _Steps:
        def tell(step: int) -> None:
            if on_step:
                on_step(part.start * (iterations + 1) + step * (part.stop - part.start), total)

        return _focus(classifier, x[part], targets[part], chosen, settings.iterations, tell)

    parts = list(in_batches(focused, len(x), together))
    if not all(part.logits.isfinite().all() for part in parts):
        raise ValueError(f"the logits of {classifier.name} are NaN or infinite; check its weights")
    picture = prepared.cpu()
    facts = run_manifest(
        classifier,
        image=digest(picture),
        target="given" if target is not None else "predicted",
        attribution={name: param_values(chosen)},
        iterations=iterations,
    )
    return AttributionMasks(
        picture,
        classifier.mean.cpu(),
        classifier.std.cpu(),
        torch.cat([part.attributions for part in parts], 1),
        torch.cat([part.logits for part in parts], 1),
        targets.cpu(),
        name,
        chosen.title,
        classifier.categories,
        facts,
    )


@dataclass(frozen=True, eq=False)
class _Steps:
    """Of one batch, on the CPU: attributions (I, n, 3, h, w) and logits (I + 1, n, classes)."""

    attributions: Tensor
    logits: Tensor

    def __len__(self) -> int:
        return self.logits.shape[1]


def _focus(
    classifier: Classifier,
    z: Tensor,
    target: Tensor,
    attribution: Attribution,
    iterations: int,
    tell: Callable[[int], None],
) -> _Steps:
    """Algorithm 1 on one batch of normalised images z (n, 3, h, w), all at once."""
    product = torch.ones_like(z, dtype=torch.float32)
    attributions: list[Tensor] = []
    logits: list[Tensor] = []
    for step in range(iterations):
        x = (z * product).to(z.dtype)
        heat = attribution.heat(classifier, x, target, z)
        logits.append(_answers(classifier, x) if heat.logits is None else heat.logits.float().cpu())
        attributions.append(heat.values.cpu())
        tell(step + 1)
        product = product * min_max(heat.values)
    logits.append(_answers(classifier, (z * product).to(z.dtype)))
    tell(iterations + 1)
    return _Steps(torch.stack(attributions) if attributions else torch.zeros(0, *z.shape), torch.stack(logits))


def _answers(classifier: Classifier, x: Tensor) -> Tensor:
    with torch.inference_mode():
        return classifier.network(x).float().cpu()
