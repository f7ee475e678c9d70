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

SIDE = 256
"""Pictures are at least about this many pixels wide."""
PALE = (190.0, 212.0, 245.0)
LINE = 5
"""Both halves of an outline and the cell border between them: thick enough to survive being shown smaller."""
STEPS = 256
CLIPPED = 0.005
"""This share of the largest values may lie beyond the end of the scale, so that one cell does not pale the others."""
DIVERGING, SEQUENTIAL = "RdBu_r", "Viridis"


@dataclass(frozen=True)
class Scale:
    """From `low` to `high`: blue over white at 0 to red where there are negative values, else dark to bright."""

    low: float
    high: float

    @classmethod
    def over(cls, values: Tensor) -> "Scale":
        """The scale for these values; NaN has no say."""
        found = values[values.isfinite()].numpy()
        if not found.size:
            return cls(0.0, 1.0)
        limit = float(np.quantile(np.abs(found), 1 - CLIPPED)) or float(np.abs(found).max()) or 1.0
        return cls(-limit if found.min() < 0 else 0.0, limit)

    @property
    def colours(self) -> list[tuple[float, float, float]]:
        """The colours from low to high, RGB in [0, 255]."""
        name = DIVERGING if self.low < 0 else SEQUENTIAL
        return [unlabel_rgb(one) for one in sample_colorscale(name, np.linspace(0, 1, STEPS))]

    def painted(self, values: Tensor) -> Tensor:
        """An image (1, 3, h, w) in [0, 1] of values (h, w); NaN is painted as low."""
        place = (values.nan_to_num(self.low) - self.low) / (self.high - self.low) * (STEPS - 1)
        table = torch.tensor(self.colours) / 255
        return table[place.round().long().clamp(0, STEPS - 1)].permute(2, 0, 1)[None]

    def bar(self, what: str, note: str) -> str:
        """The scale as HTML, with a note beside it."""
        stops = ", ".join("rgb({:.0f},{:.0f},{:.0f})".format(*one) for one in self.colours[:: STEPS // 16])
        ends = [self.low, 0.0, self.high] if self.low < 0 else [0.0, self.high / 2, self.high]
        ticks = "".join(f"<span>{_number(end)}</span>" for end in ends)
        return (
            f"<div class='mx-scale'><div>{html.escape(what)}</div>"
            f"<i style='background:linear-gradient(to right, {stops})'></i>"
            f"<small>{html.escape(note)}</small><p>{ticks}</p></div>"
        )


def _number(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")


def heat_tag(values: Tensor, keep: Tensor, scale: Scale, alt: str, outlined: bool) -> str:
    """A map (h, w) as an HTML picture.

    Hidden cells (`keep` is False) are hatched, or, where a run has values there, `outlined`. The channels of a layer
    of one cell, (channels, 1), are folded into a near-square.
    """
    if keep.shape == (1, 1):
        return _tag(_folded(values.flatten(), scale), alt)
    image, large = _enlarged(scale.painted(values)), _enlarged(keep[None, None].float()) > 0.5
    return _tag(_pixels(_outlined(image, large) if outlined else hatched(image, Mask(large))), alt)


def keep_tag(image: Tensor, mask: Mask, keep: Tensor, alt: str) -> str:
    """What a layer can see of the picture (1, 3, h, w) under this mask.

    Its hidden cells (`keep` is False) are hatched; hidden pixels that lie under its visible cells are pale blue.
    """
    large = _enlarged(torch.where(mask.keep, image, torch.tensor(PALE).view(1, 3, 1, 1) / 255).cpu())
    cells = F.interpolate(keep[None, None].float(), large.shape[2:], mode="nearest") > 0.5
    return _tag(_pixels(hatched(large, Mask(cells))), alt)


def _enlarged(image: Tensor) -> Tensor:
    """Every cell as a block of pixels, so that hatching fits into one."""
    factor = max(1, math.ceil(SIDE / max(image.shape[2:])))
    return image.repeat_interleave(factor, 2).repeat_interleave(factor, 3)


def _outlined(image: Tensor, keep: Tensor) -> Tensor:
    """A line around the hidden cells, white on their outside and black on their inside: it shows on any colour."""
    near_hidden = F.max_pool2d((~keep).float(), LINE, 1, LINE // 2) > 0
    near_visible = F.max_pool2d(keep.float(), LINE, 1, LINE // 2) > 0
    return image.masked_fill(keep & near_hidden, 1.0).masked_fill(~keep & near_visible, 0.0)


def _folded(values: Tensor, scale: Scale) -> NDArray[np.uint8]:
    """Numbers as squares, row by row; what is left of the last row is transparent."""
    count = len(values)
    width = next((w for w in range(math.isqrt(count - 1) + 1, 2 * math.isqrt(count) + 1) if count % w == 0), 0)
    width = width or math.isqrt(count - 1) + 1
    grid = torch.full((-(-count // width) * width,), math.nan)
    grid[:count] = values
    grid = grid.view(-1, width)
    colours = _pixels(_enlarged(scale.painted(grid)))
    opaque = _enlarged((~grid.isnan()).float()[None, None])[0, 0].numpy() * 255
    return np.dstack([colours, opaque.astype(np.uint8)])


def _pixels(image: Tensor) -> NDArray[np.uint8]:
    return (image[0].permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)


def _tag(pixels: NDArray[np.uint8], alt: str) -> str:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    data = base64.b64encode(buffer.getvalue()).decode()
    return f"<img alt='{html.escape(alt, quote=True)}' src='data:image/png;base64,{data}'>"
