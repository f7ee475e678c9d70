"""Accuracy and class entropy with random patches hidden."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from masking.measures import rate

from .comparison import StudyMethods, hidden_shares
from .intervals import as_list, entropy, mean, rate_difference, surprisal
from .pictures import StudyPictures, patch_masks

SHARES = (0.25, 0.5, 0.75)


class RemovalAnswers(NamedTuple):
    """Logits of every method under one share of hidden patches, and the share of pixels hidden in each picture (n,)."""

    share: float
    logits: dict[str, Tensor]
    hidden: Tensor


def removal_answers(
    pictures: StudyPictures, methods: StudyMethods, patch: int, shares: tuple[float, ...] = SHARES
) -> list[RemovalAnswers]:
    """Compute the answers of every method, without corrections, to one mask per picture and share."""
    given: list[RemovalAnswers] = []
    for share in shares:
        masks = patch_masks(pictures, share, patch)
        logits = methods.answers(pictures.classifier, pictures.images, masks)
        given.append(RemovalAnswers(share, logits, hidden_shares(masks)))
    return given


def removal_rows(
    given: list[RemovalAnswers], pictures: StudyPictures, methods: StudyMethods, **facts: Any
) -> list[dict[str, Any]]:
    """Return a row for each share and method, the corrected ones included."""
    positions = torch.arange(len(pictures.labels))
    rows: list[dict[str, Any]] = []
    for share, logits, hidden in given:
        answers = methods.with_corrections(logits, hidden, positions)
        rows += rows_of_answers(answers, pictures.labels, methods, {"hidden": share, **facts})
    return rows


def rows_of_answers(
    answers: dict[str, Tensor], labels: Tensor, methods: StudyMethods, facts: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return accuracy and class entropy of each method's logits, and how much more its baseline has."""
    predicted = {name: logits.argmax(1) for name, logits in answers.items()}
    rows: list[dict[str, Any]] = []
    for name, classes in predicted.items():
        right = classes == labels
        row = facts | {"method": name, "pictures": len(labels)}
        row["accuracy"] = as_list(rate(int(right.sum()), len(right)))
        row["class_entropy_bits"] = as_list(entropy(classes))
        baseline = methods.baseline(name)
        if baseline in predicted:
            other = predicted[baseline]
            row["compared_with"] = baseline
            row["more_accuracy"] = as_list(rate_difference(right, other == labels))
            row["more_class_entropy_bits"] = as_list(mean(surprisal(classes) - surprisal(other)))
        rows.append(row)
    return rows
