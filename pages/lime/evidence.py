"""The evidence behind one segment's weight: the weight under each method, and the samples that made it."""

import html
from collections.abc import Mapping

import streamlit as st
from torch import Tensor

from masking.attribution import LimeExplanation
from masking.masks.mask import Mask
from masking.methods import Method
from masking.models.classifier import Classifier
from masking.results.hatching import hatched
from pages.components.cards import picture_tag
from pages.components.numbers import number, percent
from pages.lime.text import FORM, is_chance, rank

SAMPLES = 6
"""Samples in a row, at most."""

Samples = dict[int, Tensor]
"""What the model saw (1, 3, h, w), by number of the sample."""


def render_masked(method: Method, classifier: Classifier, image: Tensor, mask: Mask) -> Tensor:
    """Return what the model sees of the image (1, 3, h, w); hatched where the method gives it no colour."""
    on_device = image.to(classifier.device)
    seen = method.picture(on_device, mask.to(on_device.device), classifier)
    return hatched(image, mask) if seen is None else seen.cpu()


def render_evidence(explanation: LimeExplanation, method: Method, classifier: Classifier, segment: int) -> Samples:
    """Return the samples that moved a segment's weight most, strongest first, as the model saw them; all distinct."""
    distinct: dict[bytes, int] = {}
    for sample in explanation.evidence(segment, explanation.samples).tolist():
        distinct.setdefault(explanation.z[sample].numpy().tobytes(), sample)
    samples = list(distinct.values())[:SAMPLES]
    return {
        sample: render_masked(method, classifier, explanation.image, explanation.mask(sample)) for sample in samples
    }


def show_evidence(explanations: Mapping[str, LimeExplanation], samples: Mapping[str, Samples], segment: int) -> None:
    """Show one row per method: the weight with its interval, then the samples behind it."""
    rows = "".join(_row(explanation, samples[name], segment) for name, explanation in explanations.items())
    category = html.escape(next(iter(explanations.values())).short_category)
    st.html(
        "<div class='mx-matrix mx-evidence' role='region' tabindex='0' aria-label='Evidence behind the weight'>"
        f"<table><tbody>{rows}</tbody></table></div>"
        "<p class='mx-legend'><i class='mx-with'></i> segment visible &nbsp; <i class='mx-without'></i> segment "
        "hidden &nbsp; These samples moved each weight most; pictures are as the network saw them. The bar is the "
        f"probability of “{category}”. The number below it is what the sample adds to the weight.</p>"
    )


def _row(explanation: LimeExplanation, samples: Samples, segment: int) -> str:
    low, high = (number(end, FORM) for end in explanation.interval[segment].tolist())
    weight = number(float(explanation.coefficients[segment]), FORM)
    order = f"rank {rank(explanation, segment) + 1} of {len(explanation.coefficients)}"
    verdict = "may be chance" if is_chance(explanation, segment) else order
    contributions = explanation.contributions(segment)
    cells = "".join(
        _sample_cell(explanation, sample, picture, segment, float(contributions[sample]))
        for sample, picture in samples.items()
    )
    return (
        f"<tr><th scope='row'>{html.escape(explanation.title)}<div class='mx-weight'>{weight}</div>"
        f"<small>{low} … {high}<br>{verdict}</small></th>{cells}</tr>"
    )


def _sample_cell(explanation: LimeExplanation, sample: int, picture: Tensor, segment: int, contribution: float) -> str:
    is_visible = bool(explanation.z[sample, segment])
    probability = float(explanation.probabilities[sample])
    kind, word = ("mx-with", "visible") if is_visible else ("mx-without", "hidden")
    alt = f"sample {sample + 1} as the model saw it under {explanation.title}: the segment is {word}"
    return (
        f"<td><article class='mx-cut {kind}' title='{html.escape(alt, quote=True)}; its weight in the fit is "
        f"{float(explanation.weights[sample]):.2f}'>{picture_tag(picture, alt)}"
        f"<div class='mx-bar mx-original'><i style='width:{probability:.1%}'></i><b>{percent(probability)}</b></div>"
        f"<small>{number(contribution, '+.4f')}</small></article></td>"
    )
