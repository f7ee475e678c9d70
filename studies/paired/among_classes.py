"""Answers of a network among the few classes that the pictures show, without and with calibration."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from masking import METHODS
from masking.calibration import CalibrationHead, CalibrationSettings
from masking.calibration.regression import choose_ridge, fit_affine
from masking.inference.batching import batched_logits
from masking.inference.calibrate import collect_samples

from .comparison import BATCH, CorrectedMethod, StudyMethods, calibrated
from .cross_fit import RIDGES
from .pictures import StudyPictures
from .removal import removal_answers, removal_rows


def columns_of(pictures: StudyPictures) -> tuple[Tensor, Tensor]:
    """Return the classes that occur (k,), and each picture's class as its position among them (n,)."""
    return pictures.labels.unique(return_inverse=True)


def fit_among(
    pictures: StudyPictures, method: str, settings: CalibrationSettings, ridges: Sequence[float] = RIDGES
) -> CalibrationHead:
    """Fit a head to the logits of the classes that occur; the targets are the answers to the whole pictures."""
    classes, _ = columns_of(pictures)
    whole = batched_logits(pictures.classifier, pictures.images, batch=BATCH)[:, classes].argmax(1)
    samples = collect_samples(pictures.classifier, pictures.images, METHODS[method](), settings)
    logits, targets = samples.logits[:, classes], whole[samples.images]
    form = settings.form_for(len(classes))
    ridge, losses = choose_ridge(logits, targets, samples.images, form, ridges)
    fit = fit_affine(logits, targets, form, ridge)
    facts = {"method": method, "ridge": ridge, "ridges_tried": losses}
    facts |= {"loss_before": fit.loss_before, "loss_after": fit.loss_after}
    return CalibrationHead(fit.weight[None], fit.bias[None], settings.shares, facts)


def rows_among(pictures: StudyPictures, method: str, head: CalibrationHead, patch: int) -> list[dict[str, Any]]:
    """Return accuracy and class entropy among the classes that occur, without and with the head."""
    classes, labels = columns_of(pictures)
    answers = removal_answers(pictures, StudyMethods((method,)), patch)
    given = [each._replace(logits={method: each.logits[method][:, classes]}) for each in answers]

    def correct(logits: Tensor, hidden: Tensor, positions: Tensor) -> Tensor:
        del positions
        return head.apply(logits, hidden)

    methods = StudyMethods((method,), {calibrated(method): CorrectedMethod(method, correct)})
    facts = {name: head.manifest[name] for name in ("ridge", "loss_before", "loss_after")}
    whole = batched_logits(pictures.classifier, pictures.images, batch=BATCH)[:, classes].argmax(1)
    right = float((whole == labels).double().mean())
    return removal_rows(given, pictures._replace(labels=labels), methods, whole_accuracy=round(right, 5), **facts)
