"""What one visitor, and all visitors together, may take of the machine; the operator sets it under `[limits]`."""

from dataclasses import asdict, dataclass
from typing import Any

from masking.registry.params import check_params, param, params


@dataclass(frozen=True)
class Limits:
    """The limits of a server; each is a setting of that name under `[limits]` in `masking.toml`."""

    images_per_run: int = param(10_000_000, "the most images of a benchmark run", low=1, high=10_000_000)
    queued_runs: int = param(
        1_000, "the most benchmark runs that wait or are computed, of all visitors", low=1, high=10**6
    )
    queued_runs_per_visitor: int = param(1_000, "the most of one visitor", low=1, high=10**6)
    workers: int = param(1, "benchmark runs that are computed at once on each device", low=1, high=64)
    jobs: int = param(2, "computations of the pages that run at once", low=1, high=64)
    jobs_per_visitor: int = param(16, "computations that one visitor may have waiting", low=1, high=1_000)
    upload_megabytes: int = param(20, "the largest uploaded file", low=1, high=1_000, unit="MB")
    uploads_per_visitor_megabytes: int = param(500, "all uploads of one visitor", low=1, high=10**6, unit="MB")
    uploads_megabytes: int = param(500, "all uploads that are kept", low=1, high=10**6, unit="MB")
    picture_megapixels: int = param(50, "the largest picture", low=1, high=1_000, unit="million pixels")

    def __post_init__(self):
        check_params(self)


PUBLIC = Limits(
    images_per_run=2_000,
    queued_runs=40,
    queued_runs_per_visitor=2,
    jobs_per_visitor=4,
    uploads_per_visitor_megabytes=60,
    picture_megapixels=16,
)
"""The limits of a public server, where the settings file names no others."""


def read_limits(values: dict[str, Any], public: bool) -> Limits:
    """Return the limits of a settings file; what it leaves out has the default, on a public server a lower one.

    Raises:
        ValueError: a name is unknown, or a value is out of range; one sentence.
    """
    known = [each.name for each in params(Limits)]
    if unknown := [name for name in values if name not in known]:
        raise ValueError(f"[limits] has no setting {unknown[0]!r}; it has {', '.join(known)}")
    if wrong := [name for name, value in values.items() if isinstance(value, bool) or not isinstance(value, int)]:
        raise ValueError(f"[limits] {wrong[0]} is {values[wrong[0]]!r}; give a whole number")
    return Limits(**{**asdict(PUBLIC if public else Limits()), **values})
