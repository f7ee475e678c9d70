"""Holes: ways to cut an object out of a scene, from its exact outline to holes that tell nothing of it.

To add one, add one entry to `HOLES`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import center_of_mass, distance_transform_edt, map_coordinates

from masking.masks.mask import Mask
from masking.masks.morphology import Hidden

RADII = (2, 4, 8, 16)
"""How far holes are grown beyond the outline, in pixels of the classifier's input."""


@dataclass(frozen=True, eq=False)
class HoleContext:
    """Where a hole is to be: `cutout` hides the scene's object exactly, `donor` an object of another class.

    Both are single masks of one size that hide something; there may be no donor. `seed` is for what is left to chance.
    """

    cutout: Mask
    donor: Mask | None = None
    seed: int = 0

    def __post_init__(self):
        for mask, name in ((self.cutout, "the scene"), (self.donor, "the donor")):
            if mask is not None and (len(mask) != 1 or mask.size != self.cutout.size or not mask.hidden_share):
                raise ValueError(
                    f"{name} has {len(mask)} mask(s) of {mask.size[0]}x{mask.size[1]} that hide {mask.hidden_share:.0%}"
                    "; give one object mask of the scene's size that hides something"
                )


@dataclass(frozen=True)
class Hole:
    """A kind of hole.

    Attributes:
        title: as headings name it.
        meaning: one sentence.
        make: from a site to the mask with the hole.
        covers: whether the object is always hidden completely, so that every right answer comes from the hole or
            from what surrounds it.
        radius: how far it reaches beyond the exact outline, in pixels, where that is what defines it.
    """

    title: str
    meaning: str
    make: Callable[[HoleContext], Mask]
    covers: bool = True
    radius: int | None = None


def _grown(radius: int) -> Hole:
    meaning = f"The exact outline and all within {radius} pixels of it."
    return Hole(f"Grown {radius} px", meaning, lambda site: site.cutout.grow(radius), radius=radius)


def _of(change: Callable[[Hidden, HoleContext], Hidden]) -> Callable[[HoleContext], Mask]:
    """A hole from the hidden pixels (h, w) of the exact one."""

    def make(site: HoleContext) -> Mask:
        hidden = change(~site.cutout.keep[0, 0].cpu().numpy(), site)
        return Mask(~torch.from_numpy(hidden)[None, None].to(site.cutout.keep.device))

    return make


def _first(score: NDArray[np.float64], count: int) -> Hidden:
    """Exactly `count` pixels, those of lowest score."""
    hidden = np.zeros(score.size, bool)
    hidden[score.ravel().argsort(kind="stable")[:count]] = True
    return hidden.reshape(score.shape)


def _disc(hidden: Hidden, site: HoleContext) -> Hidden:
    del site
    rows, columns = np.nonzero(hidden)
    y, x = np.indices(hidden.shape)
    away = np.hypot(y - (rows.min() + rows.max()) / 2, x - (columns.min() + columns.max()) / 2)
    return away <= away[hidden].max()


def _blob(hidden: Hidden, site: HoleContext) -> Hidden:
    """A star-shaped region with a wavy rim around a random point."""
    generator = np.random.default_rng(site.seed)
    y, x = np.indices(hidden.shape)
    centre = generator.uniform(0.2, 0.8, 2) * hidden.shape
    angle = np.arctan2(y - centre[0], x - centre[1])
    waves = [
        strength / turns * np.cos(turns * angle + phase)
        for turns, strength, phase in zip(
            (2, 3, 4, 5), generator.uniform(0, 0.6, 4), generator.uniform(0, 2 * np.pi, 4), strict=True
        )
    ]
    return _first(np.hypot(y - centre[0], x - centre[1]) / np.exp(np.sum(waves, axis=0)), int(hidden.sum()))


def _broken(hidden: Hidden, site: HoleContext) -> Hidden:
    del site
    return np.roll(hidden, (hidden.shape[0] // 2, hidden.shape[1] // 2), axis=(0, 1))


def _transplanted(hidden: Hidden, site: HoleContext) -> Hidden:
    """The donor's outline on the object's centre of mass, enlarged or shrunk until it hides as many pixels."""
    if site.donor is None:
        raise ValueError("there is no object of another class whose outline could be transplanted; add such scenes")
    donor, count = ~site.donor.keep[0, 0].cpu().numpy(), int(hidden.sum())
    outside = np.asarray(distance_transform_edt(~donor)) - np.asarray(distance_transform_edt(donor))
    here, there = (np.array(center_of_mass(region)) for region in (hidden, donor))
    offsets = np.array(np.indices(hidden.shape)) - here[:, None, None]

    def scaled(scale: float) -> NDArray[np.float64]:
        return map_coordinates(outside, offsets / scale + there[:, None, None], order=1, mode="nearest")

    low, high = 0.05, 20.0
    for _ in range(16):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if (scaled(middle) < 0).sum() < count else (low, middle)
    return _first(scaled(high), count)  # the last few pixels along the rim


HOLES: Mapping[str, Hole] = {
    "exact": Hole("Exact", "The object's exact outline.", lambda site: site.cutout, radius=0),
    **{f"grown_{radius}": _grown(radius) for radius in RADII},
    "hull": Hole("Hull", "The convex hull of the object.", lambda site: site.cutout.convex_hull()),
    "box": Hole("Box", "The upright rectangle around the object.", lambda site: site.cutout.bounding_box()),
    "disc": Hole("Disc", "A disc around the object: of its outline, place and size are left.", _of(_disc)),
    "blob": Hole(
        "Blob", "A random blob of the object's area at a random place; the object stays in sight.", _of(_blob), False
    ),
    "broken": Hole(
        "Broken",
        "The outline shifted by half the picture both ways, around its edges: same area, another shape "
        "(Balasubramanian & Feizi 2023).",
        _of(_broken),
        covers=False,
    ),
    "transplanted": Hole(
        "Transplanted",
        "The outline of an object of another class on the middle of this one, hiding as many pixels; "
        "what it does not cover of this object stays in sight.",
        _of(_transplanted),
        covers=False,
    ),
}
"""Every kind of hole, by name."""
