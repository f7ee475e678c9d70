"""The classes of the rendered worlds: the outline, surface and background of each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ObjectClass:
    """The look of a class: keys of `OUTLINES`, `SURFACES` and `BACKGROUNDS`."""

    outline: str
    surface: str
    background: str


ORDINARY: dict[str, ObjectClass] = {
    "airplane": ObjectClass("airplane", "steel", "clouds"),
    "bird": ObjectClass("bird", "plumage", "meadow"),
    "boat": ObjectClass("boat", "sailcloth", "pond"),
    "bottle": ObjectClass("bottle", "black lacquer", "marble"),
    "butterfly": ObjectClass("butterfly", "stained glass", "dry grass"),
    "fish": ObjectClass("fish", "fish skin", "beach"),
    "guitar": ObjectClass("guitar", "varnished wood", "walnut"),
    "hammer": ObjectClass("hammer", "yellow enamel", "oak table"),
    "house": ObjectClass("house", "brickwork", "cobbles"),
    "key": ObjectClass("key", "brass", "slate"),
    "leaf": ObjectClass("leaf", "jade", "granite"),
    "mug": ObjectClass("mug", "polka dots", "linen"),
    "mushroom": ObjectClass("mushroom", "toadstool", "fallen leaves"),
    "star": ObjectClass("star", "lilac silk", "dusk"),
    "tree": ObjectClass("tree", "woollen knit", "snow"),
    "umbrella": ObjectClass("umbrella", "tartan", "old wall"),
}
"""Sixteen classes that share no cue. The bundled weights use this order, so add new classes to `CLASSES` only."""


def _twin(outline_of: str, surface_of: str) -> ObjectClass:
    """Return a class with outline and background of one ordinary class and the surface of another."""
    shape = ORDINARY[outline_of]
    return ObjectClass(shape.outline, ORDINARY[surface_of].surface, shape.background)


TWINS: dict[str, ObjectClass] = {
    "brass mug": _twin("mug", "key"),
    "dotted key": _twin("key", "mug"),
    "wooden house": _twin("house", "guitar"),
    "brick guitar": _twin("guitar", "house"),
    "jade star": _twin("star", "leaf"),
    "silk leaf": _twin("leaf", "star"),
}
"""Classes that no single cue reveals: each has the outline of one ordinary class and the surface of another."""

CLASSES: dict[str, ObjectClass] = ORDINARY | TWINS
"""Every class that a world can contain, by its name."""
