"""Engines decide where shards are computed: one per file, found by the registry `ENGINES`.

In reading order:

engine.py  the base of every engine
local.py   this process, one shard after another
ray.py     a Ray cluster
"""

from masking.benchmarks.engines.engine import Engine
from masking.registry import Registry

ENGINES: Registry[type[Engine]] = Registry("engine", "masking.benchmarks.engines")

__all__ = ["ENGINES", "Engine"]
