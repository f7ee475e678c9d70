"""Logits of every variation on the same pictures and masks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from masking import METHODS, Classifier, Mask, layer_masked
from masking.inference.batching import batched_logits
from masking.layers import Joins

from .cell_statistics import Kinds, MomentCorrection, Watch, fit_correction, whole_moments
from .last_map import LastMap
from .rims import weighted_rims

BATCH = 25
DEFAULT = "default"
RULES = {
    "sums: union": Joins(sums="union"),
    "concatenations: union": Joins(concatenations="union"),
    "skips: stride": Joins(skips="stride"),
    "rounds: 0": Joins(rounds="0"),
    "rounds: 1": Joins(rounds="1"),
}
DIAGONAL = 0.5
SQUARED = "shares, squared"

Answers = dict[str, Tensor]
"""Logits (n, classes) by variation."""


ONE_KIND, THIRDS = Kinds(), Kinds((1 / 3, 2 / 3))


class FittedPictures:
    """Unlabelled pictures that statistics are fitted to, with the moments of all of their cells."""

    def __init__(self, classifier: Classifier, images: Tensor) -> None:
        self.classifier, self.x = classifier, classifier.normalise(images)
        with torch.inference_mode():
            self.whole = whole_moments(layer_masked(classifier.network), self.x)


@dataclass(frozen=True)
class StatisticsVariation:
    """A variation with corrected statistics of visible cells."""

    name: str
    mix: float = 1.0
    kinds: Kinds = ONE_KIND

    def fit(self, fitted: FittedPictures, masks: Mask) -> MomentCorrection:
        """Fit the correction to unlabelled pictures, all at once."""
        engine = layer_masked(fitted.classifier.network)
        with torch.inference_mode():
            return fit_correction(engine, fitted.x, masks.keep, fitted.whole, self.mix, self.kinds)

    def answers(self, classifier: Classifier, images: Tensor, masks: Mask, correction: MomentCorrection) -> Answers:
        """Return the answers alone, and with a weighted mean of the last map."""
        by_mean = masked_answers(classifier, images, masks, None, correction.apply)
        return {self.name: by_mean["visible"], f"{self.name}, pools: {SQUARED}": by_mean[SQUARED]}


BY_SHARE = StatisticsVariation("statistics by share", kinds=THIRDS)
STATISTICS = (
    StatisticsVariation("statistics, half", 0.5),
    StatisticsVariation("statistics"),
    BY_SHARE,
    StatisticsVariation("statistics by share, half", 0.5, THIRDS),
)


def rule_answers(classifier: Classifier, images: Tensor, masks: Mask) -> Answers:
    """Return the answers under each setting of the method; a setting that this network never meets is left out."""
    answers: Answers = {}
    for name, joins in RULES.items():
        if _meets(classifier, images[:4], Mask(masks.keep[:4]), joins):
            by_mean = masked_answers(classifier, images, masks, joins)
            answers |= {name: by_mean["visible"], f"{name}, pools: {SQUARED}": by_mean[SQUARED]}
    return answers


def plain_answers(classifier: Classifier, images: Tensor, masks: Mask) -> Answers:
    """Return the answers that need no fit: means of the last map, weighted rims, and those of neighbour fill."""
    by_mean = masked_answers(classifier, images, masks)
    answers = {DEFAULT: by_mean.pop("visible")} | {f"pools: {name}": logits for name, logits in by_mean.items()}
    with weighted_rims(DIAGONAL):
        answers["diagonals at half weight"] = masked_answers(classifier, images, masks)["visible"]
    filled = batched_logits(classifier, images, METHODS["neighbour_fill"](), masks, BATCH)
    return answers | {"neighbour fill": filled}


def averages(answers: Answers) -> Answers:
    """Return the means of the log-probabilities of two variations each, where both have been computed."""
    pairs = [
        (DEFAULT, "neighbour fill"), (DEFAULT, BY_SHARE.name), (BY_SHARE.name, "neighbour fill"),
        (DEFAULT, "sums: union"), (BY_SHARE.name, "sums: union"),
    ]  # fmt: skip
    return {
        f"mean of {first} and {second}": (answers[first].log_softmax(1) + answers[second].log_softmax(1)) / 2
        for first, second in pairs
        if first in answers and second in answers
    }


def _meets(classifier: Classifier, images: Tensor, masks: Mask, joins: Joins) -> bool:
    """Return whether a setting changes any answer to a few images."""
    changed, default = (masked_answers(classifier, images, masks, each)["visible"] for each in (joins, None))
    return not torch.equal(changed, default)


def masked_answers(
    classifier: Classifier, images: Tensor, masks: Mask, joins: Joins | None = None, watch: Watch | None = None
) -> Answers:
    """Return the answers of layer masking by the mean of the last map; `watch` may change maps while they are made."""
    engine = layer_masked(classifier.network, joins)
    parts: list[Answers] = []
    with torch.inference_mode():
        for start in range(0, len(images), BATCH):
            x, keep = classifier.normalise(images[start : start + BATCH]), masks.keep[start : start + BATCH]
            last = LastMap(engine, classifier.network, x, keep)

            def see(name: str, result: Any, last: LastMap = last, keep: Tensor = keep) -> None:
                if watch is not None:
                    watch(name, result, keep)
                last.watch(name, result)

            engine(x, keep, see)
            parts.append(last.logits)
    return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def in_order(parts: Sequence[tuple[Tensor, Answers]]) -> Answers:
    """Return the answers to all pictures from those to parts of them, each with the positions of its pictures."""
    order = torch.cat([positions for positions, _ in parts]).argsort()
    return {name: torch.cat([answers[name] for _, answers in parts])[order] for name in parts[0][1]}
