"""LIME's cards: the picture tinted by weight under each method, all on one scale, with the strongest segments."""

import html
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor
from torch.nn import functional as F

from masking.attribution import LimeExplanation, overlay
from pages.components.cards import picture_tag
from pages.components.method_names import method_title
from pages.components.numbers import number, percent
from pages.components.outline import WHITE, YELLOW, draw_outline
from pages.lime.text import FORM, judge_fit, position, scale_limit

STRONGEST = 6
SIDE = 384
"""Pictures are at least about this many pixels wide, so that an outline is thinner than a segment."""
OUTLINE = 3
STEPS = 33
GREY = 0.62
"""Background of the colour scale, in place of a picture."""
SIGNS = {"both": "Both", "positive": "For", "negative": "Against"}
FIT_HELP = (
    "Share of the changes in the answer that the weights predict in samples they were not fitted to (each left out in "
    "turn); 1 is best. In samples they were fitted to: {}, which is high with few samples in any case"
)

SAMPLING_HELP = (
    "How samples belong together: not at all, each with its complement, or in balanced designs of such pairs"
)


@dataclass(frozen=True)
class Drawing:
    """How weights are drawn.

    Attributes:
        threshold: the least share of the scale.
        sign: `both`, `positive` or `negative`.
        opacity: of the tint, 0 … 1.
        outlined: the segment with a yellow outline, if there is one.
        named: the segment that the sentence above the pictures names; a white outline, if it is another one.
    """

    threshold: float = 0.0
    sign: str = "both"
    opacity: float = 1.0
    outlined: int | None = None
    named: int | None = None

    def is_visible(self, weights: Tensor, limit: float) -> Tensor:
        """Return which of the weights are drawn, bool."""
        signed = {"both": weights != 0, "positive": weights > 0, "negative": weights < 0}[self.sign]
        return signed & (weights.abs() >= self.threshold * limit)

    def strongest(self, explanation: LimeExplanation, limit: float) -> list[int]:
        """Return the segments that are drawn, the one with the largest weight first."""
        visible = self.is_visible(explanation.coefficients, limit)
        order = (explanation.coefficients.abs() * visible).argsort(descending=True, stable=True)
        return [segment for segment in order.tolist() if visible[segment]]

    def picture(self, explanation: LimeExplanation, limit: float) -> Tensor:
        """Return the picture (1, 3, h, w) tinted by the visible weights; a weight of `limit` has the strongest tint."""
        heat = explanation.heat()
        tinted = overlay(explanation.image, heat * self.is_visible(heat, limit), limit)
        factor = max(1, round(SIDE / max(tinted.shape[2:])))
        blended = torch.lerp(explanation.image, tinted, self.opacity)
        large = F.interpolate(blended, scale_factor=factor, mode="nearest")
        for segment, colour in ((self.named, WHITE), (self.outlined, YELLOW)):
            if segment is not None and segment < len(explanation.coefficients):
                region = (explanation.segments == segment)[None, None].float()
                inside = F.interpolate(region, scale_factor=factor, mode="nearest")[0, 0]
                large = draw_outline(large, inside, OUTLINE, colour)
        return large


def show_explanations(
    explanations: Mapping[str, LimeExplanation], drawing: Drawing, settled: bool, notes: Mapping[str, str]
) -> None:
    """Show one row of cards and the scale that they share.

    Args:
        explanations: by method; methods that are only in `notes` have no result yet.
        drawing: how weights are drawn.
        settled: whether all results are final; then weights have their intervals.
        notes: by method, a warning for its card, such as that it was cancelled, or "".
    """
    limit = scale_limit(list(explanations.values()))
    cards = "".join(
        _card(explanations[name], drawing, limit, settled, note)
        if name in explanations
        else _waiting_card(method_title(name))
        for name, note in notes.items()
    )
    st.html(
        f"<div class='mx-cards mx-lime' role='list' aria-label='Weights by masking method'>{cards}</div>"
        f"{scale(limit, drawing)}<p class='mx-legend'>{html.escape(judge_fit(explanations))}</p>"
    )


def _waiting_card(title: str) -> str:
    return (
        f"<div class='mx-card mx-to-come' role='listitem'><h3>{html.escape(title)}</h3>"
        "<p>Waiting for its first samples.</p></div>"
    )


