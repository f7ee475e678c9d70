"""The frames of an attribution mask: three pictures and an answer for every iteration, rendered once in a job."""

import base64
import html
import io
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from masking.attribution import AttributionMasks
from masking.attribution.mask_sentences import label_of
from masking.image import to_picture
from masking.masks.shares import share_text
from masking.results.notebook import html_table
from masking.results.sentences import entropy_text
from pages.components.cards import TOP
from pages.components.heatmap import CLIPPED, Scale
from pages.components.numbers import percent
from pages.shell.errors import as_sentence
from pages.shell.jobs import PATIENCE_SECONDS, Job, jobs, show_failure, show_progress

CHANNEL, STRETCHED = "channel-of", "stretched"
CHANNELS = {"sum": "Summed", "0": "Red", "1": "Green", "2": "Blue"}
LARGEST = 224
"""Pictures are at most this many pixels high and wide: the page shows them no larger."""
ONE_SCALE = "One scale for all steps."
SIGNS = f"Red speaks for the class, blue against it. {ONE_SCALE}"
BEFORE_FIRST = "There is no attribution before the first iteration."
COMING = "Being computed …"
DEAD = "Dead: all logits are exactly 0, so the network says nothing at all."


@dataclass(frozen=True)
class Frames:
    """The pictures and answers that the player shows at each step.

    Attributes:
        pictures: by title, one picture per step as a data URL, "" where there is none.
        answers: the network's answer at each step as HTML.
        scale: colour scale of the attributions as HTML.
        empty: the text in place of a missing picture.
    """

    pictures: dict[str, list[str]]
    answers: list[str]
    scale: str
    empty: str = BEFORE_FIRST

    @property
    def bytes(self) -> int:
        """Approximate size in memory."""
        return sum(len(picture) for pictures in self.pictures.values() for picture in pictures)

    def blank(self, reason: str) -> "Frames":
        """Return as many frames without pictures, with the reason in their place."""
        return Frames({title: [] for title in self.pictures}, [""] * len(self.answers), "", reason)

    def to_player(self) -> dict[str, Any]:
        """Return the frames as the player takes them."""
        pictures = [{"title": title, "frames": frames} for title, frames in self.pictures.items()]
        return {"pictures": pictures, "answers": self.answers, "scale": self.scale, "empty": self.empty}


def render_in_background(masks: Mapping[str, AttributionMasks], all_pictures: bool) -> list[Frames] | None:
    """Return the frames of these masks (by key of their request), one job each; None and progress until all are there.

    Channel and contrast are as the page's controls are set.
    """
    channel: str = st.session_state[CHANNEL]
    stretched: bool = st.session_state[STRETCHED]

    def work_on(each: AttributionMasks) -> Callable[[Job], Frames]:
        def work(job: Job) -> Frames:
            frames = render_frames(each, channel, stretched, all_pictures)
            job.bytes += frames.bytes
            return frames

        return work

    slot = "frames" if all_pictures else "control-frames"
    works = {f"{slot} {channel} {stretched} {key}": work_on(each) for key, each in masks.items()}
    started = {key: jobs().start(key, "Rendering pictures", work, slot=slot) for key, work in works.items()}
    for key, job in started.items():
        job.wait(PATIENCE_SECONDS)
        if not job.finished:
            show_progress(job, slot)
            return None
        if job.error:
            show_failure(as_sentence(job.error), key, slot, slot=slot)
            return None
    return [job.result for job in started.values()]


def render_frames(masks: AttributionMasks, channel: str, stretched: bool = False, all_pictures: bool = True) -> Frames:
    """Render the iterations of one image.

    Args:
        masks: of one image.
        channel: `sum` for all channels together, or the index of one.
        stretched: let half a percent of the mask go beyond white, and show what is left of the picture with as much
            contrast. Without it, white is the brightest value of the mask.
        all_pictures: also show the attributions.
    """
    pictures: dict[str, list[str]] = {}
    bar = ""
    if all_pictures:
        heats = _reduce_channels(masks.attributions[:, 0], channel, torch.sum)
        scale = _shared_scale(heats)
        pictures["Attribution"] = ["", *_render_heats(heats, scale)]
        bar = scale.bar("Attribution", SIGNS if scale.low < 0 else ONE_SCALE) if len(heats) else ""
    steps = range(masks.iterations + 1)
    whites = [_white(product, stretched) for product in masks.products[:, 0]]
    products = _reduce_channels(masks.products[:, 0], channel, torch.mean)
    mask_title, seen_title = ("Mask so far", "What the network saw") if all_pictures else ("Mask", "Seen")
    suffix = ", stretched" if stretched else ""
    pictures[f"{mask_title}{suffix}"] = [
        _to_url(_grey(product / white)) for product, white in zip(products, whites, strict=True)
    ]
    pictures[f"{seen_title}{suffix}"] = [
        _to_url(_seen(masks, step, channel, white if stretched else 1.0))
        for step, white in zip(steps, whites, strict=True)
    ]
    return Frames(pictures, [_answer(masks, step) for step in steps], bar)


