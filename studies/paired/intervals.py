"""Means, rates and paired differences with their 95 % intervals, each as `[value, low, high]`."""

from collections.abc import Callable

import torch
from scipy.stats import t as student
from torch import Tensor

from masking.measures import Estimate

Z = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""
RESAMPLES = 2000


def as_list(estimate: Estimate) -> list[float]:
    """Return value and ends of an estimate, rounded as result files hold them."""
    return [round(float(number), 5) for number in (estimate.value, estimate.low, estimate.high)]


def mean(values: Tensor) -> Estimate:
    """Estimate the mean of values (n,) with Student's interval; raise ValueError for fewer than two."""
    if len(values) < 2:
        raise ValueError(f"{len(values)} value(s) give no interval; measure two pictures or more")
    values = values.double()
    centre = float(values.mean())
    reach = float(values.std()) / len(values) ** 0.5 * float(student.ppf(0.975, len(values) - 1))
    return Estimate(centre, centre - reach, centre + reach)


def rate_difference(first: Tensor, second: Tensor) -> Estimate:
    """Estimate how much more often `first` is right than `second`, bool (n,), on the same pictures.

    The interval adds one picture that only the first and one that only the second gets right, half each of the other
    two kinds (Agresti & Min 2005), so that it is not empty where all pictures agree.
    """
    changes = first.double() - second.double()
    trials = len(changes) + 2
    centre = float(changes.sum()) / trials
    spread = ((float(changes.square().sum()) + 1) / trials - centre**2) ** 0.5
    value, reach = float(changes.mean()), Z * spread / trials**0.5
    return Estimate(value, min(value, max(-1.0, centre - reach)), max(value, min(1.0, centre + reach)))


def surprisal(predicted: Tensor) -> Tensor:
    """Return −log2 of the share of pictures with the same prediction, (n,): its mean is the class entropy.

    These are also the influence values of the entropy, so their spread gives its standard error, and the spread of
    their differences that of a paired difference (delta method).
    """
    _, which, counts = predicted.unique(return_inverse=True, return_counts=True)
    return -(counts.double() / len(predicted)).log2()[which]


def entropy(predicted: Tensor) -> Estimate:
    """Estimate the class entropy of predictions (n,) in bits, with the interval of `surprisal`'s mean."""
    bits = mean(surprisal(predicted))
    return Estimate(bits.value, max(0.0, bits.low), bits.high)


def resampled(statistic: Callable[[Tensor], Tensor], count: int, seed: int = 0) -> Estimate:
    """Estimate a statistic of pictures with the interval of resampled pictures.

    The statistic takes indices of pictures (repeats, count) and returns a value for each row, (repeats,).
    """
    generator = torch.Generator().manual_seed(seed)
    values = statistic(torch.randint(count, (RESAMPLES, count), generator=generator)).double()
    low, high = torch.quantile(values, torch.tensor([0.025, 0.975], dtype=torch.double)).tolist()
    value = float(statistic(torch.arange(count)[None])[0])
    return Estimate(value, min(value, low), max(value, high))
