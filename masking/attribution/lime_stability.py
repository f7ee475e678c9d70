"""Run LIME until it is stable: how many of the strongest segments have a certain sign and a certain rank.

Segments are ranked by the size of their coefficients. Rank r is certain if the segment's sign is certain, and if it is
certainly stronger than each segment below it, whatever sign that one has. Only ranks above which all are certain count.

Multiple comparisons: each comparison is made at the full level. A segment must win against every other one, and only
one segment can, so the many comparisons do not add up; nor do the ranks, since the first that is not certain ends the
count (rank verification, Hung & Fithian 2019, proven there for independent estimates of one variance). Looks add up:
LIME looks after a first number of samples and after each doubling, and each look gets an equal share of the error that
the confidence allows (Bonferroni). docs/decisions/lime.md has the measured error.
"""

import torch
from scipy.special import stdtrit
from torch import Tensor

from masking.attribution import lime_surrogate as surrogate
from masking.attribution.lime_designs import design_size, sample_partners
from masking.attribution.lime_settings import LimeSettings

FIRST_LOOK = 64
"""The first look is after the smallest number of samples, in complete balanced designs, that exceeds this one."""


def sample_looks(settings: LimeSettings, segments: int) -> tuple[int, ...]:
    """Return after how many samples LIME looks whether it is stable, ascending; the last is the maximum."""
    size, looks = design_size(segments), list[int]()
    while size < FIRST_LOOK:
        size *= 2
    while size + 1 < settings.samples:
        looks.append(size + 1)  # the whole picture comes first
        size *= 2
    return (*looks, settings.samples)


def count_certain(z: Tensor, kept: Tensor, weights: Tensor, answers: Tensor, settings: LimeSettings) -> int:
    """Count the strongest segments whose sign and rank are certain.

    If LIME runs until it is stable, they are counted at the last look so far, and the confidence holds for all looks
    together. Otherwise they are counted once, from all samples.

    Args:
        z: bool (samples, segments), the answered samples so far.
        kept: int64 (≤ segments,), the segments that may have a coefficient.
        weights: float64 (samples,).
        answers: float64 (samples,).
        settings: how samples are drawn, fitted and looked at.
    """
    count, confidence = len(z), settings.confidence
    if settings.until_stable:
        looks = sample_looks(settings, z.shape[1])
        count = max((end for end in looks if end <= len(z)), default=0)
        confidence = 1 - (1 - confidence) / len(looks)
    if count < 2:
        return 0
    problem = z[:count, kept], weights[:count], answers[:count], settings.alpha
    spread, freedom = surrogate.covariance(*problem, sample_partners(count, settings.sampling))
    return certain_ranks(surrogate.fit(*problem).coefficients, spread, freedom, confidence)


def certain_ranks(coefficients: Tensor, covariance: Tensor, freedom: float, confidence: float) -> int:
    """Count the strongest segments whose sign and rank are certain, from the first one on.

    Args:
        coefficients: float64 (segments,).
        covariance: of the coefficients, float64 (segments, segments).
        freedom: degrees of freedom of the covariance, 1 or more.
        confidence: of all signs and ranks together, 0 … 1.

    Returns:
        0 … segments.
    """
    order = coefficients.abs().argsort(descending=True, stable=True)
    turned = coefficients.sign()[order]
    sizes = coefficients.abs()[order]
    spread = covariance[order][:, order] * turned[:, None] * turned  # of the sizes
    variances = spread.diagonal()
    quantile = float(stdtrit(freedom, (1 + confidence) / 2))
    for rank, size in enumerate(sizes):
        weaker, shared = slice(rank + 1, None), 2 * spread[rank, rank + 1 :]
        both = variances[rank] + variances[weaker]
        gaps = torch.cat([size[None], size - sizes[weaker], size + sizes[weaker]])
        errors = torch.cat([variances[rank][None], both - shared, both + shared]).clamp(min=0).sqrt()
        if not bool((gaps > quantile * errors).all()):
            return rank
    return len(sizes)
