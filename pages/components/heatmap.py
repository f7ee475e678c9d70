"""Activations as pictures: one colour scale for all that stand side by side, hidden cells hatched."""

import base64
import html
import io
import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from plotly.colors import sample_colorscale, unlabel_rgb
from torch import Tensor
from torch.nn import functional as F

from masking.masks.mask import Mask
from masking.results.hatching import hatched
from pages.components.numbers import number

SIDE = 256
"""Pictures are at least about this many pixels wide."""
PALE = (190.0, 212.0, 245.0)
LINE = 5
"""Width of an outline in pixels, both halves and the cell border between: thick enough to survive being shrunk."""
STEPS = 256
CLIPPED = 0.005
"""This share of the largest values may lie beyond the end of the scale, so that no single cell pales the others."""
DIVERGING, SEQUENTIAL = "RdBu_r", "Viridis"


@dataclass(frozen=True)
class Scale:
    """Colours from `low` to `high`: blue to red with white at 0 if there are negative values, else dark to bright."""

    low: float
    high: float

    @classmethod
    def over(cls, values: Tensor) -> "Scale":
        """Return the scale for these values; NaN does not count."""
        finite = values[values.isfinite()].numpy()
        if not finite.size:
            return cls(0.0, 1.0)
        limit = float(np.quantile(np.abs(finite), 1 - CLIPPED)) or float(np.abs(finite).max()) or 1.0
        return cls(-limit if finite.min() < 0 else 0.0, limit)

    @property
    def colours(self) -> list[tuple[float, float, float]]:
        """The colours from low to high, RGB in [0, 255]."""
        name = DIVERGING if self.low < 0 else SEQUENTIAL
        return [unlabel_rgb(colour) for colour in sample_colorscale(name, np.linspace(0, 1, STEPS))]

    def paint(self, values: Tensor) -> Tensor:
        """Return values (h, w) as an image (1, 3, h, w) in [0, 1]; NaN is painted as low."""
        position = (values.nan_to_num(self.low) - self.low) / (self.high - self.low) * (STEPS - 1)
        table = torch.tensor(self.colours) / 255
        return table[position.round().long().clamp(0, STEPS - 1)].permute(2, 0, 1)[None]

    def bar(self, what: str, note: str) -> str:
        """Return the scale as HTML, with a note beside it."""
        stops = ", ".join("rgb({:.0f},{:.0f},{:.0f})".format(*colour) for colour in self.colours[:: STEPS // 16])
        ends = [self.low, 0.0, self.high] if self.low < 0 else [0.0, self.high / 2, self.high]
        ticks = "".join(f"<span>{number(end, '.3g')}</span>" for end in ends)
        return (
            f"<div class='mx-scale'><div>{html.escape(what)}</div>"
            f"<i style='background:linear-gradient(to right, {stops})'></i>"
            f"<small>{html.escape(note)}</small><p>{ticks}</p></div>"
        )


def heat_tag(values: Tensor, keep: Tensor, scale: Scale, alt: str, outlined: bool) -> str:
    """Return a map (h, w) as an HTML picture.

    Hidden cells (`keep` is False) are hatched, or, where a run has values there, `outlined`. A layer of one cell has
    its channels, (channels, 1), folded into a near-square.
    """
    if keep.shape == (1, 1):
        return _tag(_fold(values.flatten(), scale), alt)
    image, large = _enlarge(scale.paint(values)), _enlarge(keep[None, None].float()) > 0.5
    return _tag(_pixels(_outline(image, large) if outlined else hatched(image, Mask(large))), alt)


def keep_tag(image: Tensor, mask: Mask, keep: Tensor, alt: str) -> str:
    """Return what a layer can see of the picture (1, 3, h, w) under this mask, as an HTML picture.

    Its hidden cells (`keep` is False) are hatched; hidden pixels under its visible cells are pale blue.
    """
    large = _enlarge(torch.where(mask.keep, image, torch.tensor(PALE).view(1, 3, 1, 1) / 255).cpu())
    cells = F.interpolate(keep[None, None].float(), large.shape[2:], mode="nearest") > 0.5
    return _tag(_pixels(hatched(large, Mask(cells))), alt)


def _enlarge(image: Tensor) -> Tensor:
    """Return every cell as a block of pixels, so that hatching fits into one."""
    factor = max(1, math.ceil(SIDE / max(image.shape[2:])))
    return image.repeat_interleave(factor, 2).repeat_interleave(factor, 3)


def _outline(image: Tensor, keep: Tensor) -> Tensor:
    """Draw a line around the hidden cells, white outside and black inside: it shows on any colour."""
    near_hidden = F.max_pool2d((~keep).float(), LINE, 1, LINE // 2) > 0
    near_visible = F.max_pool2d(keep.float(), LINE, 1, LINE // 2) > 0
    return image.masked_fill(keep & near_hidden, 1.0).masked_fill(~keep & near_visible, 0.0)


def _fold(values: Tensor, scale: Scale) -> NDArray[np.uint8]:
    """Return numbers as coloured squares, row by row; the rest of the last row is transparent."""
    count = len(values)
    width = next((w for w in range(math.isqrt(count - 1) + 1, 2 * math.isqrt(count) + 1) if count % w == 0), 0)
    width = width or math.isqrt(count - 1) + 1
    grid = torch.full((-(-count // width) * width,), math.nan)
    grid[:count] = values
    grid = grid.view(-1, width)
    colours = _pixels(_enlarge(scale.paint(grid)))
    opaque = _enlarge((~grid.isnan()).float()[None, None])[0, 0].numpy() * 255
    return np.dstack([colours, opaque.astype(np.uint8)])


def _pixels(image: Tensor) -> NDArray[np.uint8]:
    return (image[0].permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)


def _tag(pixels: NDArray[np.uint8], alt: str) -> str:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    data = base64.b64encode(buffer.getvalue()).decode()
    return f"<img alt='{html.escape(alt, quote=True)}' src='data:image/png;base64,{data}'>"
