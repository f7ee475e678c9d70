"""Settings and variations of layer masking: accuracy under random masks, shape leakage, and single visible patches.

    python -m studies.improvements DATA --out studies/results/improvements.json
    python -m studies.improvements DATA --only imagenet/efficientnet-lite0 --out improvements.json

DATA holds what `studies/photographs.py` and `studies/joins.py` read. The masks are those of `studies/photographs.py`:
random patches of 16 px (2 px for CIFAR-10), the seed is the position of the picture. Each variation is compared with
the default on the same pictures. Statistics of visible cells are fitted for each share, to one half of the pictures for
the other half (a picture's position decides); for shape leakage, to scenes that are not measured.

The file is written after every step, and the same command goes on where an earlier one ended; `--again` starts anew.
"""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import torch
import torchvision
import typer

sys.path.insert(0, str(Path(__file__).parent))
from improving.answers import (
    DEFAULT,
    RULES,
    STATISTICS,
    Answers,
    FittedPictures,
    StatisticsVariation,
    averages,
    in_order,
    plain_answers,
    rule_answers,
)
from improving.cell_statistics import MomentCorrection
from paired.comparison import StudyMethods
from paired.outline import rows_of_answers as leakage_rows
from paired.pictures import SQUEEZENET, StudyPictures, cifar, patch_masks, photographs, scenes
from paired.removal import rows_of_answers as accuracy_rows
from paired.results import StudyFile

from masking import Mask, layer_masked
from masking.layers import Joins, Masked

LITE, RESNET, SCENES = "imagenet/efficientnet-lite0", "resnet20", "silhouettes/resnet"
PATCHES = {RESNET: 2}
WIDE = 8
OTHER_SCENES = 10**6
VANISHING = {RESNET: (32, 2), SCENES: (128, 8), LITE: (224, 16), "resnet18": (224, 16)}
"""Side of the picture and of the only visible patch."""


class PictureMeasurement:
    """One set of pictures, its file, and what is measured on it."""

    def __init__(self, file: StudyFile, pictures: StudyPictures, fitted: int) -> None:
        self.file, self.pictures, self.fitted = file, pictures, fitted
        self.name = pictures.classifier.name
        self.halves: dict[int, FittedPictures] = {}

    def step(self, part: str, compute: Callable[[], Any]) -> None:
        """Compute one part, unless the file has it."""
        if self.file.part(self.name, part) is None:
            rows = compute()
            self.file.write(self.name, part, {**self.pictures.facts, "fitted_pictures": self.fitted, "rows": rows})
            print(self.name, part, *rows, sep="\n", flush=True)

    def accuracy(self, share: float) -> None:
        """Measure settings and variations with a share of the patches hidden."""
        masks = patch_masks(self.pictures, share, PATCHES.get(self.name, 16))
        self.step(f"{share:.0%} hidden", lambda: self._rows(self._variations(masks, share), share))

    def _rows(self, answers: Answers, share: float) -> list[dict[str, Any]]:
        return accuracy_rows(answers, self.pictures.labels, compared(answers), {"hidden": share})

    def _variations(self, masks: Mask, share: float) -> Answers:
        classifier, images = self.pictures.classifier, self.pictures.images
        answers = plain_answers(classifier, images, masks) | rule_answers(classifier, images, masks)
        for statistics in STATISTICS:
            answers |= self._cross_fitted(statistics, masks, share)
        return answers | averages(answers)

    def _cross_fitted(self, statistics: StatisticsVariation, masks: Mask, share: float) -> Answers:
        """Correct each half of the pictures by statistics of the other half."""
        classifier, images = self.pictures.classifier, self.pictures.images
        parts: list[tuple[torch.Tensor, Answers]] = []
        for start in (0, 1):
            half, others = (torch.arange(len(images))[first::2] for first in (start, 1 - start))
            if start not in self.halves:
                self.halves[start] = FittedPictures(classifier, images[others[: self.fitted]])
            correction = self.fit(statistics, self.halves[start], share)
            keep = Mask(masks.keep[half])
            parts.append((half, statistics.answers(classifier, images[half], keep, correction)))
        return in_order(parts)

    def fit(self, statistics: StatisticsVariation, fitted: FittedPictures, share: float) -> MomentCorrection:
        """Fit statistics to pictures under masks of their own."""
        side, patch = fitted.x.shape[-1], PATCHES.get(self.name, 16)
        seeds = range(OTHER_SCENES, OTHER_SCENES + len(fitted.x))
        masks = Mask(torch.cat([Mask.random_patches(side, share, patch, seed=seed).keep for seed in seeds]))
        return statistics.fit(fitted, masks)

    def leakage(self, other: StudyPictures) -> None:
        """Measure what the exact object's hole reveals, and a wider one; statistics are fitted to other pictures."""
        fitted = FittedPictures(other.classifier, other.images)
        for label, grown in (("exact object", 0), (f"object and {WIDE} pixels", WIDE)):
            self.step(f"leakage, {label}", lambda grown=grown: self._leakage(grown, fitted))

    def _leakage(self, grown: int, others: FittedPictures) -> list[dict[str, Any]]:
        classifier, images, labels = self.pictures.classifier, self.pictures.images, self.pictures.labels
        assert self.pictures.objects is not None
        assert self.pictures.right_answer is not None
        masks = Mask(~self.pictures.objects).grow(grown) if grown else Mask(~self.pictures.objects)
        answers = plain_answers(classifier, images, masks) | rule_answers(classifier, images, masks)
        for statistics in STATISTICS:
            answers |= statistics.answers(classifier, images, masks, self.fit(statistics, others, 0.25))
        answers |= averages(answers)
        return leakage_rows(answers, labels, self.pictures.right_answer, compared(answers))


