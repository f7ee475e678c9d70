"""Indices of a classifier's categories for the class names, WordNet ids and numbers of a data set."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import torchvision

from masking.models.categories import called_by_numbers, candidates, find_class, is_number
from masking.runtime.door import show_name
from masking.runtime.text_files import read_text

UNKNOWN = -1
"""The label of an image whose class the classifier does not know."""
WNIDS = "imagenet_wnids.txt"
"""Beside the pictures or one folder above: ImageNet's WordNet ids in index order, one a line."""
EXAMPLES = 5
"""Unknown labels that a report names."""

Label = str | int | None
"""A class as a data set gives it: its name, WordNet id or number in a text, an index, or None if there is none."""


@dataclass(frozen=True)
class SourceLabels:
    """What a source says about the classes of its pictures, besides the label of each.

    Attributes:
        wordnet_ids: all classes of a classifier in index order, from a list beside the pictures; empty without one.
        aliases: further names of a label, such as its WordNet id, or synonyms.
        numbers: labels that are numbers and may be meant as indices.
    """

    wordnet_ids: tuple[str, ...] = ()
    aliases: Mapping[str, tuple[str, ...]] | None = None
    numbers: Collection[str] = ()

    def reader(self, categories: Sequence[str]) -> "LabelReader":
        """Return the reader of these labels for a classifier's categories; it is made once."""
        categories = tuple(categories)
        if categories not in self._readers:
            self._readers[categories] = LabelReader(self, categories)
        return self._readers[categories]

    @cached_property
    def _readers(self) -> "dict[tuple[str, ...], LabelReader]":
        return {}


class LabelReader:
    """Reads the labels of one source as indices of one classifier's categories.

    A WordNet id is looked up among the categories and in the list beside the pictures: by its line if that list has
    one line for each category, else by ImageNet's name for it. The lines of ImageNet's own list come before names,
    since ImageNet has two classes "crane"; those of any other list come after them. A name that several classes have
    is unknown, like one that no class has. Numbers are indices only if no class is called by a number and all of them
    are in range.
    """

    def __init__(self, source: SourceLabels, categories: tuple[str, ...]):
        self._categories = categories
        self._aliases = source.aliases or {}
        self._imagenet_ids = source.wordnet_ids if _is_imagenet(source.wordnet_ids) else ()
        self._lines = _lines_of(source.wordnet_ids, categories)
        numbers = {int(number) for number in source.numbers if not candidates(number, categories)}
        in_range = len(numbers) == len({*map(int, source.numbers)}) and all(n < len(categories) for n in numbers)
        self.numbers_are_indices = bool(numbers) and in_range and not called_by_numbers(categories)
        self._known: dict[str, int] = {}

    def index(self, label: Label) -> int:
        """Return the index of a label's class, or `UNKNOWN`."""
        if label is None:
            return UNKNOWN
        if isinstance(label, int):
            return label if 0 <= label < len(self._categories) else UNKNOWN
        if label not in self._known:
            self._known[label] = self._look_up(label)
        return self._known[label]

    def is_ambiguous(self, label: str) -> bool:
        """Return whether several classes have the name of a label."""
        return len(candidates(label, self._categories)) > 1

    def _look_up(self, label: str) -> int:
        names = (label, *self._aliases.get(label, ()))
        by_line = (self._lines.get(name) for name in names)
        by_name = (find_class(name, self._categories) for name in names)
        by_imagenet = (self._by_imagenet(name) for name in names)
        orders = (by_line, by_name) if self._imagenet_ids else (by_name, by_line)
        for index in (index for indices in (*orders, by_imagenet) for index in indices):
            if index is not None:
                return index
        return int(label) if is_number(label) and self.numbers_are_indices else UNKNOWN

    def _by_imagenet(self, wordnet_id: str) -> int | None:
        """Return the class that has ImageNet's name of a WordNet id, if the list beside the pictures is ImageNet's."""
        if wordnet_id not in self._imagenet_ids:
            return None
        return find_class(imagenet_categories()[self._imagenet_ids.index(wordnet_id)], self._categories)


