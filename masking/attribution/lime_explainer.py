"""LIME under any masking method (Ribeiro et al. 2016; Balasubramanian & Feizi 2023, section 4)."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from masking.attribution.lime_explanation import LimeExplanation, LimeSettings
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
"""More would take gigabytes to fit, and samples by the hundred thousand to tell apart."""


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
) -> LimeExplanation:
    """How much each segment of the image adds to the probability of a class.

    1. The image is cut into segments.
    2. Each sample keeps every segment with probability 0.5; the first keeps all.
    3. The classifier answers every sample, hidden segments being shown to it by the masking method.
    4. A ridge regression, weighted by nearness to the whole image, makes one coefficient per segment of it.

    Under one seed, all methods and classifiers meet the same samples, and fewer samples are the first of more.

    Args:
        classifier: left exactly as found.
        image: one image, anything that `Classifier.prepare` reads.
        method: name, or an instance for other than default parameters.
        target: index or name of the class to explain; default the one predicted for the whole image.
        segments: name of a segmentation, an instance, or a label map: integers (h, w) of the prepared image's size.
        samples: forward passes, 2 or more.
        seed: of the samples.
        on_batch: called after each batch with the samples done and the explanation so far, which is only fitted when
            looked at; may raise to cancel.
        kernel_width: lower makes samples with few segments count less.
        alpha: ridge penalty.
        batch: samples per forward pass; default as many as the free memory allows.

    Raises:
        ValueError: anything that cannot be explained, in one sentence.
        KeyError: an unknown method or segmentation.
    """
    settings = LimeSettings(samples, seed, kernel_width, alpha)
    name, chosen = _resolve_method(method)
    wanted = None if target is None else class_index(target, classifier.categories)
    prepared = classifier.prepare(image)
    if len(prepared) != 1:
        raise ValueError(f"LIME explains one image, not {len(prepared)}")
    labels = segment_image(segments, prepared)
    z = draw_samples(samples, int(labels.max()) + 1, seed)
    picture = prepared.cpu()
    facts = run_manifest(
        classifier,
        image=digest(picture),
        method={name: param_values(chosen)},
        segmentation=_origin(segments),
        segments=digest(labels),
        lime=param_values(settings),
    )
    logits, done = torch.empty(samples, len(classifier.categories)), 0

    def explained() -> LimeExplanation:
        index = int(logits[0].argmax()) if wanted is None else wanted
        answered = (picture, labels, z[:done], logits[:done])
        return LimeExplanation(*answered, index, name, chosen.title, settings, classifier.categories, facts)

    for part in answer_samples(classifier, prepared, chosen, labels, z, batch):
        logits[done : done + len(part)] = part
        done += len(part)
        if on_batch:
            on_batch(done, explained())
    return explained()


def draw_samples(samples: int, segments: int, seed: int) -> Tensor:
    """Which segments each sample keeps, bool (samples, segments): the first all, others each with probability 0.5.

    The first samples of more are those of fewer.
    """
    kept = np.random.default_rng(seed).random((samples, segments)) < 0.5
    kept[0] = True
    return torch.from_numpy(kept)


def segment_image(segments: str | Segmentation | Tensor | NDArray[Any], image: Tensor) -> Tensor:
    """The segments of one image (1, 3, h, w): int64 (h, w), labels 0 … s−1 without gaps, on the CPU.

    Raises:
        ValueError: fewer than two segments or too many, a label map of another size, or none of all these.
        KeyError: an unknown segmentation.
    """
    size = (image.shape[2], image.shape[3])
    if isinstance(segments, str):
        segments = SEGMENTATIONS[segments]()
    if isinstance(segments, Segmentation):
        asked, pixels = getattr(segments, "count", 0), size[0] * size[1]
        if asked > pixels:
            raise ValueError(f"{asked} segments were asked for but the image has only {pixels} pixels; ask for fewer")
        labels = segments.segments(image)
    elif not isinstance(segments, Tensor | np.ndarray):  # pyright: ignore[reportUnnecessaryIsInstance]
        kind = type(segments).__name__
        raise ValueError(f"segments are a {kind}; give a segmentation, its name, or a label map as array")  # noqa: TRY004
    else:
        labels = label_map(segments, size)
    count = int(labels.max()) + 1
    if count < 2:
        raise ValueError("the image is one single segment, so nothing can be told apart; choose a finer segmentation")
    if count > MAX_SEGMENTS:
        raise ValueError(f"there are {count} segments; choose larger ones, so that there are at most {MAX_SEGMENTS}")
    return labels


def _resolve_method(method: str | Method) -> tuple[str, Method]:
    """Return a masking method with the name it is registered under."""
    if isinstance(method, str):
        return method, METHODS[method]()
    if not isinstance(method, Method):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValueError(f"the method is {method!r}; give a masking method or its name")  # noqa: TRY004
    return METHODS.name_of(method), method


def _origin(segments: str | Segmentation | Tensor | NDArray[Any]) -> Any:
    """How the segments were made, for the manifest."""
    if isinstance(segments, str):
        segments = SEGMENTATIONS[segments]()
    if not isinstance(segments, Segmentation):
        return "label map"
    return {SEGMENTATIONS.name_of(segments): param_values(segments)}
