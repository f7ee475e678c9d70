"""LIME's findings as sentences. This module does not use streamlit."""

from collections.abc import Mapping, Sequence
from itertools import combinations, permutations

import torch
from torch import Tensor

from masking.attribution import LimeExplanation, LimeSettings
from masking.attribution.lime_designs import complete_designs, design_size
from masking.measures import rank_correlation
from masking.results.sentences import join_names
from pages.components.numbers import number, percent

_ORDINALS = ("", "second ", "third ", "fourth ", "fifth ", "sixth ", "seventh ", "eighth ", "ninth ", "tenth ")
FORM = "+.2f"
NOTABLE = 3
"""A segment is worth a sentence if it is among this many of the strongest under some method."""
NEGLIGIBLE = 0.01
"""A weight below this share of the method's largest hardly matters, however certain it is."""
ALIKE = 0.7
"""From this rank correlation on, two methods share half of the variance of their ranks (its square) and may agree."""
ENOUGH = 4
"""With fewer samples per segment the weights shrink towards 0 and their intervals widen."""
WEAK_FIT = 0.2
"""Weights with a lower held-out R² than this say next to nothing about new samples."""


def position(segments: Tensor, segment: int) -> str:
    """Return where in the picture a segment's centre lies, by thirds: `top left` … `centre` … `bottom right`."""
    row, column = torch.nonzero(segments == segment).double().mean(0).tolist()
    height, width = segments.shape
    down, across = min(int(3 * (row + 0.5) / height), 2), min(int(3 * (column + 0.5) / width), 2)
    words = f"{('top', '', 'bottom')[down]} {('left', '', 'right')[across]}".strip()
    return words or "centre"


def segment_name(segments: Tensor, segment: int) -> str:
    """Return a segment's number with its position, such as `segment 3 (top left)`."""
    return f"segment {segment} ({position(segments, segment)})"


def marked_name(segments: Tensor, segment: int, selected: int | None) -> str:
    """Return how a sentence points to a segment that has an outline: yellow if it is the selected one, else white."""
    if selected in {None, segment}:
        return f"the segment outlined in yellow ({segment}, {position(segments, segment)})"
    return f"the segment outlined in white ({segment}, {position(segments, segment)})"


def rank_segments(explanations: Sequence[LimeExplanation]) -> list[int]:
    """Return the segments by the size of their largest weight in any of the explanations."""
    sizes = torch.stack([explanation.coefficients.abs() for explanation in explanations]).amax(0)
    return sizes.argsort(descending=True, stable=True).tolist()


def scale_limit(explanations: Sequence[LimeExplanation]) -> float:
    """Return the end of the colour scale that all explanations share: the size of their largest weight."""
    return max((float(explanation.coefficients.abs().max()) for explanation in explanations), default=0.0) or 1.0


def is_chance(explanation: LimeExplanation, segment: int) -> bool:
    """Return whether 0 lies in the interval of a segment's weight."""
    low, high = explanation.interval[segment].tolist()
    return low <= 0 <= high


def rank(explanation: LimeExplanation, segment: int) -> int:
    """Return the rank of a segment by the size of its weight, 0 for the strongest."""
    sizes = explanation.coefficients.abs()
    return int((sizes > sizes[segment]).sum())


def describe_weight(explanation: LimeExplanation, segment: int) -> str:
    """Return what an explanation says of a segment, such as `matters second most (+0.31)` or `does not matter`."""
    weight = number(float(explanation.coefficients[segment]), FORM)
    if is_chance(explanation, segment):
        return f"does not matter ({weight}, which may be chance)"
    if float(explanation.coefficients[segment].abs()) < NEGLIGIBLE * scale_limit([explanation]):
        return f"hardly matters ({weight})"
    order = rank(explanation, segment)
    ordinal = _ORDINALS[order] if order < len(_ORDINALS) else f"{order + 1}th "
    against = f" and speaks against {explanation.short_category}" if explanation.coefficients[segment] < 0 else ""
    return f"matters {ordinal}most ({weight}){against}"


def find_difference(explanations: Mapping[str, LimeExplanation]) -> tuple[int, str, str] | None:
    """Return the segment that two methods disagree about most, the method that gives it more, and the one with less.

    Weights count as shares of each method's largest. None if the intervals overlap: then no difference is certain.
    """
    best, most = None, 0.0
    for first, second in permutations(explanations, 2):
        strong, weak = explanations[first], explanations[second]
        shares = [explanation.coefficients / scale_limit([explanation]) for explanation in (strong, weak)]
        gap = (shares[0] - shares[1]).abs()
        apart = (strong.interval[:, 0] > weak.interval[:, 1]) | (strong.interval[:, 1] < weak.interval[:, 0])
        strongest = strong.coefficients.abs().argsort(descending=True, stable=True)[:NOTABLE]
        for segment in strongest.tolist():
            if apart[segment] and not is_chance(strong, segment) and float(gap[segment]) > most:
                best, most = (segment, first, second), float(gap[segment])
    return best


def first_segment(explanations: Mapping[str, LimeExplanation]) -> int:
    """Return the segment to look at first: that of the largest difference, else the one with the largest weight."""
    difference = find_difference(explanations)
    return rank_segments(list(explanations.values()))[0] if difference is None else difference[0]