def _lines_of(wordnet_ids: tuple[str, ...], categories: tuple[str, ...]) -> dict[str, int]:
    """Return the class of each WordNet id of a list; empty if the list is not one of these categories."""
    if len(wordnet_ids) != len(categories):
        return {}
    own_ids = {wordnet_id: find_class(wordnet_id, categories) for wordnet_id in wordnet_ids}
    if any(index is not None for index in own_ids.values()):  # the categories say it themselves, in their own order
        return {wordnet_id: index for wordnet_id, index in own_ids.items() if index is not None}
    if _is_imagenet(wordnet_ids):
        positions = [(find_class(name, imagenet_categories()), index) for index, name in enumerate(categories)]
        agreeing = [position == index for position, index in positions if position is not None]
        if 2 * sum(agreeing) < len(agreeing):
            return {}  # ImageNet's classes in another order
    return {wordnet_id: index for index, wordnet_id in enumerate(wordnet_ids)}


def _is_imagenet(wordnet_ids: tuple[str, ...]) -> bool:
    """Return whether these are a thousand WordNet ids in ascending order, as ImageNet's classes are."""
    return len(wordnet_ids) == len(imagenet_categories()) and list(wordnet_ids) == sorted(set(wordnet_ids))


@cache
def imagenet_categories() -> tuple[str, ...]:
    """Return torchvision's names of ImageNet's classes, in index order."""
    return tuple(torchvision.models.ResNet18_Weights.DEFAULT.meta["categories"])


def label_facts(reader: LabelReader, labels: Iterable[Label]) -> dict[str, Any]:
    """Return what is unusual about the labels of a run's pictures, for its manifest; empty if all is well.

    The keys are `unknown` (pictures without a known class), `of` (pictures), `examples` (their labels, the first
    ones), `ambiguous` (those of the examples that several classes have), and `indices` (numbers that were taken as
    indices, the first ones).
    """
    labels = list(labels)
    unknown = [label for label in labels if reader.index(label) == UNKNOWN]
    facts: dict[str, Any] = {}
    if unknown:
        examples = list(dict.fromkeys(str(label) for label in unknown if label is not None))[:EXAMPLES]
        facts |= {"unknown": len(unknown), "of": len(labels), "examples": examples}
        if ambiguous := [label for label in examples if reader.is_ambiguous(label)]:
            facts["ambiguous"] = ambiguous
    numbers = dict.fromkeys(label for label in labels if isinstance(label, str) and is_number(label))
    if reader.numbers_are_indices and numbers:
        facts["indices"] = list(numbers)[:EXAMPLES]
    return facts


def describe_labels(facts: Mapping[str, Any], classifier: str) -> str:
    """Return `label_facts` as sentences; "" if all is well."""
    sentences: list[str] = []
    if facts.get("unknown"):
        examples = ", ".join(map(repr, facts.get("examples", ())))
        such_as = f" (such as {examples})" if examples else ""
        sentences.append(
            f"The class of {facts['unknown']} of {facts.get('of')} images is unknown to {classifier}{such_as}; "
            "they have no true label."
        )
    if facts.get("ambiguous"):
        sentences.append(f"Several classes are called {', '.join(map(repr, facts['ambiguous']))}.")
    if facts.get("indices"):
        examples = ", ".join(facts["indices"])
        sentences.append(f"Labels that are numbers (such as {examples}) count as indices of {classifier}'s classes.")
    return " ".join(sentences)


def wordnet_ids(beside: Path) -> tuple[str, ...]:
    """Return the WordNet ids in a list in this folder or the one above, the first word of each line; or nothing."""
    for path in (beside / WNIDS, beside.parent / WNIDS):
        if path.is_file():
            lines = read_text(path, "list of WordNet ids").splitlines()
            return tuple(line.split()[0].strip(",;") for line in lines if line.strip())
    return ()


def check_labels(labels: Sequence[int], categories: Sequence[str], path: Path) -> None:
    """Raise ValueError with one sentence where there is no picture, or a label without a class name."""
    if not labels:
        raise ValueError(f"{show_name(path)} holds no pictures; check the path")
    if not 0 <= min(labels) <= max(labels) < len(categories):
        names = f"{len(categories)} class names"
        raise ValueError(f"{show_name(path)} has labels from {min(labels)} to {max(labels)} but {names}; fix the file")
