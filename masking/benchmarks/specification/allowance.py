"""What a visitor of the dashboard may start, by the operator's settings."""

from masking.benchmarks.specification.spec import Spec
from masking.runtime.settings import Settings


def check_allowed(spec: Spec, settings: Settings) -> None:
    """Check that a visitor may start a run.

    Raises:
        ValueError: the operator's settings do not allow it; one sentence that says what to change.
    """
    if spec.count > (most := settings.limits.images_per_run):
        raise ValueError(f"a run here has at most {most:,} images and this one {spec.count:,}; use fewer")
