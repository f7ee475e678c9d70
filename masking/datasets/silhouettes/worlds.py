"""Worlds: which classes there are, how much each cue tells about them, and how well one could do knowing that."""

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
"""What somebody may see of a scene, and the cues in it."""

_LOOKS = {"outline": "outline", "texture": "surface", "background": "background"}


@dataclass(frozen=True)
class World:
    """How scenes come about: their size, how much each cue tells about the class, and the classes.

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
        """Accuracy, 0 … 1, of the best classifier there can be that sees only one part of each scene: a key of `PARTS`.

        A cue of strength s shows the look v to class y with P(v | y) = s · [v is y's own] + (1 − s) · (share of classes
        that own v), independently of the other cues; the best answer to v is the likeliest y, which is right in
        Σ_v max_y P(y) Π_cues P(v_cue | y) of all scenes. The shape of a hole is no part of the background.

        Raises:
            ValueError: there is no such part.
        """
        if visible not in PARTS:
            raise ValueError(f"scenes have no part {visible!r}; {near_names(visible, list(PARTS))}")
        joint = torch.full((1, len(self.classes)), 1 / len(self.classes), dtype=torch.float64)  # (looks seen, class)
        for cue in PARTS[visible]:
            looks = [getattr(CLASSES[name], _LOOKS[cue]) for name in self.classes]
            own = torch.tensor([[look == seen for look in looks] for seen in dict.fromkeys(looks)], dtype=torch.float64)
            strength = getattr(self, cue)
            shown = strength * own + (1 - strength) * own.mean(1, keepdim=True)
            joint = (joint[:, None] * shown).flatten(0, 1)
        return joint.amax(1).sum().item()


_NAMED: dict[str, tuple[str, World]] = {
    "ordinary": (
        "Outlines tell the class, surfaces hardly, backgrounds nothing.",
        World(),
    ),
    "background": (
        "Backgrounds tell the class; the object contradicts them nearly half of the time.",
        World(outline=0.5, texture=0.1, background=0.97),
    ),
    "twins": (
        "Outline or surface alone leave two classes to choose from; together they tell.",
        World(texture=1.0, classes=("mug", "key", "house", "guitar", "star", "leaf", *TWINS)),
    ),
}

WORLDS: dict[str, World] = {name: world for name, (_, world) in _NAMED.items()}
"""Worlds worth a name."""

MEANINGS: dict[str, str] = {name: meaning for name, (meaning, _) in _NAMED.items()}
"""What each of `WORLDS` is about, in one sentence."""


@cache
def _worlds() -> dict[str, World]:
    found: dict[str, World] = {}
    for name, path in bundled().items():
        world = read_state(path)[1].get("world")
        if world is not None:
            found[name] = World(**world | {"classes": tuple(world["classes"])})
    return found


def world_classifiers() -> tuple[str, ...]:
    """The bundled classifiers that were trained on a rendered world."""
    return tuple(_worlds())


def world_of(classifier_name: str) -> World:
    """The world that a bundled classifier was trained on, as its weights file says. ValueError if it has none."""
    if classifier_name not in _worlds():
        known = ", ".join(_worlds())
        raise ValueError(f"{classifier_name} was not trained on a rendered world; choose one of {known}")
    return _worlds()[classifier_name]
