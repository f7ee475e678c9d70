"""Surfaces and backgrounds: a pattern and three colours, for its darkest to its lightest tone."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from PIL import ImageColor
from torch import Tensor


@dataclass(frozen=True)
class Surface:
    """A pattern (a key of `PATTERNS`) painted with three colours, #rrggbb: for tones 0, 0.5 and 1."""

    pattern: str
    dark: str
    middle: str
    light: str

    @property
    def colours(self) -> Tensor:
        """The three colours as RGB in [0, 1], float64 (3, 3)."""
        levels = [ImageColor.getrgb(colour) for colour in (self.dark, self.middle, self.light)]
        return torch.tensor(levels, dtype=torch.float64) / 255


def paint(surfaces: Sequence[Surface], index: Tensor, tone: Tensor) -> Tensor:
    """Return tones (n, h, w) in [0, 1] in the colours of surface index[i], RGB (n, 3, h, w)."""
    colours = torch.stack([surface.colours for surface in surfaces])[index][..., None, None]
    dark, middle, light = colours.unbind(1)
    tone = tone[:, None] * 2
    return dark + (middle - dark) * tone.clamp(max=1) + (light - middle) * (tone - 1).clamp(min=0)


SURFACES: dict[str, Surface] = {
    "steel": Surface("brushed", "#5d6f83", "#a9b8c8", "#f4f8fb"),
    "plumage": Surface("scales", "#0d2f73", "#2677d0", "#9fd8ff"),
    "sailcloth": Surface("stripes", "#c9182b", "#e8645f", "#fff6ea"),
    "black lacquer": Surface("smooth", "#060608", "#191a1f", "#4b4e58"),
    "stained glass": Surface("petals", "#8f1d00", "#f7821b", "#ffdf6b"),
    "fish skin": Surface("scales", "#454c52", "#7d878d", "#cdd7da"),
    "varnished wood": Surface("wood", "#6b2706", "#c6651c", "#f6b45c"),
    "yellow enamel": Surface("smooth", "#d39100", "#fac819", "#fff09a"),
    "brickwork": Surface("bricks", "#e9d6c4", "#b8452c", "#e0774f"),
    "brass": Surface("brushed", "#8a5a06", "#dba52c", "#fff0a8"),
    "jade": Surface("marble", "#0c6b2a", "#52bd4a", "#d7f79c"),
    "polka dots": Surface("dots", "#1c3fae", "#6f8fe0", "#ffffff"),
    "toadstool": Surface("dots", "#c4101d", "#e8685f", "#fffaf0"),
    "lilac silk": Surface("clouds", "#5f2a9c", "#a768d8", "#efcdff"),
    "woollen knit": Surface("zigzag", "#8f0f55", "#e23f8e", "#ffd3e4"),
    "tartan": Surface("checks", "#141b3c", "#c22b34", "#f7d774"),
}
"""Surfaces of objects: strong colours that stand out, and plain black, grey and silver, as in any household."""

BACKGROUNDS: dict[str, Surface] = {
    "clouds": Surface("clouds", "#4f7396", "#8fb0ca", "#eef2f4"),
    "meadow": Surface("grass", "#1f2f12", "#4f6b2a", "#a3b463"),
    "dry grass": Surface("grass", "#4c3f25", "#94824f", "#dccd96"),
    "oak table": Surface("planks", "#3a2416", "#95683f", "#d3aa78"),
    "walnut": Surface("wood", "#2a1a12", "#5b3d2b", "#92694a"),
    "granite": Surface("granite", "#3d3d40", "#85858a", "#d5d3cf"),
    "cobbles": Surface("cobble", "#26241f", "#6f6a61", "#b5ada0"),
    "fallen leaves": Surface("petals", "#33200f", "#7c5228", "#b99355"),
    "pond": Surface("ripples", "#17343a", "#41686c", "#a9c4c0"),
    "marble": Surface("marble", "#8d8a88", "#cfccc8", "#f4f2ee"),
    "linen": Surface("linen", "#8a7f6d", "#c2b8a4", "#eae3d4"),
    "old wall": Surface("bricks", "#b0a79a", "#845a4a", "#ab8574"),
    "beach": Surface("sand", "#8f7a58", "#c9b288", "#efe0bd"),
    "slate": Surface("marble", "#20262b", "#465059", "#7f8b94"),
    "snow": Surface("sand", "#9fb2c6", "#d3dde7", "#fbfdff"),
    "dusk": Surface("smooth", "#3a3550", "#86697f", "#d9a68f"),
}
"""Backgrounds below objects, in muted colours."""