def _card(explanation: LimeExplanation, drawing: Drawing, limit: float, settled: bool, note: str) -> str:
    alt = f"the picture tinted by the weight of each segment for {explanation.short_category} under {explanation.title}"
    kind = "mx-legend" if note and explanation.is_stable else "mx-blind"
    warning = f"<p class='{kind}'>{html.escape(note)}</p>" if note else ""
    facts = (
        f"<span title='{FIT_HELP.format(number(explanation.r2, '.2f'))}'>R² (held out)</span>"
        f"<b>{number(explanation.r2_held_out, '.2f')}</b>"
        f"<span>Samples</span><b>{explanation.samples} of {explanation.settings.samples}</b>"
        f"<span title='{SAMPLING_HELP}'>Sampling</span><b>{explanation.settings.sampling}</b>"
    )
    answer = f"{explanation.short_category} {percent(float(explanation.probabilities[0]))}"
    whole_name = html.escape(explanation.category, quote=True)
    return (
        f"<div class='mx-card' role='listitem'><h3>{html.escape(explanation.title)}</h3>"
        f"{picture_tag(drawing.picture(explanation, limit), alt)}"
        f"<div class='mx-verdict' title='{whole_name}'>{html.escape(answer)}</div>{warning}"
        f"{_bars(explanation, drawing, limit, settled)}<div class='mx-facts'>{facts}</div></div>"
    )


def _bars(explanation: LimeExplanation, drawing: Drawing, limit: float, settled: bool) -> str:
    """Return bars of the strongest visible segments, with intervals if the results are settled."""
    strongest = drawing.strongest(explanation, limit)[:STRONGEST]
    bars = "".join(_bar(explanation, segment, drawing, limit, settled) for segment in strongest)
    return (
        f"<div class='mx-bars'>{bars}</div>"
        if bars
        else "<p class='mx-legend'>No segment has a weight of this size.</p>"
    )


def _bar(explanation: LimeExplanation, segment: int, drawing: Drawing, limit: float, settled: bool) -> str:
    weight = float(explanation.coefficients[segment])
    whisker, interval = "", ""
    if settled:
        ends = explanation.interval[segment]
        low, high = sorted(ends.abs().tolist())
        low = 0.0 if float(ends.prod()) < 0 else low
        whisker = f"<u style='left:{_length(low, limit)};right:calc(100% - {_length(high, limit)})'></u>"
        interval = f" ({' … '.join(number(end, FORM) for end in ends.tolist())})"
    label = f"{segment} · {position(explanation.segments, segment)}"
    kind = "mx-for" if weight > 0 else "mx-against"
    kind += " mx-chosen" if segment == drawing.outlined else " mx-named" if segment == drawing.named else ""
    return (
        f"<div class='mx-bar {kind}' title='segment {label}: {number(weight, '+.3f')}{interval}'>"
        f"<i style='width:{_length(abs(weight), limit)}'></i>{whisker}"
        f"<span>{label}</span><b>{number(weight, FORM)}</b></div>"
    )


def _length(size: float, limit: float) -> str:
    return f"{min(size / limit, 1):.1%}"


def scale_picture(limit: float, drawing: Drawing) -> Tensor:
    """Return the colour scale from −limit to limit as an image (1, 3, 1, steps), laid on grey."""
    weights = torch.linspace(-limit, limit, STEPS)
    heat = (weights * drawing.is_visible(weights, limit)).view(1, 1, 1, STEPS)
    grey = torch.full((1, 3, 1, STEPS), GREY)
    return torch.lerp(grey, overlay(grey, heat, limit), drawing.opacity)


def scale(limit: float, drawing: Drawing) -> str:
    """Return the colour scale as HTML: blue lowers the probability, red raises it; invisible weights are left out."""
    colours = (255 * scale_picture(limit, drawing))[0, :, 0].T
    stops = ", ".join("rgb({:.0f},{:.0f},{:.0f})".format(*colour.tolist()) for colour in colours)
    ticks = "".join(f"<span>{number(weight, '+.2g')}</span>" for weight in (-limit, 0.0, limit))
    least = f" Only weights of {number(drawing.threshold * limit, '.2g')} or more." if drawing.threshold else ""
    return (
        "<div class='mx-scale'><div>Effect on the probability</div>"
        f"<i style='background:linear-gradient(to right, {stops})'></i>"
        f"<small>Red segments speak for the class, blue ones against it; one scale for all methods.{least}</small>"
        f"<p>{ticks}</p></div>"
    )
