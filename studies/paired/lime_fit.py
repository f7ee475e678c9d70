"""LIME under each method: fit on unseen answers, and how much two seeds agree."""

import dataclasses
from collections.abc import Sequence
from itertools import combinations
from statistics import fmean
from typing import Any

import torch
from torch import Tensor

from masking import SEGMENTATIONS, LimeExplanation, lime
from masking.attribution import segment_image
from masking.measures import rank_correlation, top_overlap

from .comparison import BATCH, StudyMethods
from .intervals import as_list, mean
from .pictures import StudyPictures

TOP = 5
MEASURES = ("r2_held_out", "seeds_rank", "seeds_top")


def explain_picture(
    pictures: StudyPictures, position: int, methods: StudyMethods, names: Sequence[str], samples: int, seeds: int
) -> dict[str, dict[str, float]]:
    """Return the measures of one picture by method, the calibrated ones from the same answers.

    The explained class is the one predicted for the whole picture. With one seed there is no agreement.
    """
    classifier, image = pictures.classifier, pictures.images[position : position + 1]
    segments = segment_image(SEGMENTATIONS["slic"](count=50), image)
    with torch.inference_mode():
        target = int(classifier(image).argmax())
    explained: dict[str, list[LimeExplanation]] = {}
    for name in names:
        for seed in range(seeds):
            plain = lime(classifier, image, name, target, segments, samples, seed, batch=BATCH)
            for variant, each in with_corrections(plain, name, methods, position).items():
                explained.setdefault(variant, []).append(each)
    return {name: measures(explanations) for name, explanations in explained.items()}


def with_corrections(
    plain: LimeExplanation, name: str, methods: StudyMethods, position: int
) -> dict[str, LimeExplanation]:
    """Return an explanation by its method, and those from its corrected answers."""
    hidden, positions = hidden_shares_of(plain.z, plain.segments), torch.full((len(plain.z),), position)
    answers = methods.with_corrections({name: plain.logits}, hidden, positions)
    return {variant: dataclasses.replace(plain, logits=logits, method=variant) for variant, logits in answers.items()}


def hidden_shares_of(z: Tensor, segments: Tensor) -> Tensor:
    """Return the share of pixels that each sample z, bool (samples, segments), hides, float64 (samples,)."""
    sizes = segments.flatten().bincount(minlength=z.shape[1]).double()
    return (~z).double() @ sizes / sizes.sum()


def measures(explanations: Sequence[LimeExplanation]) -> dict[str, float]:
    """Return the mean fit of one picture's explanations, and their agreement if there are several."""
    weights = [each.coefficients for each in explanations]
    row = {"r2_held_out": fmean(each.r2_held_out for each in explanations)}
    if len(weights) > 1:
        pairs = list(combinations(weights, 2))
        row["seeds_rank"] = fmean(rank_correlation(*pair) for pair in pairs)
        row["seeds_top"] = fmean(top_overlap(*pair, TOP) for pair in pairs)
    return {key: round(value, 5) for key, value in row.items()}


def lime_rows(measured: dict[str, dict[str, dict[str, float]]], methods: StudyMethods) -> list[dict[str, Any]]:
    """Return means over the measured pictures, by name and method, and paired differences to the baselines."""
    rows: list[dict[str, Any]] = []
    for name in dict.fromkeys(name for each in measured.values() for name in each):
        row: dict[str, Any] = {"method": name}
        baseline = methods.baseline(name)
        for key in MEASURES:
            values = [each[name][key] for each in measured.values() if key in each.get(name, {})]
            if len(values) > 1:
                row |= {"pictures": len(values), key: as_list(mean(torch.tensor(values)))}
            changes = [
                each[name][key] - each[baseline][key]
                for each in measured.values()
                if key in each.get(name, {}) and baseline and key in each.get(baseline, {})
            ]
            if len(changes) > 1:
                row |= {"compared_with": baseline, f"more_{key}": as_list(mean(torch.tensor(changes)))}
        rows.append(row)
    return rows