def _white(product: Tensor, stretched: bool) -> float:
    """Return the value of a mask (3, h, w) that is shown white: its largest, or the one nearly all of it is below."""
    end = float(np.quantile(product.numpy(), 1 - CLIPPED)) if stretched else 0.0
    return end or float(product.max()) or 1.0


def _render_heats(heats: Tensor, scale: Scale) -> list[str]:
    """Render maps (steps, h, w) in the colours of a scale."""
    if not len(heats):
        return []
    small = _shrink(heats[:, None])[:, 0]
    tall = scale.paint(small.flatten(0, 1))  # all maps at once, because looking the colours up is slow
    return [_to_url(picture) for picture in tall.split(small.shape[1], 2)]


def _reduce_channels(values: Tensor, channel: str, reduce: Callable[..., Tensor]) -> Tensor:
    """Reduce values (steps, 3, h, w) to maps (steps, h, w): all channels together, or a single one."""
    return reduce(values, 1) if channel == "sum" else values[:, int(channel)]


def _shared_scale(heats: Tensor) -> Scale:
    """Return one scale for all steps; all but a few pixels of each step lie below its end."""
    if not len(heats):
        return Scale(0.0, 1.0)
    ends = [float(np.quantile(heat.abs().numpy(), 1 - CLIPPED)) for heat in heats]
    end = max(ends) or float(heats.abs().max()) or 1.0
    return Scale(-end if float(heats.min()) < 0 else 0.0, end)


def _shrink(values: Tensor) -> Tensor:
    """Shrink maps (n, c, h, w) to at most `LARGEST` pixels a side."""
    factor = LARGEST / max(values.shape[2:])
    return values if factor >= 1 else F.interpolate(values, scale_factor=factor, mode="area")


def _grey(product: Tensor) -> Tensor:
    """Return a mask (h, w) as a picture (1, 3, h, w)."""
    return _shrink(product[None, None].clamp(max=1)).expand(-1, 3, -1, -1)


def _seen(masks: AttributionMasks, step: int, channel: str, white: float) -> Tensor:
    """Return what the network was given as a picture (1, 3, h, w), with a contrast that turns `white` into 1."""
    seen = (masks.mean + (masks.seen(step) - masks.mean) / white).clamp(0, 1)
    return _shrink(seen if channel == "sum" else seen[:, int(channel), None].expand_as(seen))


def _to_url(picture: Tensor) -> str:
    buffer = io.BytesIO()
    image = to_picture(picture)
    colours = image.getcolors(256)
    image = image.quantize(256, dither=Image.Dither.NONE) if colours is not None else image  # exact, and much smaller
    image.save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _answer(masks: AttributionMasks, step: int) -> str:
    """Return the network's answer at a step as HTML."""
    target = label_of(masks)
    if dead := bool(masks.dead[step, 0]):
        category, bars = "Nothing", f"<p class='mx-blind'>{DEAD}</p>"
    else:
        category, bars = masks.predicted_name(step) or "", _bars(masks, step, target)
    limit = math.log2(len(masks.categories))
    facts = {
        f"“{target}”": "none" if dead else percent(float(masks.probability[step, 0])),
        "Doubt": entropy_text(float(masks.entropy[step, 0]), limit),
    }
    rows = "".join(
        f"<span title='{html.escape(name, quote=True)}'>{html.escape(name)}</span><b>{value}</b>"
        for name, value in facts.items()
    )
    return (
        f"<div class='mx-verdict' title='{html.escape(category, quote=True)}'>{html.escape(category)}</div>"
        f"{bars}<div class='mx-facts'>{rows}</div>"
    )


def mask_table(masks: Mapping[str, AttributionMasks]) -> str:
    """Return a table of what each mask so far leaves of the picture, one row per attribution (by title) and step."""
    rows: list[dict[str, str]] = []
    for title, each in masks.items():
        for step in range(each.iterations + 1):
            mask = each.products[step, 0]
            rows.append(
                {
                    "Attribution": title,
                    "Iteration": str(step),
                    "Mean of the mask (1 = whole picture)": f"{float(mask.mean()):.2g}",
                    "Its largest value (shown white)": f"{float(mask.max()):.2g}",
                    "Values that are exactly 0": share_text(float(each.zero_share[step, 0]), 2),
                }
            )
    return f"<div class='mx-matrix mx-numbers' role='region' tabindex='0' aria-label='Masks'>{html_table(rows)}</div>"


def _bars(masks: AttributionMasks, step: int, target: str) -> str:
    bars = []
    for category, probability in masks.top(step, TOP, short=True):
        kind = " mx-original" if category == target else ""
        name = html.escape(category, quote=True)
        bars.append(
            f"<div class='mx-bar{kind}' title='{name} {percent(probability, 2)}'>"
            f"<i style='width:{probability:.1%}'></i><span>{name}</span><b>{percent(probability)}</b></div>"
        )
    return "".join(bars)
