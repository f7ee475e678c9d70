"""LIME under any masking method (Ribeiro et al. 2016; Balasubramanian & Feizi 2023, section 4)."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain, pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from masking.attribution.lime_designs import draw_samples
from masking.attribution.lime_explanation import LimeExplanation
from masking.attribution.lime_settings import LimeSettings
from masking.attribution.lime_stability import sample_looks
from masking.attribution.segment_answers import answer_samples
from masking.attribution.targets import class_index
from masking.image import ImageInput, digest
from masking.methods import METHODS, Method
from masking.models.classifier import Classifier
from masking.registry.params import param_values
from masking.results.manifest import run_manifest
from masking.segments import SEGMENTATIONS, Segmentation
from masking.segments.label_map import label_map

MAX_SEGMENTS = 4096
"""The most segments: more would need gigabytes to fit and hundreds of thousands of samples."""


def lime(
    classifier: Classifier,
    image: ImageInput,
    method: str | Method = "layer_masking",
    target: int | str | None = None,
    segments: str | Segmentation | Tensor | NDArray[Any] = "slic",
    samples: int = 1000,
    seed: int = 0,
    on_batch: Callable[[int, LimeExplanation], None] | None = None,
    *,
    kernel_width: float = 0.25,
    alpha: float = 1.0,
    batch: int | None = None,
    sampling: str = "independent",
    until_stable: int = 0,
    confidence: float = 0.95,
) -> LimeExplanation:
    """Explain a prediction: how much each segment of the image adds to the probability of a class.

    1. The image is divided into segments.
    2. Each sample keeps every segment with probability 0.5; the first keeps all. See `lime_designs` for how samples
       can belong together, so that fewer are needed.
    3. The classifier answers every sample; the masking method hides the other segments.
    4. A ridge regression, weighted by proximity to the whole image, gives one coefficient per segment.

    All methods and classifiers get the same samples under one seed. A smaller number of samples takes the first ones.

    Args:
        classifier: it is left unchanged.
        image: one image, anything that `Classifier.prepare` reads.
        method: name; or an instance, for parameters other than the defaults.
        target: index or name of the class to explain; default the class predicted for the whole image.
        segments: name of a segmentation, an instance, or a label map: integers (h, w) of the prepared image's size.
        samples: number of samples, 2 or more; with `until_stable` the maximum.
        seed: seed of the samples.
        on_batch: called after each batch with the number of samples done and the explanation so far, which is fitted
            when it is first used; may raise to cancel.
        kernel_width: a lower value gives samples with few segments less weight.
        alpha: penalty of the ridge regression.
        batch: samples per forward pass; default as many as the free memory allows.
        sampling: `independent`, `paired` or `balanced`, see `lime_designs`.
        until_stable: with a number above 0, stop as soon as sign and rank of so many strongest segments are certain,
            see `lime_stability`.
        confidence: how certain they have to be.

    Raises:
        ValueError: an image, class, method or segmentation that cannot be used; one sentence.
        KeyError: an unknown method or segmentation.
    """
    settings = LimeSettings(samples, seed, kernel_width, alpha, sampling, until_stable, confidence)
    latest = None
    for explanation in iterate_lime(classifier, image, method, target, segments, settings, batch):
        if on_batch:
            on_batch(len(explanation), explanation)
        latest = explanation
        if explanation.is_stable:
            return replace(explanation, stopped=len(explanation) < samples)
    assert latest is not None, "there are two samples or more"
    return latest


def iterate_lime(
    classifier: Classifier,
    image: ImageInput,
    method: str | Method,
    target: int | str | None,
    segments: str | Segmentation | Tensor | NDArray[Any],
    settings: LimeSettings,
    batch: int | None = None,
) -> Iterator[LimeExplanation]:
    """Yield the explanation so far after each batch of samples; arguments as for `lime`.

    Nothing is left open between two explanations, so several of them can be made in turn. With `until_stable`, there
    is one at each look of `lime_stability`; whoever iterates stops if it is stable.

    Raises:
        ValueError: an image, class, method or segmentation that cannot be used; one sentence.
        KeyError: an unknown method or segmentation.
    """
    name, instance = _resolve_method(method)
    index = None if target is None else class_index(target, classifier.categories)
    prepared = classifier.prepare(image)
    if len(prepared) != 1:
        raise ValueError(f"LIME explains one image, not {len(prepared)}")
    labels = segment_image(segments, prepared)
    z = draw_samples(settings.samples, int(labels.max()) + 1, settings.seed, settings.sampling)
    picture = prepared.cpu()
    facts = run_manifest(
        classifier,
        image=digest(picture),
        method={name: param_values(instance)},
        **({"method_state": state} if (state := instance.state(classifier)) else {}),
        segmentation=_origin(segments),
        segments=digest(labels),
        lime=param_values(settings),
    )
    logits, done = torch.empty(settings.samples, len(classifier.categories)), 0
    ends = sample_looks(settings, z.shape[1]) if settings.until_stable else (len(z),)
    spans = [z[start:end] for start, end in pairwise((0, *ends))]
    for part in chain.from_iterable(answer_samples(classifier, prepared, instance, labels, s, batch) for s in spans):
        logits[done : done + len(part)] = part
        done += len(part)
        yield LimeExplanation(
            image=picture,
            segments=labels,
            z=z[:done],
            logits=logits[:done],
            target=int(logits[0].argmax()) if index is None else index,
            method=name,
            title=instance.title,
            settings=settings,
            categories=classifier.categories,
            manifest=facts,
        )


def segment_image(segments: str | Segmentation | Tensor | NDArray[Any], image: Tensor) -> Tensor:
    """Return the segments of one image (1, 3, h, w): int64 (h, w), labels 0 … s−1 without gaps, on the CPU.

    Raises:
        ValueError: fewer than two segments or too many, or a label map of another size or type.
        KeyError: an unknown segmentation.
    """
    size = (image.shape[2], image.shape[3])
    if isinstance(segments, str):
        segments = SEGMENTATIONS[segments]()
    if isinstance(segments, Segmentation):
        requested, pixels = getattr(segments, "count", 0), size[0] * size[1]
        if requested > pixels:
            raise ValueError(
                f"{requested} segments were asked for but the image has only {pixels} pixels; ask for fewer"
            )
        labels = segments.segments(image)
    elif not isinstance(segments, Tensor | np.ndarray):  # pyright: ignore[reportUnnecessaryIsInstance]
        kind = type(segments).__name__
        raise ValueError(f"segments are a {kind}; give a segmentation, its name, or a label map as array")  # noqa: TRY004
    else:
        labels = label_map(segments, size)
    count = int(labels.max()) + 1
    if count < 2:
        raise ValueError("the image is one single segment, so nothing can be compared; choose a finer segmentation")
    if count > MAX_SEGMENTS:
        raise ValueError(f"there are {count} segments; choose larger ones, so that there are at most {MAX_SEGMENTS}")
    return labels


def _resolve_method(method: str | Method) -> tuple[str, Method]:
    """Return a masking method with the name under which it is registered.

    Raises:
        ValueError: no masking method.
        KeyError: an unknown name.
    """
    if isinstance(method, str):
        return method, METHODS[method]()
    if not isinstance(method, Method):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValueError(f"the method is {method!r}; give a masking method or its name")  # noqa: TRY004
    return METHODS.name_of(method), method


def _origin(segments: str | Segmentation | Tensor | NDArray[Any]) -> Any:
    """Return how the segments were made, for the manifest."""
    if isinstance(segments, str):
        segments = SEGMENTATIONS[segments]()
    if not isinstance(segments, Segmentation):
        return "label map"
    return {SEGMENTATIONS.name_of(segments): param_values(segments)}
