"""Indices of a classifier's categories for the class names and numbers of a data set."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from masking.models.classifier import read_bytes

UNKNOWN = -1
"""The label of an image whose class the classifier does not know."""
WNIDS = "imagenet_wnids.txt"
"""Beside the pictures or one folder above: ImageNet's WordNet ids in index order, one a line."""


def names_of(categories: Sequence[str]) -> dict[str, int]:
    """Return the index of every class name, in lower case.

    A category may list synonyms ("tench, Tinca tinca"). A synonym that two classes share is left out.
    """
    whole = {_plain(category): index for index, category in enumerate(categories)}
    synonyms: dict[str, set[int]] = {}
    for index, category in enumerate(categories):
        for synonym in category.split(","):
            synonyms.setdefault(_plain(synonym), set()).add(index)
    return {name: indices.pop() for name, indices in synonyms.items() if len(indices) == 1} | whole


def class_indices(categories: Sequence[str], wordnet_ids: Sequence[str] = ()) -> dict[str, int]:
    """Return the index of every class name and of every WordNet id, for `label_of`."""
    return names_of(categories) | {wordnet_id: index for index, wordnet_id in enumerate(wordnet_ids)}


def label_of(label: str | int | None, known: Mapping[str, int], classes: int) -> int:
    """Return the index of a class from 0 to classes − 1, or `UNKNOWN`."""
    if label is None:
        return UNKNOWN
    if isinstance(label, int):
        return label if 0 <= label < classes else UNKNOWN
    return known.get(_plain(label), UNKNOWN)


def _plain(name: str) -> str:
    return name.replace("_", " ").strip().lower()


def wordnet_ids(beside: Path) -> tuple[str, ...]:
    """Return ImageNet's classes as WordNet ids, from a list in this folder or the one above; empty without one."""
    for path in (beside / WNIDS, beside.parent / WNIDS):
        if path.is_file():
            return tuple(read_bytes(path, "list of WordNet ids").decode("utf-8").split())
    return ()


def check_labels(labels: Sequence[int], categories: Sequence[str], path: Path) -> None:
    """Raise ValueError with one sentence where there is no picture, or a label without a class name."""
    if not labels:
        raise ValueError(f"{path} holds no pictures; check the path")
    if not 0 <= min(labels) <= max(labels) < len(categories):
        names = f"{len(categories)} class names"
        raise ValueError(f"{path} has labels from {min(labels)} to {max(labels)} but {names}; fix the file")
