"""LIME's cards: the picture tinted by weight under each method, all on one scale, with the strongest segments."""

import html
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor
from torch.nn import functional as F

from masking.attribution import LimeExplanation, overlay
from masking.methods import METHODS
from pages.components.cards import picture_tag
from pages.components.outline import outlined
from pages.layers.cards import number
from pages.lime.text import FORM, limit, place

STRONGEST = 6
SIDE = 384
"""Pictures are at least about this many pixels wide, so that an outline is thinner than a segment."""
OUTLINE = 3
STEPS = 33
GREY = 0.62
"""What the scale lies on, in place of a picture."""
SIGNS = {"both": "Both", "positive": "For", "negative": "Against"}
FIT = (
    "R²: the share of the changes in the answers that the weights foretell in samples they were not fitted to "
    "(each left out in turn); 1 at best, 0 or less: they foretell nothing. Where it is low, samples are too few, or "
    "the answers are no sum over segments, and the weights say little."
)
SEEN = "Of samples it was not fitted to. Of those it was: {}, which is high with few samples, whatever they say"


@dataclass(frozen=True)
class Drawing:
    """How weights are shown: from which share of the scale on, of which sign, how opaque; and which is outlined."""

    threshold: float = 0.0
    sign: str = "both"
    opacity: float = 1.0
    chosen: int | None = None

    def shown(self, weights: Tensor, end: float) -> Tensor:
        """Of which weights there is anything to see, bool."""
        signed = {"both": weights != 0, "positive": weights > 0, "negative": weights < 0}[self.sign]
        return signed & (weights.abs() >= self.threshold * end)

    def picture(self, one: LimeExplanation, end: float) -> Tensor:
        """The picture (1, 3, h, w) tinted by what is shown of the weights; `end` has the strongest tint."""
        heat = one.heat()
        tinted = overlay(one.image, heat * self.shown(heat, end), end)
        factor = max(1, round(SIDE / max(tinted.shape[2:])))
        large = F.interpolate(torch.lerp(one.image, tinted, self.opacity), scale_factor=factor, mode="nearest")
        if self.chosen is None or self.chosen >= len(one.coefficients):
            return large
        inside = F.interpolate((one.segments == self.chosen)[None, None].float(), scale_factor=factor, mode="nearest")
        return outlined(large, inside[0, 0], OUTLINE)


def show_explanations(
    found: Mapping[str, LimeExplanation], drawing: Drawing, settled: bool, notes: Mapping[str, str]
) -> None:
    """One row of cards, and the scale that they share.

    Args:
        found: by method; the others of `notes` are still to come.
        drawing: how.
        settled: whether nothing more comes: then weights have their intervals.
        notes: by method, what is to be said of it, such as that it was cancelled.
    """
    end = limit(list(found.values()))
    cards = "".join(
        _card(found[name], drawing, end, settled, note) if name in found else _to_come(METHODS[name].title)
        for name, note in notes.items()
    )
    st.html(
        f"<div class='mx-cards mx-lime' role='list' tabindex='0' aria-label='Weights by masking method'>{cards}</div>"
        f"{scale(end, drawing)}<p class='mx-legend'>{FIT}</p>"
    )


def _to_come(title: str) -> str:
    return f"<article class='mx-card mx-to-come'><h4>{html.escape(title)}</h4><p>Waits for its turn.</p></article>"


def _card(one: LimeExplanation, drawing: Drawing, end: float, settled: bool, note: str) -> str:
    alt = f"the picture tinted by the weight of each segment for {one.category} under {one.title}"
    warning = f"<p class='mx-blind'>{html.escape(note)}</p>" if note else ""
    category = html.escape(one.category)
    facts = (
        f"<span title='{SEEN.format(number(one.r2, '.2f'))}'>R² (held out)</span>"
        f"<b>{number(one.r2_held_out, '.2f')}</b>"
        f"<span>Samples</span><b>{one.samples} of {one.settings.samples}</b>"
    )
    return (
        f"<article class='mx-card'><h4>{html.escape(one.title)}</h4>"
        f"{picture_tag(drawing.picture(one, end), alt)}"
        f"<div class='mx-verdict'>{category} {float(one.probabilities[0]):.1%}</div>{warning}"
        f"{_bars(one, drawing, end, settled)}<div class='mx-facts'>{facts}</div></article>"
    )


def _bars(one: LimeExplanation, drawing: Drawing, end: float, settled: bool) -> str:
    """The strongest of the segments shown, with intervals once there are any."""
    shown = drawing.shown(one.coefficients, end)
    order = (one.coefficients.abs() * shown).argsort(descending=True, stable=True)[:STRONGEST].tolist()
    bars = []
    for segment in order:
        if not shown[segment]:
            continue
        weight = float(one.coefficients[segment])
        low, high = sorted(one.interval[segment].abs().tolist()) if settled else (0.0, 0.0)
        low = 0.0 if settled and float(one.interval[segment].prod()) < 0 else low
        whisker = f"<u style='left:{_share(low, end)};right:calc(100% - {_share(high, end)})'></u>" if settled else ""
        ends = " … ".join(number(edge, FORM) for edge in one.interval[segment].tolist()) if settled else ""
        label = f"{segment} · {place(one.segments, segment)}"
        kind = "mx-for" if weight > 0 else "mx-against"
        chosen = " mx-chosen" if segment == drawing.chosen else ""
        bars.append(
            f"<div class='mx-bar {kind}{chosen}' title='segment {label}: {number(weight, '+.3f')} ({ends})'>"
            f"<i style='width:{_share(abs(weight), end)}'></i>{whisker}"
            f"<span>{label}</span><b>{number(weight, FORM)}</b></div>"
        )
    return "".join(bars) or "<p class='mx-legend'>No segment weighs as much.</p>"


def _share(size: float, end: float) -> str:
    return f"{min(size / end, 1):.1%}"


def tints(end: float, drawing: Drawing) -> Tensor:
    """The colour scale as an image (1, 3, 1, steps) from −end to end, laid on grey as weights are on the picture."""
    weights = torch.linspace(-end, end, STEPS)
    heat = (weights * drawing.shown(weights, end)).view(1, 1, 1, STEPS)
    bare = torch.full((1, 3, 1, STEPS), GREY)
    return torch.lerp(bare, overlay(bare, heat, end), drawing.opacity)


def scale(end: float, drawing: Drawing) -> str:
    """The colour scale as HTML: blue takes from the probability, red adds to it; what is not shown is left out."""
    colours = (255 * tints(end, drawing))[0, :, 0].T
    stops = ", ".join("rgb({:.0f},{:.0f},{:.0f})".format(*colour.tolist()) for colour in colours)
    ticks = "".join(
        f"<span>{number(report_forward_passes, '+.2g')}</span>" for report_forward_passes in (-end, 0.0, end)
    )
    least = f" Only weights of {number(drawing.threshold * end, '.2g')} or more are shown." if drawing.threshold else ""
    return (
        "<div class='mx-scale'><div>What its presence adds to the probability</div>"
        f"<i style='background:linear-gradient(to right, {stops})'></i>"
        f"<small>One scale for all methods; blue speaks against.{least}</small><p>{ticks}</p></div>"
    )
