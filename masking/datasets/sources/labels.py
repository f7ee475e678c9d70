"""Labels: how the class names and numbers of a data set become the indices of a classifier's categories."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from masking.models.classifier import read_bytes

UNKNOWN = -1
"""The label of an image whose class the classifier does not know."""
WNIDS = "imagenet_wnids.txt"
"""Beside the pictures or one folder above: ImageNet's WordNet ids in index order, one a line."""


def names_of(categories: Sequence[str]) -> dict[str, int]:
    """Every name of a class, in small letters, with its index.

    A category may list synonyms ("tench, Tinca tinca"); a name that two classes have is no name.
    """
    whole = {_plain(category): index for index, category in enumerate(categories)}
    parts: dict[str, set[int]] = {}
    for index, category in enumerate(categories):
        for part in category.split(","):
            parts.setdefault(_plain(part), set()).add(index)
    return {name: indices.pop() for name, indices in parts.items() if len(indices) == 1} | whole


def label_of(label: str | int | None, known: Mapping[str, int], classes: int) -> int:
    """The index of a class, or `UNKNOWN`."""
    if label is None:
        return UNKNOWN
    if isinstance(label, int):
        return label if 0 <= label < classes else UNKNOWN
    return known.get(_plain(label), UNKNOWN)


def _plain(name: str) -> str:
    return name.replace("_", " ").strip().lower()


def wordnet_ids(beside: Path) -> tuple[str, ...]:
    """ImageNet's classes as WordNet ids, from a list in this folder or the one above; empty without one."""
    for place in (beside / WNIDS, beside.parent / WNIDS):
        if place.is_file():
            return tuple(read_bytes(place, "list of WordNet ids").decode("utf-8").split())
    return ()
