"""Worlds: their classes, how much each cue says about them, and the best possible accuracy."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import torch

from masking.datasets.silhouettes.classes import CLASSES, ORDINARY, TWINS
from masking.models.weights import read_state
from masking.models.zoo import bundled
from masking.registry import near_names
from masking.registry.params import check_params, param

PARTS: Mapping[str, tuple[str, ...]] = {
    "background": ("background",),
    "object": ("outline", "texture"),
    "outline": ("outline",),
    "texture": ("texture",),
    "scene": ("outline", "texture", "background"),
}
"""The parts of a scene that can be visible, and the cues in each."""

_LOOKS = {"outline": "outline", "texture": "surface", "background": "background"}


@dataclass(frozen=True)
class World:
    """The settings of scenes: their size, how much each cue says about the class, and the classes.

    Raises ValueError for values out of range and for classes that do not exist.
    """

    size: int = param(128, "side of a scene", low=48, high=256, unit="pixels")
    outline: float = param(1.0, "how often the outline is the class's own", low=0, high=1)
    texture: float = param(0.1, "how often the surface is the class's own", low=0, high=1)
    background: float = param(0.0, "how often the background is the class's own", low=0, high=1)
    classes: tuple[str, ...] = tuple(ORDINARY)

    def __post_init__(self):
        check_params(self)
        for name in self.classes:
            if name not in CLASSES:
                raise ValueError(f"there is no class {name!r} to render; {near_names(name, list(CLASSES))}")
        if len(set(self.classes)) < max(2, len(self.classes)):
            raise ValueError(f"a world needs two or more different classes; these are {', '.join(self.classes)}")

    def expected_accuracy(self, visible: str) -> float:
        """Return the accuracy, 0 … 1, of the best classifier that sees only one part, a key of `PARTS`.

        A cue of strength s shows look v for class y with P(v | y) = s · [v is y's own] + (1 − s) · (share of classes
        that own v), independently of the other cues. The best answer to v is the most likely y. It is correct in
        Σ_v max_y P(y) Π_cues P(v_cue | y) of all scenes. The shape of a hole is not part of the background.

        Raises:
            ValueError: there is no such part.
        """
        if visible not in PARTS:
            raise ValueError(f"scenes have no part {visible!r}; {near_names(visible, list(PARTS))}")
        joint = torch.full((1, len(self.classes)), 1 / len(self.classes), dtype=torch.float64)  # (looks, class)
        for cue in PARTS[visible]:
            looks = [getattr(CLASSES[name], _LOOKS[cue]) for name in self.classes]
            own = torch.tensor(
                [[own_look == seen for own_look in looks] for seen in dict.fromkeys(looks)], dtype=torch.float64
            )
            strength = getattr(self, cue)
            likelihood = strength * own + (1 - strength) * own.mean(1, keepdim=True)
            joint = (joint[:, None] * likelihood).flatten(0, 1)
        return joint.amax(1).sum().item()


_NAMED: dict[str, tuple[str, World]] = {
    "ordinary": (
        "The outline reveals the class, the surface hardly does, and the background does not.",
        World(),
    ),
    "background": (
        "The background reveals the class; the object contradicts it in nearly half of the scenes.",
        World(outline=0.5, texture=0.1, background=0.97),
    ),
    "twins": (
        "Outline or surface alone leave two classes possible; together they reveal the class.",
        World(texture=1.0, classes=("mug", "key", "house", "guitar", "star", "leaf", *TWINS)),
    ),
}

WORLDS: dict[str, World] = {name: world for name, (_, world) in _NAMED.items()}
"""Worlds by their names."""

MEANINGS: dict[str, str] = {name: meaning for name, (meaning, _) in _NAMED.items()}
"""One sentence about each of `WORLDS`."""


@cache
def _worlds() -> dict[str, World]:
    worlds: dict[str, World] = {}
    for name, path in bundled().items():
        world = read_state(path)[1].get("world")
        if world is not None:
            worlds[name] = World(**world | {"classes": tuple(world["classes"])})
    return worlds


def world_classifiers() -> tuple[str, ...]:
    """Return the names of the bundled classifiers that were trained on a rendered world."""
    return tuple(_worlds())


def world_of(classifier_name: str) -> World:
    """Return the world that a bundled classifier was trained on, from its weights file. Raises ValueError if none."""
    if classifier_name not in _worlds():
        names = ", ".join(_worlds())
        raise ValueError(f"{classifier_name} was not trained on a rendered world; choose one of {names}")
    return _worlds()[classifier_name]
