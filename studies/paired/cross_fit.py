"""Calibration without pictures to spare: each picture is corrected by a head that the other half was fitted to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from torch import Tensor

from masking import METHODS
from masking.calibration import CalibrationHead, CalibrationSettings
from masking.calibration.regression import choose_ridge
from masking.inference.calibrate import CalibrationSamples, collect_samples, head_of_samples

from .pictures import StudyPictures

FOLDS = 2
RIDGES = (1e-2, 1e-1, 1.0)


def fold_of(positions: Tensor) -> Tensor:
    """Return the fold (n,) of pictures by their positions: every second one is in the other half."""
    return positions % FOLDS


@dataclass(frozen=True, eq=False)
class CrossFittedHeads:
    """A `Correction` by one head per fold; `heads[f]` was fitted to the pictures outside fold f."""

    heads: tuple[CalibrationHead, ...]

    def __call__(self, logits: Tensor, hidden: Tensor, positions: Tensor) -> Tensor:
        """Return corrected logits (n, classes)."""
        corrected = logits.clone()
        for number, head in enumerate(self.heads):
            rows = fold_of(positions) == number
            corrected[rows] = head.apply(logits[rows], hidden[rows])
        return corrected

    def save(self, folder: Path) -> None:
        """Write the heads to files of a folder of their own."""
        folder.mkdir(parents=True, exist_ok=True)
        for number, head in enumerate(self.heads):
            (folder / f"{number}.safetensors").write_bytes(head.to_bytes())

    @classmethod
    def load(cls, folder: Path) -> "CrossFittedHeads | None":
        """Return the heads that `save` wrote, or None if one is missing."""
        paths = [folder / f"{number}.safetensors" for number in range(FOLDS)]
        if not all(path.exists() for path in paths):
            return None
        return cls(tuple(CalibrationHead.from_bytes(path.read_bytes()) for path in paths))

    @property
    def facts(self) -> list[dict[str, Any]]:
        """The settings and losses of each head."""
        return [head_facts(head) for head in self.heads]


def head_facts(head: CalibrationHead) -> dict[str, Any]:
    """Return what a result file says about a head."""
    shown = ("images", "data", "settings", "samples", "classes_named", "ridges_tried", "loss_before", "loss_after")
    return {"digest": head.digest, **{name: head.manifest[name] for name in shown if name in head.manifest}}


def collect(pictures: StudyPictures, method: str, settings: CalibrationSettings) -> CalibrationSamples:
    """Compute the answers of all pictures that the heads of all folds and forms are fitted to."""
    return collect_samples(pictures.classifier, pictures.images, METHODS[method](), settings)


def cross_fit(
    pictures: StudyPictures,
    method: str,
    samples: CalibrationSamples,
    settings: CalibrationSettings,
    ridges: Sequence[float] = RIDGES,
) -> CrossFittedHeads:
    """Fit a head for each fold to the other pictures; several ridges are tried by cross-validation among those."""
    parts = [rows_of(samples, fold_of(samples.images) != number) for number in range(FOLDS)]
    return CrossFittedHeads(tuple(fit_head(pictures, method, part, settings, ridges) for part in parts))


def fit_all(
    pictures: StudyPictures,
    method: str,
    samples: CalibrationSamples,
    settings: CalibrationSettings,
    ridges: Sequence[float] = RIDGES,
) -> CrossFittedHeads:
    """Fit one head to all pictures; it knows those that it corrects, though under other masks."""
    return CrossFittedHeads((fit_head(pictures, method, samples, settings, ridges),) * FOLDS)


def fit_head(
    pictures: StudyPictures,
    method: str,
    samples: CalibrationSamples,
    settings: CalibrationSettings,
    ridges: Sequence[float],
) -> CalibrationHead:
    """Fit a head to samples, with the best of the ridges."""
    ridge, losses = ridges[0], dict[float, float]()
    if len(ridges) > 1:
        form = settings.form_for(samples.logits.shape[1])
        _, groups = samples.images.unique(return_inverse=True)
        ridge, losses = choose_ridge(samples.logits, samples.targets, groups, form, ridges)
    facts = {"images": len(samples.images.unique()), "data": dict(pictures.facts), "ridges_tried": losses}
    return head_of_samples(
        pictures.classifier, samples, METHODS[method](), method, replace(settings, ridge=ridge), facts
    )


def rows_of(samples: CalibrationSamples, rows: Tensor) -> CalibrationSamples:
    """Return some rows of the samples."""
    return CalibrationSamples(samples.logits[rows], samples.targets[rows], samples.hidden[rows], samples.images[rows])
