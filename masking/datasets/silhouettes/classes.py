"""The classes of the rendered worlds: what each looks like and where it is at home."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ObjectClass:
    """What a class looks like: keys of `OUTLINES`, `SURFACES` and `BACKGROUNDS`."""

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
"""Sixteen classes that share nothing. The bundled weights know them in this order: append to `CLASSES` only."""


def _twin(outline_of: str, surface_of: str) -> ObjectClass:
    """Outline and background of one ordinary class, surface of another."""
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
"""Classes that tell nothing by one cue alone: each has the outline of one ordinary class, the surface of another."""

CLASSES: dict[str, ObjectClass] = ORDINARY | TWINS
"""Every class a world can hold, by its name."""
