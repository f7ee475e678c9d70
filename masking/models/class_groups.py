"""Groups of classes: five breeds of domestic cat are one thing to a reader, "a cat". From WordNet, for ImageNet."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import torch
from torch import Tensor

from masking.models.categories import find_class, fold_name, split_category
from masking.models.class_names import short_names
from masking.results.verdict import ClassName, is_same
from masking.runtime.assets import ASSETS

IMAGENET = ASSETS / "imagenet-classes.tsv"
"""The 1,000 classes with their chains of WordNet hypernyms; its head holds WordNet's licence."""

HYPERNYMS = {
    "domestic_cat": "cat", "wildcat": "wildcat", "big_cat": "big cat", "dog": "dog", "wolf": "wolf",
    "wild_dog": "wild dog", "fox": "fox", "bear": "bear", "monkey": "monkey", "ape": "ape", "lemur": "lemur",
    "rabbit": "rabbit", "elephant": "elephant", "swine": "pig", "antelope": "antelope", "whale": "whale",
    "bird": "bird", "game_bird": "bird", "shark": "shark", "ray": "ray", "fish": "fish", "snake": "snake",
    "lizard": "lizard", "turtle": "turtle", "crocodilian_reptile": "crocodile", "frog": "frog",
    "salamander": "salamander", "spider": "spider", "crab": "crab", "hermit_crab": "crab", "lobster": "lobster",
    "beetle": "beetle", "butterfly": "butterfly", "fungus": "fungus",
    "car < motor_vehicle": "car", "truck": "truck", "bus": "bus", "boat": "boat", "sailboat": "sailboat",
    "ship": "ship", "bicycle": "bicycle", "locomotive": "locomotive", "sled": "sled",
    "guitar": "guitar", "piano": "piano", "clock": "clock", "personal_computer": "computer", "keyboard": "keyboard",
    "telephone": "telephone", "pen": "pen", "chair": "chair", "table": "table", "baby_bed": "baby bed",
    "hat": "hat", "helmet": "helmet", "necktie": "tie", "scarf": "scarf", "sweater": "sweater", "skirt": "skirt",
    "swimsuit": "swimsuit", "coat": "coat", "shoe": "shoe", "bottle": "bottle", "pot": "pot", "bag": "bag",
    "ball < game_equipment": "ball",
    "knife": "knife", "gun": "gun", "bridge": "bridge", "shop": "shop", "fence": "fence",
    "place_of_worship": "place of worship", "squash": "squash",
}  # fmt: skip
"""WordNet hypernyms whose classes form a group, with the name of the group. A class belongs to the nearest one.

Words with several meanings in WordNet name their own hypernym too: a freight car is no motor vehicle. Of game birds
and hermit crabs the first hypernym is "game" and "decapod crustacean"; a reader calls them birds and crabs."""


@dataclass(frozen=True, eq=False)
class ClassGroups:
    """The groups of a classifier's classes, and how similar the classes are in WordNet.

    Attributes:
        names: the group of each class, in index order; the short name of the class where it is alone.
        chains: each class with its hypernyms, from "entity" down to the class.
    """

    names: tuple[str, ...]
    chains: tuple[tuple[str, ...], ...]

    def similarities(self) -> Tensor:
        """Return the Wu-Palmer similarity of each pair of classes: float32 (classes, classes), above 0, at most 1.

        It is 2 d / (a + b) with the depths a and b of the classes and d of their last common hypernym; "entity" has
        depth 1. Each class has one chain here, that of the first hypernyms, so a few values are lower than with all
        chains. Source: Wu & Palmer 1994; used by Balasubramanian & Feizi 2023, section 4.
        """
        depth = torch.tensor([len(chain) for chain in self.chains])
        all_nodes = dict.fromkeys(node for chain in self.chains for node in _nodes(chain))
        nodes = {node: number for number, node in enumerate(all_nodes)}
        above = torch.zeros(len(self.chains), len(nodes))
        for row, chain in enumerate(self.chains):
            above[row, [nodes[node] for node in _nodes(chain)]] = 1
        return 2 * (above @ above.T) / (depth[:, None] + depth[None])


def _nodes(chain: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return the nodes on a chain, each named by its way from the top: a word may stand at several places."""
    return [chain[:length] for length in range(1, len(chain) + 1)]


def class_groups(categories: Sequence[str]) -> ClassGroups | None:
    """Return the groups of ImageNet's 1,000 classes; None for any other list of classes.

    The classes are known by their names in index order: torchvision's, those with all synonyms, or WordNet ids.
    """
    return _class_groups(tuple(categories))


@lru_cache(maxsize=32)
def _class_groups(categories: tuple[str, ...]) -> ClassGroups | None:
    classes = _imagenet()
    if len(categories) != len(classes):
        return None
    if not all(_is_called(category, *known[:2]) for category, known in zip(categories, classes, strict=True)):
        return None
    chains = tuple(chain for _, _, chain in classes)
    names = zip(map(_group, chains), short_names(categories), strict=True)
    return ClassGroups(tuple(group or name for group, name in names), chains)


def _group(chain: tuple[str, ...]) -> str | None:
    """Return the name of the nearest group on a chain of hypernyms, if there is one."""
    for parent, word in zip(reversed(chain[:-1]), reversed(chain[1:]), strict=True):
        if name := HYPERNYMS.get(word) or HYPERNYMS.get(f"{word} < {parent}"):
            return name
    return None


def group_members(index: int, categories: Sequence[str]) -> tuple[int, ...]:
    """Return the indices of all classes in the group of a class, itself included; itself alone without groups."""
    groups = class_groups(categories)
    if groups is None:
        return (index,)
    return tuple(other for other, name in enumerate(groups.names) if name == groups.names[index])


def class_name(index: int, categories: Sequence[str]) -> ClassName:
    """Return how sentences call a class: its short name and its group."""
    name, groups = short_names(categories)[index], class_groups(categories)
    return ClassName(name, groups.names[index] if groups else name)


def is_class(index: int, category: str, categories: Sequence[str]) -> bool:
    """Return whether a class is the one of this name, or another one of its group; False if the name is unknown."""
    named = find_class(category, categories)
    return named is not None and is_same(class_name(named, categories), class_name(index, categories))


def _is_called(category: str, wordnet_id: str, name: str) -> bool:
    """Return whether a category may be the class with this WordNet id and name, such as "crane bird" for "crane"."""
    given_id, synonyms = split_category(category)
    if given_id:
        return given_id == wordnet_id
    return bool(synonyms) and fold_name(synonyms[0]).startswith(fold_name(name))


@cache
def _imagenet() -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Return WordNet id, name and chain of each class, in index order."""
    lines = [line for line in IMAGENET.read_text("utf-8").splitlines() if not line.startswith("#")][1:]
    rows = [line.split("\t") for line in lines]
    return tuple((wnid, name, (*reversed(chain.split(" > ")), name)) for wnid, name, chain in rows)
