"""Holes: ways to cut an object out of a scene, from its exact outline to holes that reveal nothing about it.

Each entry of `HOLES` is one of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import center_of_mass, distance_transform_edt, map_coordinates

from masking.masks.mask import Mask
from masking.masks.morphology import Hidden
from masking.masks.shares import share_text

RADII = (2, 4, 8, 16)
"""How far holes reach beyond the outline, in pixels of the classifier's input."""


@dataclass(frozen=True, eq=False)
class HoleContext:
    """What a hole is made from.

    Attributes:
        cutout: a single mask that hides the scene's object exactly.
        donor: a single mask of the same size that hides an object of another class; None if there is no such object.
        seed: seed of everything random.
    """

    cutout: Mask
    donor: Mask | None = None
    seed: int = 0

    def __post_init__(self):
        for mask, name in ((self.cutout, "the scene"), (self.donor, "the donor")):
            if mask is not None and (len(mask) != 1 or mask.size != self.cutout.size or not mask.hidden_share):
                raise ValueError(
                    f"{name} has {len(mask)} mask(s) of {mask.size[0]}x{mask.size[1]} that hide "
                    f"{share_text(mask.hidden_share)}; give one object mask of the scene's size that hides something"
                )


@dataclass(frozen=True)
class Hole:
    """A kind of hole.

    Attributes:
        title: as headings name it.
        meaning: one sentence.
        make: makes the mask with the hole.
        covers: whether it always hides the whole object, so that every right answer comes from the hole or from its
            surroundings.
        radius: how far it reaches beyond the exact outline, in pixels; None if it is not defined by that.
    """

    title: str
    meaning: str
    make: Callable[[HoleContext], Mask]
    covers: bool = True
    radius: int | None = None


def _grown_hole(radius: int) -> Hole:
    meaning = f"The exact outline and all pixels within {radius} pixels of it."
    return Hole(f"Grown {radius} px", meaning, lambda context: context.cutout.grow(radius), radius=radius)


def _hole_maker(change: Callable[[Hidden, HoleContext], Hidden]) -> Callable[[HoleContext], Mask]:
    """Return a maker of holes from a change of the hidden pixels (h, w) of the exact hole."""

    def make(context: HoleContext) -> Mask:
        hidden = change(~context.cutout.keep[0, 0].cpu().numpy(), context)
        return Mask(~torch.from_numpy(hidden)[None, None].to(context.cutout.keep.device))

    return make


def _lowest(score: NDArray[np.float64], count: int) -> Hidden:
    """Return exactly `count` pixels, those with the lowest score."""
    hidden = np.zeros(score.size, bool)
    hidden[score.ravel().argsort(kind="stable")[:count]] = True
    return hidden.reshape(score.shape)


def _make_disc(hidden: Hidden, context: HoleContext) -> Hidden:
    del context
    rows, columns = np.nonzero(hidden)
    y, x = np.indices(hidden.shape)
    away = np.hypot(y - (rows.min() + rows.max()) / 2, x - (columns.min() + columns.max()) / 2)
    return away <= away[hidden].max()


def _make_blob(hidden: Hidden, context: HoleContext) -> Hidden:
    """Return a star-shaped region with a wavy rim around a random point."""
    generator = np.random.default_rng(context.seed)
    y, x = np.indices(hidden.shape)
    centre = generator.uniform(0.2, 0.8, 2) * hidden.shape
    angle = np.arctan2(y - centre[0], x - centre[1])
    waves = [
        strength / turns * np.cos(turns * angle + phase)
        for turns, strength, phase in zip(
            (2, 3, 4, 5), generator.uniform(0, 0.6, 4), generator.uniform(0, 2 * np.pi, 4), strict=True
        )
    ]
    return _lowest(np.hypot(y - centre[0], x - centre[1]) / np.exp(np.sum(waves, axis=0)), int(hidden.sum()))


def _make_broken(hidden: Hidden, context: HoleContext) -> Hidden:
    del context
    return np.roll(hidden, (hidden.shape[0] // 2, hidden.shape[1] // 2), axis=(0, 1))


def _make_transplanted(hidden: Hidden, context: HoleContext) -> Hidden:
    """Put the donor's outline on the object's centre of mass, scaled so that it hides as many pixels."""
    if context.donor is None:
        raise ValueError(
            "there is no object of another class whose outline could be transplanted; add scenes of other classes"
        )
    donor, count = ~context.donor.keep[0, 0].cpu().numpy(), int(hidden.sum())
    outside = np.asarray(distance_transform_edt(~donor)) - np.asarray(distance_transform_edt(donor))
    here, there = (np.array(center_of_mass(region)) for region in (hidden, donor))
    offsets = np.array(np.indices(hidden.shape)) - here[:, None, None]

    def scaled(scale: float) -> NDArray[np.float64]:
        return map_coordinates(outside, offsets / scale + there[:, None, None], order=1, mode="nearest")

    low, high = 0.05, 20.0
    for _ in range(16):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if (scaled(middle) < 0).sum() < count else (low, middle)
    return _lowest(scaled(high), count)  # exact to the last few pixels along the rim


HOLES: Mapping[str, Hole] = {
    "exact": Hole("Exact", "The object's exact outline.", lambda context: context.cutout, radius=0),
    **{f"grown_{radius}": _grown_hole(radius) for radius in RADII},
    "hull": Hole("Hull", "The convex hull of the object.", lambda context: context.cutout.convex_hull()),
    "box": Hole("Box", "The upright rectangle around the object.", lambda context: context.cutout.bounding_box()),
    "disc": Hole(
        "Disc", "A disc around the object, which keeps the place and the size of its outline.", _hole_maker(_make_disc)
    ),
    "blob": Hole(
        "Blob",
        "A random blob of the object's area at a random place; the object may stay visible.",
        _hole_maker(_make_blob),
        False,
    ),
    "broken": Hole(
        "Broken",
        "The outline shifted by half the picture in both directions and wrapped around its edges: "
        "the same area in another shape (Balasubramanian & Feizi 2023).",
        _hole_maker(_make_broken),
        covers=False,
    ),
    "transplanted": Hole(
        "Transplanted",
        "The outline of an object of another class, centred on this object and hiding as many pixels; "
        "parts of this object that it does not cover stay visible.",
        _hole_maker(_make_transplanted),
        covers=False,
    ),
}
"""Every kind of hole, by name."""
