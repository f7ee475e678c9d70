"""Published values, from studies/published.toml, beside ours."""

import math
import tomllib
from functools import cache
from typing import Any

from .cells import ROOT


@cache
def published() -> dict[str, Any]:
    """Return everything in studies/published.toml."""
    return tomllib.loads((ROOT / "studies" / "published.toml").read_text("utf-8"))


def attribution_tables() -> dict[str, Any]:
    """Return the tables of Lee & Chang 2021, in percent."""
    return published()["attribution_masks"]


def bits(nats: float) -> float:
    """Return an entropy in bits."""
    return nats / math.log(2)
