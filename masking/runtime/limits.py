"""What one visitor, and all visitors together, may take of the machine; the operator sets it under `[limits]`."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from masking.registry import near_names
from masking.runtime.paths import quote_name

_MILLION = 1_000_000


class Limits(BaseModel):
    """The limits of a server; each is a setting of that name under `[limits]` in `masking.toml`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    images_per_run: int = Field(10 * _MILLION, ge=1, le=10 * _MILLION, description="images of a benchmark run")
    run_minutes: int = Field(_MILLION, ge=1, le=_MILLION, description="minutes that a run from the pages is computed")
    queued_runs: int = Field(1_000, ge=1, le=_MILLION, description="runs of all visitors that wait or are computed")
    queued_runs_per_visitor: int = Field(1_000, ge=1, le=_MILLION, description="runs of one visitor, likewise")
    workers: int = Field(1, ge=1, le=64, description="runs that are computed at once on each device")
    jobs: int = Field(2, ge=1, le=64, description="computations of the pages that run at once")
    jobs_per_visitor: int = Field(16, ge=1, le=1_000, description="computations that one visitor may have waiting")
    upload_megabytes: int = Field(20, ge=1, le=1_000, description="size of one upload in MB")
    uploads_per_visitor_megabytes: int = Field(500, ge=1, le=_MILLION, description="uploads of one visitor in MB")
    uploads_megabytes: int = Field(500, ge=1, le=_MILLION, description="all uploads that are kept, in MB")
    picture_megapixels: int = Field(40, ge=1, le=1_000, description="size of a picture in million pixels")


_PUBLIC = {
    "images_per_run": 2_000,
    "run_minutes": 60,
    "queued_runs": 40,
    "queued_runs_per_visitor": 2,
    "jobs_per_visitor": 4,
    "uploads_per_visitor_megabytes": 60,
    "picture_megapixels": 16,
}
"""The limits of a public server, where the settings file names no others."""


def read_limits(values: Any = None, public: bool = False) -> Limits:
    """Return the limits of a settings file; what it leaves out has the default, on a public server a lower one.

    Raises:
        ValueError: a name is unknown, or a value is no whole number or out of range; one sentence.
    """
    values = {} if values is None else values
    if not isinstance(values, dict):
        raise ValueError(f"limits is {quote_name(values)}; write a section [limits]")  # noqa: TRY004, a wrong value of a file
    try:
        return Limits.model_validate((_PUBLIC if public else {}) | values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            raise ValueError(
                f"[limits] has no setting {quote_name(name)}; {near_names(name, list(Limits.model_fields))}"
            ) from None
        low, high = _range(name)
        raise ValueError(
            f"[limits] {name} is {quote_name(first['input'])}; write a whole number from {low:,} to {high:,}"
        ) from None


def _range(name: str) -> tuple[int, int]:
    """Return the smallest and the largest value of a limit."""
    bounds = Limits.model_fields[name].metadata
    low = next(bound.ge for bound in bounds if hasattr(bound, "ge"))
    high = next(bound.le for bound in bounds if hasattr(bound, "le"))
    return low, high
