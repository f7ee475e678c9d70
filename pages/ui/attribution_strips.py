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
from pages.ui.cards import SHOWN
from pages.ui.heat import CLIPPED, Scale

CHANNELS = {"sum": "Summed", "0": "Red", "1": "Green", "2": "Blue"}
LARGEST = 224
"""Pictures are at most this many pixels high and wide: they are shown no larger."""
NONE_YET = "No attribution has been taken yet."
DEAD = "Dead: all logits are exactly 0, so the network says nothing at all."


@dataclass(frozen=True)
class Strip:
    """A film: by title, the pictures of each step as data URLs; and the answer at each step as HTML."""

    pictures: dict[str, list[str]]
    answers: list[str]
    scale: str

    def plain(self) -> dict[str, Any]:
        """As the player takes it."""
        pictures = [{"title": title, "frames": frames} for title, frames in self.pictures.items()]
        return {"pictures": pictures, "answers": self.answers, "scale": self.scale}


def strip(found: AttributionMasks, channel: str, all_pictures: bool = True) -> Strip:
    """The film of one image, channels summed or a single one."""
    pictures: dict[str, list[str]] = {}
    bar = ""
    if all_pictures:
        heats = _channel(found.attributions[:, 0], channel, torch.sum)
        scale = _scale(heats)
        pictures["Attribution"] = ["", *(_png(scale.painted(_smaller(heat))) for heat in heats)]
        bar = scale.bar("Attribution", "One scale for all steps.") if len(heats) else ""
    products = _channel(found.products[:, 0], channel, torch.mean)
    pictures["Mask so far"] = [_png(_grey(product)) for product in products]
    pictures["What the network saw"] = [_png(_seen(found.seen(step), channel)) for step in range(found.iterations + 1)]
    return Strip(pictures, [_answer(found, step) for step in range(found.iterations + 1)], bar)


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
    """A map (h, w) of at most `LARGEST` pixels."""
    factor = LARGEST / max(values.shape)
    if factor >= 1:
        return values
    return F.interpolate(values[None, None], scale_factor=factor, mode="area")[0, 0]


def _grey(product: Tensor) -> Tensor:
    """A mask (h, w) as a picture (1, 3, h, w), its brightest value white."""
    small = _smaller(product)
    return (small / (small.max() or 1)).expand(1, 3, *small.shape)


def _seen(seen: Tensor, channel: str) -> Tensor:
    picture = seen if channel == "sum" else seen[:, int(channel), None].expand_as(seen)
    factor = LARGEST / max(picture.shape[2:])
    return picture if factor >= 1 else F.interpolate(picture, scale_factor=factor, mode="area")


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
    for category, probability in found.top(step, SHOWN):
        mine = " mx-original" if category == target else ""
        name = html.escape(category, quote=True)
        bars.append(
            f"<div class='mx-bar{mine}' title='{name} {probability:.2%}'>"
            f"<i style='width:{probability:.1%}'></i><span>{name}</span><b>{probability:.1%}</b></div>"
        )
    return "".join(bars)
