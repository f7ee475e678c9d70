"""One film as the player takes it: three pictures and an answer for every step, all made beforehand."""

import base64
import html
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from masking.attribution import AttributionMasks
from masking.image import to_picture
from pages.components.cards import TOP
from pages.components.heatmap import CLIPPED, Scale

CHANNELS = {"sum": "Summed", "0": "Red", "1": "Green", "2": "Blue"}
LARGEST = 224
"""Pictures are at most this many pixels high and wide: they are shown no larger."""
ONE_SCALE = "One scale for all steps."
SIGNS = f"Red speaks for the class, blue against it. {ONE_SCALE}"
NONE_YET = "No attribution has been taken yet."
COMING = "Being computed …"
DEAD = "Dead: all logits are exactly 0, so the network says nothing at all."


@dataclass(frozen=True)
class Frames:
    """A film: by title, the pictures of each step as data URLs; and the answer at each step as HTML."""

    pictures: dict[str, list[str]]
    answers: list[str]
    scale: str
    empty: str = NONE_YET
    """What stands where there is no picture."""

    @property
    def bytes(self) -> int:
        """How much memory it takes, about."""
        return sum(len(frame) for frames in self.pictures.values() for frame in frames)

    def blank(self, why: str) -> "Frames":
        """A film as long and as large without pictures, and why."""
        return Frames({title: [] for title in self.pictures}, [""] * len(self.answers), "", why)

    def plain(self) -> dict[str, Any]:
        """As the player takes it."""
        pictures = [{"title": title, "frames": frames} for title, frames in self.pictures.items()]
        return {"pictures": pictures, "answers": self.answers, "scale": self.scale, "empty": self.empty}


def render_frames(found: AttributionMasks, channel: str, stretched: bool = False, all_pictures: bool = True) -> Frames:
    """The film of one image, channels summed or a single one.

    Masks are shown relative to their brightest value. `stretched` lets half a percent of it go beyond white, and shows
    what is left of the picture with as much contrast.
    """
    pictures: dict[str, list[str]] = {}
    bar = ""
    if all_pictures:
        heats = _channel(found.attributions[:, 0], channel, torch.sum)
        scale = _scale(heats)
        pictures["Attribution"] = ["", *_painted(heats, scale)]
        bar = scale.bar("Attribution", SIGNS if scale.low < 0 else ONE_SCALE) if len(heats) else ""
    steps = range(found.iterations + 1)
    whites = [_white(product, stretched) for product in found.products[:, 0]]
    products = _channel(found.products[:, 0], channel, torch.mean)
    mask, saw = ("Mask so far", "What the network saw") if all_pictures else ("Mask", "Seen")
    how = ", stretched" if stretched else ""
    pictures[f"{mask}{how}"] = [_png(_grey(one / white)) for one, white in zip(products, whites, strict=True)]
    pictures[f"{saw}{how}"] = [
        _png(_seen(found, step, channel, white if stretched else 1.0))
        for step, white in zip(steps, whites, strict=True)
    ]
    return Frames(pictures, [_answer(found, step) for step in steps], bar)


def _white(product: Tensor, stretched: bool) -> float:
    """The value of a mask (3, h, w) that is shown white: its largest, or what nearly all of it stays below."""
    end = float(np.quantile(product.numpy(), 1 - CLIPPED)) if stretched else 0.0
    return end or float(product.max()) or 1.0


def _painted(heats: Tensor, scale: Scale) -> list[str]:
    """Maps (steps, h, w) in colours."""
    if not len(heats):
        return []
    small = _smaller(heats[:, None])[:, 0]
    tall = scale.painted(small.flatten(0, 1))  # all at once: the colours are looked up but once
    return [_png(one) for one in tall.split(small.shape[1], 2)]


def _channel(values: Tensor, channel: str, together: Callable[..., Tensor]) -> Tensor:
    """Maps (steps, h, w) of (steps, 3, h, w)."""
    return together(values, 1) if channel == "sum" else values[:, int(channel)]


def _scale(heats: Tensor) -> Scale:
    """One scale for all steps, whose strongest colour all but a few pixels of each stay below."""
    if not len(heats):
        return Scale(0.0, 1.0)
    ends = [float(np.quantile(heat.abs().numpy(), 1 - CLIPPED)) for heat in heats]
    end = max(ends) or float(heats.abs().max()) or 1.0
    return Scale(-end if float(heats.min()) < 0 else 0.0, end)


def _smaller(values: Tensor) -> Tensor:
    """Maps (n, c, h, w) of at most `LARGEST` pixels."""
    factor = LARGEST / max(values.shape[2:])
    return values if factor >= 1 else F.interpolate(values, scale_factor=factor, mode="area")


def _grey(product: Tensor) -> Tensor:
    """A mask (h, w) as a picture (1, 3, h, w)."""
    return _smaller(product[None, None].clamp(max=1)).expand(-1, 3, -1, -1)


def _seen(found: AttributionMasks, step: int, channel: str, white: float) -> Tensor:
    """What the network was given, as a picture; as if where the mask is `white` it were 1."""
    seen = (found.mean + (found.seen(step) - found.mean) / white).clamp(0, 1)
    return _smaller(seen if channel == "sum" else seen[:, int(channel), None].expand_as(seen))


def _png(picture: Tensor) -> str:
    buffer = io.BytesIO()
    image = to_picture(picture)
    colours = image.getcolors(256)
    image = image.quantize(256, dither=Image.Dither.NONE) if colours is not None else image  # exact, and much smaller
    image.save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _answer(found: AttributionMasks, step: int) -> str:
    """What the network answered at a step, as HTML."""
    target = found.categories[int(found.target[0])]
    if dead := bool(found.dead[step, 0]):
        said, bars = "Nothing", f"<p class='mx-blind'>{DEAD}</p>"
    else:
        said, bars = found.categories[int(found.predicted[step, 0])], _bars(found, step, target)
    probability = 0.0 if dead else float(found.probability[step, 0])
    mask = found.products[step, 0]
    facts = {
        f"Probability of {target}": "none" if dead else f"{probability:.1%}",
        "Predictive entropy": f"{float(found.entropy[step, 0]):.2f} bits",
        "Mask: mean, brightest": f"{float(mask.mean()):.2g}, {float(mask.max()):.2g}",
        "Dead values": f"{float(found.zero_share[step, 0]):.2%}",
    }
    rows = "".join(
        f"<span title='{html.escape(name, quote=True)}'>{html.escape(name)}</span><b>{value}</b>"
        for name, value in facts.items()
    )
    return f"<div class='mx-verdict'>{html.escape(said)}</div>{bars}<div class='mx-facts'>{rows}</div>"


def _bars(found: AttributionMasks, step: int, target: str) -> str:
    bars = []
    for category, probability in found.top(step, TOP):
        mine = " mx-original" if category == target else ""
        name = html.escape(category, quote=True)
        bars.append(
            f"<div class='mx-bar{mine}' title='{name} {probability:.2%}'>"
            f"<i style='width:{probability:.1%}'></i><span>{name}</span><b>{probability:.1%}</b></div>"
        )
    return "".join(bars)
