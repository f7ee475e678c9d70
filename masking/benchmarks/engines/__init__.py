"""Where shards are computed: one engine per file, found by the registry `ENGINES`."""

from masking.benchmarks.engines.engine import Engine
from masking.registry import Registry

ENGINES: Registry[type[Engine]] = Registry("engine", "masking.benchmarks.engines")

__all__ = ["ENGINES", "Engine"]