def compared(answers: Answers) -> StudyMethods:
    """Return the comparison of every variation with the default."""
    return StudyMethods(tuple(answers), compared_with={name: DEFAULT for name in answers if name != DEFAULT})


def vanishing(network: torch.nn.Module, side: int, patch: int) -> list[dict[str, Any]]:
    """Count the places of one visible patch that leave no visible cell in the last map, for each rule for masks."""
    rows: list[dict[str, Any]] = []
    corners = [(top, left) for top in range(0, side - patch + 1, patch) for left in range(0, side - patch + 1, patch)]
    for name, joins in {DEFAULT: Joins(), **RULES}.items():
        if joins.rounds != Joins().rounds:
            continue  # padding changes no mask
        engine, empty = layer_masked(network, joins), 0
        for top, left in corners:
            visible: list[bool] = []

            def watch(_: str, result: Any, visible: list[bool] = visible) -> None:
                if isinstance(result, Masked):
                    visible.append(bool(result.keep.cells.any()))

            keep = ~Mask.box(side, top, left, patch, patch).keep
            with torch.inference_mode():
                engine(torch.zeros(1, 3, side, side), keep, watch)
            empty += not visible[-1]
        rows.append({"setting": name, "places": len(corners), "empty": empty})
    return rows


def main(
    data: Path,
    out: Annotated[Path, typer.Option()] = Path("studies/results/improvements.json"),
    only: Annotated[str, typer.Option(help="one network; empty for all")] = "",
    count: Annotated[int, typer.Option(help="photographs at most")] = 250,
    small: Annotated[int, typer.Option(help="CIFAR pictures at most")] = 2000,
    rendered: Annotated[int, typer.Option(help="rendered scenes")] = 1024,
    fitted: Annotated[int, typer.Option(help="pictures that statistics are fitted to, at most")] = 60,
    shares: Annotated[str, typer.Option(help="shares of hidden patches")] = "0.5,0.75,0.25",
    places: Annotated[bool, typer.Option(help="also count where one visible patch leaves nothing")] = True,
    again: Annotated[bool, typer.Option(help="measure anew what the file has")] = False,
) -> None:
    torch.set_num_threads(1)
    file = StudyFile(out, again)
    sets: dict[str, tuple[Callable[[int], StudyPictures], int, int]] = {
        RESNET: (partial(cifar, data), small, 8 * fitted),
        LITE: (partial(photographs, data, LITE), count, fitted),
        SQUEEZENET: (partial(photographs, data, SQUEEZENET), count, fitted),
        SCENES: (partial(scenes, SCENES), rendered, 4 * fitted),
    }
    for name, (read, number, fits) in sets.items():
        if only in ("", name):
            measured = PictureMeasurement(file, read(number), fits)
            if name == SCENES:
                measured.leakage(scenes(SCENES, fits, OTHER_SCENES))
            for share in map(float, shares.split(",")):
                measured.accuracy(share)
    for name, (side, patch) in VANISHING.items():
        if places and only in ("", name) and file.part(name, "single patches") is None:
            known = sets[name][0](1).classifier.network if name in sets else torchvision.models.resnet18().eval()
            rows = vanishing(known, side, patch)
            file.write(name, "single patches", {"side": side, "patch": patch, "rows": rows})
            print(name, *rows, sep="\n", flush=True)


if __name__ == "__main__":
    typer.run(main)
