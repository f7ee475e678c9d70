"""Four controls of MIA, the accuracy on masked images: a wrong label, image or network, and no label at all."""

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
from masking.models.input_checks import check_values

STRAY_DEVIATION = 0.02
"""Standard deviation of fresh values for parameters that no module can reset, such as a transformer's positions."""


class _Experiment(NamedTuple):
    """The arguments of `attribution_masks` (target None: the predicted classes), and the class that is a hit."""

    classifier: Classifier
    images: Tensor
    target: Tensor | None
    expected: Tensor


@dataclass(frozen=True)
class Control:
    """A control: title, meaning and condition of a hit, each in one sentence; `prepare` makes its experiment."""

    title: str
    meaning: str
    hit: str
    prepare: Callable[[Classifier, Tensor, Tensor, int, Sequence[int] | None], _Experiment]


def run_control(
    name: str,
    classifier: Classifier,
    images: Tensor,
    labels: Tensor,
    seed: int = 0,
    seeds: Sequence[int] | None = None,
    **options: Any,
) -> tuple[AttributionMasks, Tensor]:
    """Make the masks of a control, and return them with the class (n,) whose prediction is a hit for each image.

    >>> masks, expected = run_control("wrong_label", classifier, images, labels, seed=0, attribution="gxsi")
    >>> masks.mia(expected)

    Args:
        name: one of `CONTROLS`.
        classifier: it is left unchanged.
        images: (n, 3, h, w) in [0, 1].
        labels: true classes (n,).
        seed: seed of wrong labels, noise and fresh weights.
        seeds: one for each image, for a wrong label or noise that is the same in any batch.
        options: `attribution`, `iterations`, `on_step` and `batch` of `attribution_masks`.

    Raises:
        ValueError: as for `attribution_masks`, or another number of seeds than of images.
        KeyError: no such control.
    """
    if name not in CONTROLS:
        raise KeyError(f"there is no control {name!r}; choose from {', '.join(CONTROLS)}")
    check_image(images)
    check_values(images)
    check_targets(labels.cpu(), len(images), len(classifier.categories))
    if seeds is not None and len(seeds) != len(images):
        raise ValueError(f"there are {len(seeds)} seeds for {len(images)} images; give one for each")
    experiment = CONTROLS[name].prepare(classifier, images, labels.cpu().long(), seed, seeds)
    return attribution_masks(
        experiment.classifier, experiment.images, experiment.target, **options
    ), experiment.expected


def noise_image(size: tuple[int, int], seed: int = 0, n: int = 1) -> Tensor:
    """Draw Gaussian noise around mid-grey, deviation 0.25, clipped: float32 (n, 3, h, w) in [0, 1].

    Raises:
        ValueError: fewer than one pixel or one image.
    """
    if min(*size, n) < 1:
        raise ValueError(
            f"{n} noise images of {size[0]}x{size[1]} cannot be drawn; ask for 1 or more pixels and images"
        )
    noise = torch.randn(n, 3, *size, generator=torch.Generator().manual_seed(seed))
    return (0.5 + 0.25 * noise).clamp(0, 1)


def wrong_labels(labels: Tensor, classes: int, seed: int = 0) -> Tensor:
    """Draw another class for each label (n,), all equally probable; raise ValueError if there is no other."""
    if classes < 2:
        raise ValueError("with a single class no label is wrong; take a classifier of two or more")
    steps = torch.randint(1, classes, labels.shape, generator=torch.Generator().manual_seed(seed))
    return (labels.cpu() + steps) % classes


def untrained(classifier: Classifier, seed: int = 0) -> Classifier:
    """Return a copy with fresh weights and statistics, drawn with PyTorch's defaults.

    If a network has a method `reset_parameters`, that method draws its weights.
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
    for name in ("reset_parameters", "_reset_parameters"):  # attention uses the second name
        reset = getattr(module, name, None)
        if callable(reset):
            reset()
            return
    for stray in module.parameters(recurse=False):
        nn.init.normal_(stray, 0, STRAY_DEVIATION)


def _wrong_label(
    classifier: Classifier, images: Tensor, labels: Tensor, seed: int, seeds: Sequence[int] | None
) -> _Experiment:
    classes = len(classifier.categories)
    if seeds is None:
        wrong = wrong_labels(labels, classes, seed)
    else:
        wrong = torch.cat(
            [wrong_labels(label, classes, own) for label, own in zip(labels.split(1), seeds, strict=True)]
        )
    return _Experiment(classifier, images, wrong, wrong)


def _noise_image(
    classifier: Classifier, images: Tensor, labels: Tensor, seed: int, seeds: Sequence[int] | None
) -> _Experiment:
    size = images.shape[2], images.shape[3]
    if seeds is None:
        noise = noise_image(size, seed, len(images))
    else:
        noise = torch.cat([noise_image(size, own) for own in seeds])
    return _Experiment(classifier, noise, labels, labels)


def _predicted_label(
    classifier: Classifier, images: Tensor, labels: Tensor, seed: int, seeds: Sequence[int] | None
) -> _Experiment:
    del seed, seeds
    return _Experiment(classifier, images, None, labels)


def _untrained_network(
    classifier: Classifier, images: Tensor, labels: Tensor, seed: int, seeds: Sequence[int] | None
) -> _Experiment:
    del seeds
    return _Experiment(untrained(classifier, seed), images, labels, labels)


CONTROLS: Mapping[str, Control] = MappingProxyType(
    {
        "wrong_label": Control(
            "Wrong label",
            "The mask is made for a random class that is not the true one.",
            "The masked image is classified as that wrong class.",
            _wrong_label,
        ),
        "noise_image": Control(
            "Noise image",
            "The mask is made of pure noise, for the label of the image that the noise replaces.",
            "The masked noise is classified as that label.",
            _noise_image,
        ),
        "predicted_label": Control(
            "Predicted label",
            "The mask is made for the class that the classifier predicts, so that no label leaks into it.",
            "The masked image is classified as its true label.",
            _predicted_label,
        ),
        "untrained_network": Control(
            "Untrained network",
            "A network of the same architecture with random weights makes the mask and judges it.",
            "The untrained network classifies the masked image as its true label.",
            _untrained_network,
        ),
    }
)
