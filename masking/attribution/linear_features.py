"""Whether features under a masking method are linear in the segments shown (Balasubramanian & Feizi 2023)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from masking.inference.batching import in_fitting_batches
from masking.layers import LayerMasked, Masked, layer_masked
from masking.layers.steps import Step
from masking.masks.mask import Mask
from masking.measures.linearity import linearity_cosine, linearity_error
from masking.methods import Fill, Method
from masking.methods.layer_masking import LayerMasking
from masking.methods.method import align
from masking.models.classifier import Classifier
from masking.models.input_checks import check_values


@dataclass(frozen=True, eq=False)
class Linearity:
    """How well the features of single segments sum up to those of the segments together.

    Attributes:
        error: float64 (draws,), distance as a share of the length of the joint features; 0 is linear.
        cosine: float64 (draws,); 1 is linear except for the length.
    """

    error: Tensor
    cosine: Tensor


def measure_linearity(
    classifier: Classifier,
    image: Tensor,
    segments: Tensor,
    method: Method,
    parts: int = 4,
    draws: int = 16,
    seed: int = 0,
    on_draw: Callable[[int], None] | None = None,
) -> Linearity:
    """Compare the features of segments shown alone and shown together, for random groups of segments.

    Args:
        classifier: convolutional; it is left unchanged.
        image: (1, 3, h, w) in [0, 1].
        segments: int64 (h, w), labels 0 … s−1.
        method: how the other segments are hidden: a fill or layer masking.
        parts: number of segments in a group.
        draws: number of groups.
        seed: seed of the groups.
        on_draw: called with the number of groups done; may raise to cancel.

    Raises:
        ValueError: fewer segments than parts, or a method or classifier without features.
    """
    count = int(segments.max()) + 1
    if not 2 <= parts <= count:
        raise ValueError(f"{parts} segments were to be shown together; choose 2 to {count}")
    if draws < 1:
        raise ValueError(f"{draws} draws measure nothing; take 1 or more")
    generator = np.random.default_rng(seed)
    errors, cosines = [], []
    for draw in range(1, draws + 1):
        group = torch.from_numpy(generator.permutation(count)[:parts].copy())
        alone = torch.zeros(parts, count, dtype=torch.bool).scatter_(1, group[:, None], True)
        present = torch.cat([alone, alone.any(0, keepdim=True)])
        features = compute_features(classifier, image, Mask(present[:, segments].unsqueeze(1)), method)
        errors.append(linearity_error(features[:-1], features[-1]))
        cosines.append(linearity_cosine(features[:-1], features[-1]))
        if on_draw:
            on_draw(draw)
    return Linearity(torch.stack(errors), torch.stack(cosines))


def refuse_features(classifier: Classifier) -> str | None:
    """Return why the features of a classifier cannot be computed, or None when they can."""
    return _refusal(classifier, layer_masked(classifier.network, size=classifier.input_size))


def _refusal(classifier: Classifier, engine: LayerMasked) -> str | None:
    cannot = f"the features of {classifier.name} cannot be computed"
    if missing := engine.unsupported():
        return f"{cannot}: {missing[0][0]} {missing[0][1]}"
    blank = classifier.normalise(classifier.mean.new_zeros(1, 3, *classifier.input_size))
    return None if _heads(engine.steps(blank)) else f"{cannot}: it has no linear layer and no convolution"


def compute_features(classifier: Classifier, image: Tensor, masks: Mask, method: Method) -> Tensor:
    """Compute the input of a classifier's last weighted layer, float32 (n, channels), on the CPU.

    Maps are averaged over their visible cells. Batches are as large as the free memory allows.

    Args:
        classifier: convolutional; it is left unchanged.
        image: (1, 3, h, w) in [0, 1].
        masks: (n, 1, h, w).
        method: a fill, or layer masking.

    Raises:
        ValueError: a method that is neither a fill nor layer masking, or a network that cannot run.
    """
    engine = _engine(classifier, method)
    if reason := _refusal(classifier, engine):
        raise ValueError(reason)
    check_values(image)

    def compute(span: slice) -> Tensor:
        images, part = align(image.to(classifier.device), masks[span].to(classifier.device))
        caught: list[Tensor] = []

        def watch(step: str, value: Any) -> None:
            if step == name:
                caught.append(_pooled(value))

        if isinstance(method, Fill):
            images, part = method.fill(images, part, classifier), Mask(torch.ones_like(part.keep))
        normalised = classifier.normalise(images)
        name = _before_head(engine.steps(normalised))
        with torch.inference_mode():
            engine(normalised, part.keep, watch)
        return caught[0].float().cpu()

    return torch.cat(list(in_fitting_batches(compute, len(masks), classifier.device)))


def _engine(classifier: Classifier, method: Method) -> LayerMasked:
    """Return the engine that runs the network: masked under layer masking, on whole pictures under a fill.

    Raises:
        ValueError: the method is neither.
    """
    if isinstance(method, Fill):
        return layer_masked(classifier.network, size=classifier.input_size)
    if not isinstance(method, LayerMasking):
        raise ValueError(  # noqa: TRY004, a wrong choice, not a wrong type
            f"{method.title.lower()} gives no features to compare; choose a fill or layer masking"
        )
    layered: Any = method
    return layer_masked(classifier.network, layered, layered.convolution, classifier.input_size)


def _before_head(steps: tuple[Step, ...]) -> str:
    """Return the name of the operation whose result the last linear layer or convolution takes."""
    return _heads(steps)[-1].node.all_input_nodes[0].name


def _heads(steps: tuple[Step, ...]) -> list[Step]:
    """Return the linear layers and convolutions among the steps of a network, in order.

    A layer of one input is left out: it only makes two logits of one.
    """
    return [
        step
        for step in steps
        if isinstance(step.operation, nn.Linear | nn.Conv2d) or step.operation in (F.linear, F.conv2d)
        if getattr(step.operation, "in_features", 0) != 1
    ]


def _pooled(value: Tensor | Masked) -> Tensor:
    """Average a map over its visible cells, (n, channels); copy a value that is flat already."""
    value = value.settled() if isinstance(value, Masked) else value
    if isinstance(value, Masked):
        visible = value.keep.factors(value.values.dtype)
        count = visible.sum((2, 3), keepdim=True).clamp(min=1)
        return (value.as_images() * visible / count).sum((2, 3))
    return value.mean((2, 3)) if value.ndim == 4 else value.clone()