def agree(explanations: Sequence[LimeExplanation]) -> bool:
    """Return whether all put the same segment first, by more than chance, and rank the others much alike."""
    firsts = {rank_segments([explanation])[0] for explanation in explanations}
    certain = len(firsts) == 1 and not any(
        is_chance(explanation, segment) for explanation in explanations for segment in firsts
    )
    return certain and lowest_correlation(explanations) >= ALIKE


def lowest_correlation(explanations: Sequence[LimeExplanation]) -> float:
    """Return the lowest rank correlation of any two explanations."""
    return min(
        rank_correlation(first.coefficients, second.coefficients) for first, second in combinations(explanations, 2)
    )


def _explain_disagreement(explanations: Sequence[LimeExplanation]) -> str:
    """Say why methods without a certain difference do not agree either."""
    lowest = number(lowest_correlation(explanations), ".2f")
    correlation = f"{'lowest ' if len(explanations) > 2 else ''}rank correlation {lowest}"
    if len({rank_segments([explanation])[0] for explanation in explanations}) > 1:
        return f"they put different segments first ({correlation})"
    if lowest_correlation(explanations) < ALIKE:
        return f"they rank the segments differently ({correlation})"
    return "chance alone could put the same segment first"


def few(samples: int, segments: int) -> str:
    """Return a warning if there are too few samples for the number of segments, else nothing."""
    if samples >= ENOUGH * segments:
        return ""
    return f"There are few samples for {segments} segments: weights shrink towards 0 and intervals are wide."


def findings(explanations: Mapping[str, LimeExplanation], selected: int | None = None) -> str:
    """Return what differs between the methods, or that they agree; of a single method, what matters most.

    `selected` is the segment whose evidence the page shows, if that is not the one that the sentence names.
    """
    if not explanations:
        return ""
    first = next(iter(explanations.values()))
    fewest = min(explanation.samples for explanation in explanations.values())
    segment = first_segment(explanations)
    name = marked_name(first.segments, segment, selected)
    return f"{_compare(explanations, first, segment, name)} {few(fewest, len(first.coefficients))}".rstrip()


def _compare(explanations: Mapping[str, LimeExplanation], first: LimeExplanation, segment: int, name: str) -> str:
    difference = find_difference(explanations)
    if difference is not None:
        _, strong, weak = difference
        return (
            f"{explanations[strong].title} says that {name} "
            f"{describe_weight(explanations[strong], segment)}; {explanations[weak].title.lower()} says that it "
            f"{describe_weight(explanations[weak], segment)}. "
            "Same network, same picture: only the way of hiding changed the explanation."
        )
    if len(explanations) > 1 and agree(list(explanations.values())):
        return f"The methods agree: {name} matters most under each of them, and they rank the other segments alike."
    if len(explanations) > 1:
        strong = max(explanations.values(), key=lambda explanation: float(explanation.coefficients[segment].abs()))
        weight = number(float(strong.coefficients[segment]), FORM)
        return (
            "No difference between the methods is certain, because their intervals overlap. They do not agree either: "
            f"{_explain_disagreement(list(explanations.values()))}. {strong.title} gives the largest weight of all "
            f"({weight}) to {name}."
        )
    return f"{first.title} explains “{first.short_category}”: {name} {describe_weight(first, segment)}."


def judge_fit(explanations: Mapping[str, LimeExplanation]) -> str:
    """Return how far the weights can be trusted: the share of the changes that they predict in new samples."""
    shares = join_names(
        [
            f"{_describe_share(explanation.r2_held_out)} under {explanation.title.lower()}"
            for explanation in explanations.values()
        ]
    )
    return (
        "Can you trust these colours? In samples that they were not fitted to, they predict this share of the changes "
        f"in the answer: {shares}. A small share means: take more samples, or the answer is no sum over segments."
    )


def _describe_share(r2: float) -> str:
    if r2 <= 0:
        return "nothing"
    return f"{percent(r2, 0)}{' (next to nothing)' if r2 < WEAK_FIT else ''}"


def describe_sampling(settings: LimeSettings, samples: int, segments: int) -> str:
    """Return how so many samples belong together, as a sentence; nothing if they are independent."""
    if settings.sampling == "independent":
        return ""
    if settings.sampling == "paired":
        return "Each sample comes with its complement."
    size, designs = design_size(segments), complete_designs(samples, segments)
    if not designs:
        return f"The samples are only paired: a complete balanced design of {segments} segments needs {size + 1:,}."
    count = "one complete balanced design" if designs == 1 else f"{designs} complete balanced designs"
    rest = samples - 1 - designs * size
    return f"The samples are {count} of {size}{f', and {rest} more in pairs' if rest else ''}."


def describe_stability(explanation: LimeExplanation) -> str:
    """Return whether LIME is stable, as a sentence; nothing if it does not run until it is."""
    settings = explanation.settings
    if not settings.until_stable:
        return ""
    wanted = min(settings.until_stable, len(explanation.coefficients))
    level = percent(settings.confidence, 0)
    if explanation.is_stable:
        strongest = "strongest segment is" if wanted == 1 else f"{wanted} strongest segments are"
        return f"Stable after {explanation.samples} samples: sign and rank of the {strongest} certain ({level})."
    certain = min(explanation.certain, wanted)
    return (
        f"Not stable after {explanation.samples} samples: {certain} of {wanted} strongest segments certain ({level})."
    )
