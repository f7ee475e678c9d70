"""What LIME found under several methods, in words. No streamlit in here."""

from collections.abc import Mapping, Sequence
from itertools import combinations, permutations

import torch
from torch import Tensor

from masking.attribution import LimeExplanation
from masking.measures import rank_correlation
from pages.layers.cards import number

_RANKS = ("", "second ", "third ", "fourth ", "fifth ", "sixth ", "seventh ", "eighth ", "ninth ", "tenth ")
FORM = "+.2f"
NOTABLE = 3
"""A segment is worth a sentence where it is among so many of the strongest under some method."""
NEGLIGIBLE = 0.01
"""Less than this share of a method's strongest weight is next to none, however sure it is."""
ALIKE = 0.7
"""From this rank correlation on, two methods share half of what varies in their ranks (its square), and may agree."""
ENOUGH = 4
"""Fewer samples per segment shrink the weights towards 0 and widen their intervals."""


def place(segments: Tensor, segment: int) -> str:
    """Where in the picture a segment's centre lies, by thirds: `top left` … `centre` … `bottom right`."""
    rows, columns = torch.nonzero(segments == segment).double().mean(0).tolist()
    height, width = segments.shape
    down, across = min(int(3 * (rows + 0.5) / height), 2), min(int(3 * (columns + 0.5) / width), 2)
    words = f"{('top', '', 'bottom')[down]} {('left', '', 'right')[across]}".strip()
    return words or "centre"


def named(segments: Tensor, segment: int) -> str:
    """A segment with its place."""
    return f"segment {segment} ({place(segments, segment)})"


def by_weight(found: Sequence[LimeExplanation]) -> list[int]:
    """The segments by their largest weight in any of the explanations, in size."""
    sizes = torch.stack([one.coefficients.abs() for one in found]).amax(0)
    return sizes.argsort(descending=True, stable=True).tolist()


def limit(found: Sequence[LimeExplanation]) -> float:
    """The end of the colour scale that all explanations share: their largest weight in size."""
    return max((float(one.coefficients.abs().max()) for one in found), default=0.0) or 1.0


def nothing(one: LimeExplanation, segment: int) -> bool:
    """Whether 0 lies in the interval of a segment's weight."""
    low, high = one.interval[segment].tolist()
    return low <= 0 <= high


def rank(one: LimeExplanation, segment: int) -> int:
    """The place of a segment by size of its weight, 0 for the strongest."""
    sizes = one.coefficients.abs()
    return int((sizes > sizes[segment]).sum())


def carries(one: LimeExplanation, segment: int) -> str:
    """`carries the second largest weight (+0.31)`, or `carries none` where chance explains as much."""
    weight = number(float(one.coefficients[segment]), FORM)
    if nothing(one, segment):
        return f"carries none ({weight}, no more than chance)"
    if float(one.coefficients[segment].abs()) < NEGLIGIBLE * limit([one]):
        return f"carries next to none ({weight})"
    order = rank(one, segment)
    ordinal = _RANKS[order] if order < len(_RANKS) else f"{order + 1}th "
    against = f" and speaks against {one.category}" if one.coefficients[segment] < 0 else ""
    return f"carries the {ordinal}largest weight ({weight}){against}"


def difference(found: Mapping[str, LimeExplanation]) -> tuple[int, str, str] | None:
    """The segment that two methods disagree about most, and under which it weighs more and less.

    Weights count as shares of each method's largest. Where the intervals overlap, there is no difference to tell.
    """
    best, most = None, 0.0
    for first, second in permutations(found, 2):
        one, other = found[first], found[second]
        shares = [each.coefficients / limit([each]) for each in (one, other)]
        gap = (shares[0] - shares[1]).abs()
        apart = (one.interval[:, 0] > other.interval[:, 1]) | (one.interval[:, 1] < other.interval[:, 0])
        strong = one.coefficients.abs().argsort(descending=True, stable=True)[:NOTABLE]
        for segment in strong.tolist():
            if apart[segment] and not nothing(one, segment) and float(gap[segment]) > most:
                best, most = (segment, first, second), float(gap[segment])
    return best


def telling(found: Mapping[str, LimeExplanation]) -> int:
    """The segment to look at first: that of the difference, if there is one, else the heaviest."""
    told = difference(found)
    return by_weight(list(found.values()))[0] if told is None else told[0]


def agree(found: Sequence[LimeExplanation]) -> bool:
    """Whether all have one segment first, by more than chance, and rank the others much alike."""
    firsts = {by_weight([one])[0] for one in found}
    sure = len(firsts) == 1 and not any(nothing(one, segment) for one in found for segment in firsts)
    return sure and likeness(found) >= ALIKE


def likeness(found: Sequence[LimeExplanation]) -> float:
    """The lowest rank correlation of any two."""
    return min(rank_correlation(one.coefficients, other.coefficients) for one, other in combinations(found, 2))


def _unlike(found: Sequence[LimeExplanation]) -> str:
    """Why methods without a certain difference are not said to agree."""
    correlation = f"rank correlation {number(likeness(found), '.2f')}{' at the lowest' if len(found) > 2 else ''}"
    if len({by_weight([one])[0] for one in found}) > 1:
        return f"they put different segments first ({correlation})"
    if likeness(found) < ALIKE:
        return f"they rank the segments differently ({correlation})"
    return "chance alone might put the same segment first"


def few(samples: int, segments: int) -> str:
    """A warning where so many samples are too few for so many segments, else nothing."""
    if samples >= ENOUGH * segments:
        return ""
    return f"Few samples for {segments} segments: weights are shrunk, intervals wide."


def reading(found: Mapping[str, LimeExplanation]) -> str:
    """What differs between the methods, or that nothing certain does; of one alone, what it rests on most."""
    if not found:
        return ""
    first = next(iter(found.values()))
    fewest = min(one.samples for one in found.values())
    return f"{_compared(found, first)} {few(fewest, len(first.coefficients))}".rstrip()


def _compared(found: Mapping[str, LimeExplanation], first: LimeExplanation) -> str:
    told = difference(found)
    if told is not None:
        segment, strong, weak = told
        return (
            f"Under {found[strong].title.lower()}, {named(first.segments, segment)} "
            f"{carries(found[strong], segment)}; under {found[weak].title.lower()} it "
            f"{carries(found[weak], segment)}."
        )
    top = telling(found)
    where = named(first.segments, top)
    if len(found) > 1 and agree(list(found.values())):
        return f"The methods agree: what weighs most under one does so under the others, {where} first of all."
    if len(found) > 1:
        strong = max(found.values(), key=lambda one: float(one.coefficients[top].abs()))
        return (
            f"No difference between the methods is certain, since intervals overlap; nor do they agree: "
            f"{_unlike(list(found.values()))}. The largest weight of all is that of {where} under "
            f"{strong.title.lower()} ({number(float(strong.coefficients[top]), FORM)})."
        )
    return f"Under {first.title.lower()}, {where} {carries(first, top)} for {first.category}."
