"""What one segment's weight rests on: its weight under each method, and the samples that made it."""

import html
from collections.abc import Mapping

import streamlit as st
from torch import Tensor

from masking.attribution import LimeExplanation
from masking.masks.mask import Mask
from masking.methods import Fill, Method
from masking.models.classifier import Classifier
from masking.results.hatching import hatched
from pages.components.cards import picture_tag
from pages.layers.cards import number
from pages.lime.text import FORM, nothing, rank

SHOWN = 6

Film = dict[int, Tensor]
"""By sample: what the model saw of it (1, 3, h, w)."""


def seen_in(method: Method, classifier: Classifier, image: Tensor, mask: Mask) -> Tensor:
    """What the model was shown of the image (1, 3, h, w); hatched where it was shown no colour."""
    if isinstance(method, Fill):
        on_device = image.to(classifier.device)
        return method.fill(on_device, mask.to(on_device.device), classifier).cpu()
    return hatched(image, mask)


def film(one: LimeExplanation, method: Method, classifier: Classifier, segment: int) -> Film:
    """The samples that moved a segment's weight most, the strongest first, as the model saw them; no two alike."""
    distinct: dict[bytes, int] = {}
    for sample in one.evidence(segment, one.samples).tolist():
        distinct.setdefault(one.z[sample].numpy().tobytes(), sample)
    samples = list(distinct.values())[:SHOWN]
    return {sample: seen_in(method, classifier, one.image, one.mask(sample)) for sample in samples}


def show_evidence(found: Mapping[str, LimeExplanation], films: Mapping[str, Film], segment: int) -> None:
    """One row per method: the weight with its interval, then the filmstrip."""
    rows = "".join(_row(one, films[name], segment) for name, one in found.items())
    category = html.escape(next(iter(found.values())).category)
    st.html(
        "<div class='mx-matrix mx-film' role='region' tabindex='0' aria-label='Evidence behind the weight'>"
        f"<table><tbody>{rows}</tbody></table></div>"
        "<p class='mx-legend'><i class='mx-with'></i> segment present &nbsp; <i class='mx-without'></i> segment "
        f"hidden &nbsp; The samples that moved each weight most, as the model saw them. Bars: probability of "
        f"{category}. Below: what the sample adds to the weight.</p>"
    )


def _row(one: LimeExplanation, film: Film, segment: int) -> str:
    low, high = (number(edge, FORM) for edge in one.interval[segment].tolist())
    weight = number(float(one.coefficients[segment]), FORM)
    verdict = "no more than chance" if nothing(one, segment) else f"{rank(one, segment) + 1}. by size"
    moved = one.contributions(segment)
    frames = "".join(_frame(one, sample, seen, segment, float(moved[sample])) for sample, seen in film.items())
    return (
        f"<tr><th scope='row'>{html.escape(one.title)}<div class='mx-weight'>{weight}</div>"
        f"<small>{low} … {high}<br>{verdict}</small></th>{frames}</tr>"
    )


def _frame(one: LimeExplanation, sample: int, seen: Tensor, segment: int, moved: float) -> str:
    present = bool(one.z[sample, segment])
    probability = float(one.probabilities[sample])
    kind, word = ("mx-with", "present") if present else ("mx-without", "hidden")
    alt = f"sample {sample + 1} as the model saw it under {one.title}: the segment is {word}"
    return (
        f"<td><article class='mx-cut {kind}' title='{html.escape(alt, quote=True)}; it counts "
        f"{float(one.weights[sample]):.2f}'>{picture_tag(seen, alt)}"
        f"<div class='mx-bar mx-original'><i style='width:{probability:.1%}'></i><b>{probability:.1%}</b></div>"
        f"<small>{number(moved, '+.4f')}</small></article></td>"
    )
