"""Which segments each sample of LIME keeps: drawn independently, in pairs, or from balanced designs.

In every design the first sample keeps all segments, and each other sample by itself keeps every segment with
probability 0.5, independently. So all designs estimate the same coefficients. They differ in how samples belong
together. A smaller number of samples always gives the first ones of a larger number.

A *pair* is a pattern and its complement, one after the other (fold-over, Box & Wilson 1951). What two segments do only
together changes both answers alike, so it cancels in their difference and does not disturb the coefficients.

A *balanced* design (Plackett & Burman 1946) consists of pairs whose patterns are the rows of a Hadamard matrix, in
random columns with random signs. In a complete design every segment is kept in half of the samples, and every two
segments are kept together in a quarter of them. Designs follow one another, each with its own columns and signs.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

SAMPLINGS = ("independent", "paired", "balanced")


def draw_samples(samples: int, segments: int, seed: int, sampling: str = "independent") -> Tensor:
    """Draw which segments each sample keeps, bool (samples, segments); the first keeps all.

    Args:
        samples: how many, 1 or more. The last pair, and the last balanced design, may be incomplete.
        segments: how many, 1 or more.
        seed: of the random numbers.
        sampling: `independent`, `paired` (samples 1 and 2 are complements, then 3 and 4, and so on) or `balanced`.

    Raises:
        ValueError: an unknown sampling.
    """
    if sampling not in SAMPLINGS:
        raise ValueError(f"the sampling is {sampling!r}; it must be one of {', '.join(SAMPLINGS)}")
    rng = np.random.default_rng(seed)
    if sampling == "independent":
        kept = _independent(rng, samples, segments)
    else:
        balanced, pairs = sampling == "balanced", samples // 2
        patterns = _balanced(rng, pairs, segments) if balanced else _independent(rng, pairs + 1, segments)[1:]
        whole = np.ones((1, segments), dtype=bool)
        kept = np.concatenate([whole, np.stack([patterns, ~patterns], 1).reshape(-1, segments)])[:samples]
    kept[0] = True
    return torch.from_numpy(kept)


def sample_partners(samples: int, sampling: str) -> Tensor | None:
    """Return the other sample of each sample's pair, int64 (samples,); None if samples are drawn independently.

    The first sample, and the first half of an incomplete pair, are their own partners. Pairs follow one another.
    """
    if sampling == "independent":
        return None
    index = torch.arange(samples)
    partners = index + 2 * (index % 2) - 1
    return torch.where((index == 0) | (partners == samples), index, partners)


def design_size(segments: int) -> int:
    """Return how many samples a complete balanced design has: twice the smallest power of two above `segments`."""
    return 2 << segments.bit_length()


def complete_designs(samples: int, segments: int) -> int:
    """Return how many complete balanced designs so many samples hold; the whole picture comes first and is extra."""
    return max(0, samples - 1) // design_size(segments)


def _independent(rng: np.random.Generator, samples: int, segments: int) -> NDArray[np.bool_]:
    return rng.random((samples, segments)) < 0.5


def _balanced(rng: np.random.Generator, pairs: int, segments: int) -> NDArray[np.bool_]:
    """Return one pattern of each pair, bool (pairs, segments), from one design after the other.

    Row i and column j of Sylvester's Hadamard matrix have the sign of the parity of the bits that i and j share.
    """
    order = design_size(segments) // 2
    designs = [np.zeros((0, segments), dtype=bool)]
    for first in range(0, pairs, order):
        columns = 1 + rng.permutation(order - 1)[:segments]  # the first column is constant
        rows = rng.permutation(order)[: pairs - first]
        even = np.bitwise_count(rows[:, None] & columns) % 2 == 0
        designs.append(even ^ (rng.random(segments) < 0.5))
    return np.concatenate(designs)
