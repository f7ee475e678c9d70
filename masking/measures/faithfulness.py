"""Whether the answer follows the explanation, measured while more and more segments of an image are hidden.

A curve is the probability of a class, (steps,), over the share of the image that is hidden, (steps,): the first step
hides nothing, the last everything. The area under it is a mean over the share of *pixels*, not of segments, because
a large segment is more likely both to matter and to come first.

Insertion starts with a hidden image and shows its segments again, most salient first. After k segments exactly the
others are hidden: these are the masks of hiding the least salient first, in reverse order. One function therefore
computes both areas.
"""

import torch
from torch import Tensor

from masking.measures.measure import measure


def area(hidden: Tensor, values: Tensor) -> float:
    """Compute the mean of values (steps,) over the hidden share (steps,), linear between steps.

    Raises:
        ValueError: fewer than two steps, shares that do not grow, or shapes that do not fit.
    """
    if hidden.shape != values.shape or hidden.ndim != 1 or len(hidden) < 2:
        shapes = f"{tuple(hidden.shape)} and {tuple(values.shape)}"
        raise ValueError(f"a curve needs one value for each of two or more shares; these have shapes {shapes}")
    if (hidden.diff() < 0).any() or hidden[0] == hidden[-1]:
        raise ValueError("the hidden share has to grow from step to step; sort the curve")
    return float(torch.trapezoid(values.double(), hidden.double()) / (hidden[-1] - hidden[0]).double())


@measure(
    "Deletion",
    "mean probability, 0 … 1",
    "lower",
    "The mean probability of the explained class while segments are hidden, most salient first.",
    "Petsiuk et al., BMVC 2018 (RISE)",
)
def deletion(hidden: Tensor, probability: Tensor) -> float:
    """Compute the mean probability of the explained class while segments are hidden, most salient first."""
    return area(hidden, probability)


@measure(
    "Insertion",
    "mean probability, 0 … 1",
    "higher",
    "The mean probability of the explained class while segments are shown again, most salient first.",
    "Petsiuk et al., BMVC 2018 (RISE)",
)
def insertion(hidden: Tensor, probability: Tensor) -> float:
    """Compute the mean probability of the explained class while segments are shown again, most salient first.

    The curve is the one of hiding the least salient first.
    """
    return area(hidden, probability)


@measure(
    "Separation",
    "difference of mean probabilities, −1 … 1",
    "higher",
    "How much more probable the class stays if the least salient segments are hidden first; at 0 the order is no help.",
    "degradation of Schulz et al., ICLR 2020",
)
def separation(insertion_area: float, deletion_area: float) -> float:
    """Compute insertion − deletion; 0 means that the order does not help."""
    return insertion_area - deletion_area


@measure(
    "Top-k ablation",
    "probability lost, −1 … 1",
    "higher",
    "How much probability the explained class loses when the k most salient segments are hidden.",
    "Balasubramanian & Feizi 2023, LIME experiments",
)
def lost(probability: Tensor, step: int) -> float:
    """Compute how much probability the explained class loses when the k most salient segments are hidden.

    Args:
        probability: (steps,), while the most salient segments are hidden first.
        step: the step to compare with the first; step k, if each step hides one segment.

    Raises:
        ValueError: no such step.
    """
    if not 0 <= step < len(probability):
        raise ValueError(f"there is no step {step}; they go from 0 to {len(probability) - 1}")
    return float(probability[0] - probability[step])
