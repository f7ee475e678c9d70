"""The verb `calibrate`: fit an affine map of a classifier's answers to masked images (MCal)."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from masking.calibration.head import CalibrationHead, classifier_digest
from masking.calibration.regression import AffineFit, fit_affine
from masking.calibration.settings import CalibrationSettings
from masking.image import check_image, digest
from masking.inference.batching import batched_logits
from masking.masks.mask import Mask
from masking.methods import METHODS, Method
from masking.models.classifier import Classifier
from masking.models.input_checks import check_values
from masking.registry.params import param_values
from masking.registry.parsing import format_entry, parse_entry
from masking.results.manifest import run_manifest

AT_ONCE = 64
"""Images whose masks are in memory at once."""
OnBatch = Callable[[int, int], None]
"""A function that gets the forward passes done and their total; it may raise to cancel."""


@dataclass(frozen=True, eq=False)
class CalibrationSamples:
    """What a map is fitted to: one row per image, share and mask.

    Attributes:
        logits: the answers to masked images, float64 (n, K).
        targets: the answers to the whole images, int64 (n,).
        hidden: the shares that were to be hidden, float64 (n,).
        images: the number of each row's image, int64 (n,).
    """

    logits: Tensor
    targets: Tensor
    hidden: Tensor
    images: Tensor

    def __len__(self) -> int:
        return len(self.targets)

    def at_share(self, share: float) -> "CalibrationSamples":
        """Return the rows of one share."""
        rows = self.hidden == share
        return CalibrationSamples(self.logits[rows], self.targets[rows], self.hidden[rows], self.images[rows])


def calibrate(
    classifier: Classifier,
    images: Tensor,
    method: str | Method = "layer_masking",
    settings: CalibrationSettings | None = None,
    on_batch: OnBatch | None = None,
    data_facts: Mapping[str, Any] | None = None,
) -> CalibrationHead:
    """Fit a calibration of a masking method to a classifier; no labels are needed.

    Args:
        classifier: left exactly as found.
        images: float (n, 3, h, w) in [0, 1], of the classifier's input size; of at least two classes.
        method: a name, a word such as `greyout:grey=middle`, or an instance; any method but a calibrated one.
        settings: default `CalibrationSettings()`.
        on_batch: called with the forward passes done and their total after each batch; may raise to cancel.
        data_facts: where the images come from, for the manifest.

    Raises:
        KeyError: an unknown method.
        ValueError: images or a method that cannot be used, or images that the classifier gives one class only.
    """
    settings = settings or CalibrationSettings()
    base, word = check_method(classifier, method)
    samples = collect_samples(classifier, images, base, settings, on_batch)
    total = len(images) * (1 + len(settings.shares) * settings.masks)

    def on_step() -> None:
        if on_batch:
            on_batch(total, total)

    facts: dict[str, Any] = {"images": len(images), "images_digest": digest(images), "data": dict(data_facts or {})}
    return head_of_samples(classifier, samples, base, word, settings, facts, on_step)


def collect_samples(
    classifier: Classifier,
    images: Tensor,
    method: Method,
    settings: CalibrationSettings,
    on_batch: OnBatch | None = None,
) -> CalibrationSamples:
    """Compute the answers that a map is fitted to; arguments as for `calibrate`.

    An image's masks depend on its number and on the seed only, not on other images.

    Raises:
        ValueError: images or a method that cannot be used, or images that the classifier gives one class only.
    """
    check_image(images)
    if not len(images):
        raise ValueError("there is no image to fit a calibration to; give images of at least two classes")
    check_values(images)
    if reason := method.supports(classifier):
        raise ValueError(reason)
    done, total = 0, len(images) * (1 + len(settings.shares) * settings.masks)

    def answers(part: Tensor, masks: Mask | None) -> Tensor:
        nonlocal done
        before = done

        def report(rows: int) -> None:
            nonlocal done
            done = before + rows
            if on_batch:
                on_batch(done, total)

        return batched_logits(classifier, part, method if masks else None, masks, on_batch=report)

    rows: list[tuple[Tensor, Tensor, Tensor, Tensor]] = []
    for start in range(0, len(images), AT_ONCE):
        part = images[start : start + AT_ONCE]
        numbers = torch.arange(start, start + len(part))
        named = answers(part, None).argmax(1)
        for index, share in enumerate(settings.shares):
            masks = _masks(settings, (part.shape[2], part.shape[3]), numbers.tolist(), index)
            repeated = part.repeat_interleave(settings.masks, 0)
            logits = answers(repeated, masks).double()
            hidden = torch.full((len(logits),), share, dtype=torch.float64)
            rows.append(
                (logits, named.repeat_interleave(settings.masks), hidden, numbers.repeat_interleave(settings.masks))
            )
    samples = CalibrationSamples(*(torch.cat(column) for column in zip(*rows, strict=True)))
    _check_variety(classifier, samples.targets, len(images))
    return samples


def head_of_samples(
    classifier: Classifier,
    samples: CalibrationSamples,
    method: Method,
    word: str,
    settings: CalibrationSettings,
    facts: Mapping[str, Any],
    on_step: Callable[[], None] | None = None,
) -> CalibrationHead:
    """Fit the map, or one for each share, and return it with its manifest.

    Args:
        classifier: the classifier that answered.
        samples: from `collect_samples`.
        method: the masking method.
        word: the word that names it.
        settings: the settings of `collect_samples`.
        facts: about the images, for the manifest.
        on_step: called at each step of the regression; may raise to cancel.
    """
    form = settings.form_for(samples.logits.shape[1])
    parts = [samples.at_share(share) for share in settings.shares] if settings.per_share else [samples]
    fits = [fit_affine(part.logits, part.targets, form, settings.ridge, on_step) for part in parts]
    manifest = run_manifest(
        classifier,
        network=classifier_digest(classifier),
        method=word,
        method_settings=param_values(method),
        mask_family="random patches",
        settings=asdict(settings) | {"form": form},
        **facts,
        samples=len(samples),
        classes_named=len(samples.targets.unique()),
        loss_before=[fit.loss_before for fit in fits],
        loss_after=[fit.loss_after for fit in fits],
    )
    return CalibrationHead(_stack(fits, "weight"), _stack(fits, "bias"), settings.shares, manifest)


def _stack(fits: list[AffineFit], name: str) -> Tensor:
    return torch.stack([getattr(fit, name) for fit in fits])


def check_method(classifier: Classifier, method: str | Method) -> tuple[Method, str]:
    """Return a method that can be calibrated, and the word that names it.

    Raises:
        KeyError: an unknown method.
        ValueError: a calibrated method, or one that cannot run on the classifier.
    """
    base = parse_entry(METHODS, method) if isinstance(method, str) else method
    name = METHODS.name_of(base)
    if name == "calibrated":
        raise ValueError("a calibrated method cannot be calibrated again; name the method that it is of")
    if reason := base.supports(classifier):
        raise ValueError(reason)
    return base, format_entry(name, base)


def _masks(settings: CalibrationSettings, size: tuple[int, int], numbers: list[int], share_index: int) -> Mask:
    """Return the masks of images for one share: image by image, `settings.masks` each."""
    share, patch = settings.shares[share_index], settings.patch_for(size)
    seeds = [int(np.random.SeedSequence([settings.seed, share_index, n]).generate_state(1)[0]) for n in numbers]
    drawn_masks = [Mask.random_patches(size, share, patch, seed, settings.masks).keep for seed in seeds]
    return Mask(torch.cat(drawn_masks))


def _check_variety(classifier: Classifier, targets: Tensor, images: int) -> None:
    if len(targets.unique()) == 1 and len(classifier.categories) > 1:
        name = classifier.categories[int(targets[0])]
        raise ValueError(
            f"{classifier.name} names all {images} images {name!r}, so a calibration would always answer that; give "
            "images of several classes"
        )
