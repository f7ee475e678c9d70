"""What LIME found under several methods, in words. No streamlit in here."""

from collections.abc import Mapping, Sequence
from itertools import permutations

import torch
from torch import Tensor

from masking.attribution import LimeExplanation
from pages.ui.layer_cards import number

_RANKS = ("", "second ", "third ", "fourth ", "fifth ", "sixth ", "seventh ", "eighth ", "ninth ", "tenth ")
FORM = "+.2f"
NOTABLE = 3
"""A segment is worth a sentence where it is among so many of the strongest under some method."""
NEGLIGIBLE = 0.01
"""Less than this share of a method's strongest weight is next to none, however sure it is."""


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


def reading(found: Mapping[str, LimeExplanation]) -> str:
    """One sentence on what differs between the methods; of one alone, what it rests on most."""
    if not found:
        return ""
    first = next(iter(found.values()))
    told = difference(found)
    if told is not None:
        segment, strong, weak = told
        return (
            f"Under {found[strong].title.lower()}, {named(first.segments, segment)} "
            f"{carries(found[strong], segment)}; under {found[weak].title.lower()} it "
            f"{carries(found[weak], segment)}."
        )
    top = by_weight([first])[0]
    where = named(first.segments, top)
    if len(found) > 1:
        return f"The methods agree: what weighs most under one does so under the others, {where} first of all."
    return f"Under {first.title.lower()}, {where} {carries(first, top)} for {first.category}."
