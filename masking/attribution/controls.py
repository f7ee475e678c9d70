"""Four controls of MIA, the accuracy on masked images: the wrong label, image or network, and no label at all."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from masking.attribution.attribution_mask import attribution_masks
from masking.attribution.iterations import AttributionMasks
from masking.attribution.targets import check_targets
from masking.image import check_image
from masking.models.classifier import Classifier

STRAY_DEVIATION = 0.02
"""Of fresh values for parameters that no module knows how to reset, such as a transformer's positions."""


class _Asked(NamedTuple):
    """A masking: of whom, of what, for which class (None: the predicted), and what then counts as a hit."""

    classifier: Classifier
    images: Tensor
    target: Tensor | None
    expected: Tensor


@dataclass(frozen=True)
class Control:
    """A control: title, meaning, and what counts as a hit, in a sentence each; asked makes it of what was measured."""

    title: str
    meaning: str
    hit: str
    asked: Callable[[Classifier, Tensor, Tensor, int, Sequence[int] | None], _Asked]


def control(
    name: str,
    classifier: Classifier,
    images: Tensor,
    labels: Tensor,
    seed: int = 0,
    seeds: Sequence[int] | None = None,
    **asked: Any,
) -> tuple[AttributionMasks, Tensor]:
    """The masks of a control, and the class (n,) that each image has to be called by to be a hit.

    >>> masks, expected = control("wrong_label", classifier, images, labels, seed=0, attribution="gxsi")
    >>> masks.mia(expected)

    Args:
        name: one of `CONTROLS`.
        classifier: left exactly as found.
        images: (n, 3, h, w) in [0, 1].
        labels: true classes (n,).
        seed: of wrong labels, noise and fresh weights.
        seeds: one for each image, of its own wrong label or noise: the same in any batch.
        asked: `attribution`, `iterations`, `on_step` and `batch` of `attribution_masks`.

    Raises:
        ValueError: as `attribution_masks`.
        KeyError: no such control.
    """
    if name not in CONTROLS:
        raise KeyError(f"there is no control {name!r}; choose from {', '.join(CONTROLS)}")
    check_image(images)
    check_targets(labels.cpu(), len(images), len(classifier.categories))
    if seeds is not None and len(seeds) != len(images):
        raise ValueError(f"there are {len(seeds)} seeds for {len(images)} images; give one for each")
    chosen = CONTROLS[name].asked(classifier, images, labels.cpu().long(), seed, seeds)
    return attribution_masks(chosen.classifier, chosen.images, chosen.target, **asked), chosen.expected


def noise_image(size: tuple[int, int], seed: int = 0, n: int = 1) -> Tensor:
    """Gaussian noise around mid-grey, deviation 0.25, clipped: float32 (n, 3, h, w) in [0, 1].

    Raises ValueError when that is no image.
    """
    if min(*size, n) < 1:
        raise ValueError(f"{n} noise images of {size[0]}x{size[1]} are none; ask for 1 or more pixels and images")
    noise = torch.randn(n, 3, *size, generator=torch.Generator().manual_seed(seed))
    return (0.5 + 0.25 * noise).clamp(0, 1)


def wrong_labels(labels: Tensor, classes: int, seed: int = 0) -> Tensor:
    """For each label (n,) another class, any with the same probability. Raises ValueError if there is no other."""
    if classes < 2:
        raise ValueError("with a single class no label is wrong; take a classifier of two or more")
    steps = torch.randint(1, classes, labels.shape, generator=torch.Generator().manual_seed(seed))
    return (labels.cpu() + steps) % classes


def untrained(classifier: Classifier, seed: int = 0) -> Classifier:
    """A copy with fresh weights throughout, batch norms' statistics included; drawn as PyTorch does by default.

    A network that draws its own way says so by a method `reset_parameters`, which has the last word.
    """
    fresh = copy.deepcopy(classifier)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        _reset(fresh.network)
    fresh.name = f"{classifier.name} (untrained, seed {seed})"
    fresh.weights_digest = ""
    return fresh


def _reset(module: nn.Module) -> None:
    for child in module.children():
        _reset(child)
    for name in ("reset_parameters", "_reset_parameters"):  # the latter is how attention spells it
        reset = getattr(module, name, None)
        if callable(reset):
            reset()
            return
    for stray in module.parameters(recurse=False):
        nn.init.normal_(stray, 0, STRAY_DEVIATION)


def _wrong_label(
    classifier: Classifier, images: Tensor, labels: Tensor, seed: int, seeds: Sequence[int] | None
) -> _Asked:
    classes = len(classifier.categories)
    if seeds is None:
        wrong = wrong_labels(labels, classes, seed)
    else:
        wrong = torch.cat([wrong_labels(one, classes, own) for one, own in zip(labels.split(1), seeds, strict=True)])
    return _Asked(classifier, images, wrong, wrong)


def _noise_image(
    classifier: Classifier, images: Tensor, labels: Tensor, seed: int, seeds: Sequence[int] | None
) -> _Asked:
    size = images.shape[2], images.shape[3]
    if seeds is None:
        noise = noise_image(size, seed, len(images))
    else:
        noise = torch.cat([noise_image(size, own) for own in seeds])
    return _Asked(classifier, noise, labels, labels)


def _predicted_label(
    classifier: Classifier, images: Tensor, labels: Tensor, seed: int, seeds: Sequence[int] | None
) -> _Asked:
    del seed, seeds
    return _Asked(classifier, images, None, labels)


def _untrained_network(
    classifier: Classifier, images: Tensor, labels: Tensor, seed: int, seeds: Sequence[int] | None
) -> _Asked:
    del seeds
    return _Asked(untrained(classifier, seed), images, labels, labels)


CONTROLS: Mapping[str, Control] = MappingProxyType(
    {
        "wrong_label": Control(
            "Wrong label",
            "The mask is made for a random class that is not the true one.",
            "The masked image is called by that wrong class.",
            _wrong_label,
        ),
        "noise_image": Control(
            "Noise image",
            "The mask is made of pure noise for the label that the image would have had.",
            "The masked noise is called by that label.",
            _noise_image,
        ),
        "predicted_label": Control(
            "Predicted label",
            "The mask is made for the class that the classifier itself predicts, so that no label leaks into it.",
            "The masked image is called by its true label.",
            _predicted_label,
        ),
        "untrained_network": Control(
            "Untrained network",
            "The mask is made with, and judged by, the same architecture with random weights.",
            "The untrained network calls the masked image by its true label.",
            _untrained_network,
        ),
    }
)
