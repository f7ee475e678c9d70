"""How LIME draws its samples, how many, and how it fits the answers to them."""

from dataclasses import dataclass

from masking.attribution.lime_designs import SAMPLINGS
from masking.registry.params import check_params, param

MOST_CERTAIN = 50
"""At most so many of the strongest segments can be required to be certain."""


@dataclass(frozen=True)
class LimeSettings:
    """How LIME samples and fits; the defaults are those of the lime package's image explainer."""

    samples: int = param(1000, "how many times random segments are hidden, at most", low=2, high=100_000)
    seed: int = param(0, "seed of the samples", low=0, high=2**31 - 1)
    kernel_width: float = param(0.25, "a lower value gives samples with few segments less weight", low=0.05, high=100)
    alpha: float = param(1.0, "ridge penalty; a higher one draws all coefficients towards 0", low=1e-6, high=1000)
    sampling: str = param(
        "independent",
        "how samples belong together: not at all, each with its complement, or in balanced designs of such pairs",
        choices=SAMPLINGS,
    )
    until_stable: int = param(
        0,
        "stop when sign and order of so many strongest segments are certain; 0 takes all samples",
        low=0,
        high=MOST_CERTAIN,
    )
    confidence: float = param(0.95, "how certain they have to be, as a probability", low=0.5, high=0.999)

    def __post_init__(self):
        check_params(self)
