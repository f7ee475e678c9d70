"""Fit the bundled calibrations: one file in assets/heads/ for each bundled classifier and masking method.

    python -m studies.fit_heads --data DATA --out assets/heads
    python -m studies.fit_heads --only silhouettes/resnet --methods blackout,layer_masking --count 24 --out assets/heads

Drawn scenes: 768 of the classifier's own world, from number 100,000 on (seed 1,100,000), which no training, test or
study uses. CIFAR-10: 768 training pictures of DATA/cifar10_train_jpeg.npz. ImageNet: the 250 photographs of
DATA/imagenet_samples. Each picture is masked once at 25, 50 and 75 %. The ridge is the one with the lowest loss in
cross-validation over pictures. Files that are there already are left alone.
"""

import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import torch
import typer

from masking import METHODS, Classifier, load_classifier
from masking.calibration import CalibrationSettings, classifier_digest
from masking.calibration.head_store import BUNDLED, head_file, write_head
from masking.calibration.regression import choose_ridge
from masking.datasets.sources import SOURCES, ImageSource
from masking.datasets.sources.fit_pictures import FIRST_SCENE, own_world, read_pictures
from masking.image import digest
from masking.inference.calibrate import collect_samples, head_of_samples
from masking.models.packaged_networks import packaged_names
from masking.models.zoo import bundled

RIDGES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
FOLDS = 5
FITTED = ("blackout", "greyout", "neighbour_fill", "layer_masking", "token_dropping")


def open_pictures(classifier: Classifier, data: Path | None) -> tuple[ImageSource, str, int] | None:
    """Return the pictures for a classifier, their name and the first number; None where DATA is needed and missing."""
    if world := own_world(classifier):
        return SOURCES["silhouettes"](world=world).open(), f"silhouettes, world {world}", FIRST_SCENE
    if data is None:
        return None
    if classifier.name.startswith("cifar10/"):
        source = SOURCES["jpeg_archive"](path=str(data / "cifar10_train_jpeg.npz"))
        return source.open(), "CIFAR-10, training pictures", 0
    return SOURCES["folder"](path=str(data / "imagenet_samples")).open(), "250 ImageNet photographs, one per class", 0


def fit(classifier: Classifier, word: str, images: torch.Tensor, facts: dict[str, Any], out: Path) -> Path:
    """Fit one head under the ridge that cross-validation prefers, and write it."""
    settings, method = CalibrationSettings(), METHODS[word]()
    samples = collect_samples(classifier, images, method, settings)
    form = settings.form_for(samples.logits.shape[1])
    ridge, losses = choose_ridge(samples.logits, samples.targets, samples.images, form, RIDGES, FOLDS)
    facts = facts | {"cross_validated_loss": {f"{value:g}": loss for value, loss in losses.items()}}
    head = head_of_samples(classifier, samples, method, word, replace(settings, ridge=ridge), facts)
    before, after = head.manifest["loss_before"][0], head.manifest["loss_after"][0]
    typer.echo(
        f"{classifier.name} {word}: ridge {ridge:g}, loss {before:.3f} → {after:.3f}, held out {losses[ridge]:.3f}"
    )
    return write_head(head, out / head_file(head.network, word))


def main(
    data: Annotated[Path | None, typer.Option(help="The folder of CIFAR-10 and of the photographs.")] = None,
    only: Annotated[str, typer.Option(help="Classifiers, separated by commas; default all bundled ones.")] = "",
    methods: Annotated[str, typer.Option(help="Masking methods, separated by commas.")] = ",".join(FITTED),
    count: Annotated[int, typer.Option(help="Pictures for each classifier.")] = 768,
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = BUNDLED,
) -> None:
    torch.set_num_threads(1)
    for name in only.split(",") if only else (*bundled(), *packaged_names()):
        classifier = load_classifier(name)
        network = classifier_digest(classifier)
        words = [word for word in methods.split(",") if METHODS[word]().supports(classifier) is None]
        words = [word for word in words if not (out / head_file(network, word)).exists()]
        pictures = open_pictures(classifier, data)
        if not words or pictures is None:
            typer.echo(f"{name}: nothing to fit", err=True)
            continue
        source, title, first = pictures
        images, listing = read_pictures(source, classifier, count, first)
        facts = {"images": len(images), "images_digest": digest(images), "data": {"source": title, **listing}}
        for word in words:
            start = time.monotonic()
            fit(classifier, word, images, facts, out)
            typer.echo(f"{time.monotonic() - start:.0f} seconds", err=True)


if __name__ == "__main__":
    typer.run(main)
