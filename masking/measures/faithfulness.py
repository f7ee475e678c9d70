"""Does the answer follow the explanation? Measured on answers to an image from which ever more segments are hidden.

A curve is the probability of a class, (steps,), beside the share of the image that is hidden, (steps,): the first
step hides nothing, the last everything. Areas under it are means over the share of *pixels*, not of segments, since
a large segment is more likely both to matter and to come first.

Insertion shows segments again, most salient first, on an image that is hidden wholly. After k of them just the other
segments are hidden: these are the masks of hiding the least salient first, read from the end. So there is one area
for both.
"""

import torch
from torch import Tensor

from masking.measures.measure import measure


def area(hidden: Tensor, values: Tensor) -> float:
    """Mean of values (steps,) over the hidden share (steps,), linear in between.

    Raises:
        ValueError: fewer than two steps, shares that do not grow, or not one value for each.
    """
    if hidden.shape != values.shape or hidden.ndim != 1 or len(hidden) < 2:
        shapes = f"{tuple(hidden.shape)} and {tuple(values.shape)}"
        raise ValueError(f"a curve needs one value for each of two or more shares; these have shapes {shapes}")
    if (hidden.diff() < 0).any() or hidden[0] == hidden[-1]:
        raise ValueError("the hidden share has to grow from step to step; sort the curve")
    return float(torch.trapezoid(values.double(), hidden.double()) / (hidden[-1] - hidden[0]).double())


@measure("Deletion", "mean probability, 0 … 1", "lower", "Petsiuk et al., BMVC 2018 (RISE)")
def deletion(hidden: Tensor, probability: Tensor) -> float:
    """Mean probability of the explained class while segments are hidden, most salient first."""
    return area(hidden, probability)


@measure("Insertion", "mean probability, 0 … 1", "higher", "Petsiuk et al., BMVC 2018 (RISE)")
def insertion(hidden: Tensor, probability: Tensor) -> float:
    """Mean probability of the explained class while segments are shown again, most salient first.

    The curve is that of hiding the least salient first.
    """
    return area(hidden, probability)


@measure("Separation", "difference of mean probabilities, −1 … 1", "higher", "degradation of Schulz et al., ICLR 2020")
def separation(insertion_area: float, deletion_area: float) -> float:
    """How much more probable the class stays when the least salient segments are hidden first; 0: order is no help."""
    return insertion_area - deletion_area


@measure("Top-k ablation", "probability lost, −1 … 1", "higher", "Balasubramanian & Feizi 2023, LIME experiments")
def lost(probability: Tensor, step: int) -> float:
    """How much probability the explained class loses when the k most salient segments are hidden.

    Args:
        probability: (steps,), of hiding the most salient first.
        step: which of these; the last k of them where one segment is hidden at a time.
    """
    if not 0 <= step < len(probability):
        raise ValueError(f"there is no step {step}; they go from 0 to {len(probability) - 1}")
    return float(probability[0] - probability[step])
