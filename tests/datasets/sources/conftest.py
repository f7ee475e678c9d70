"""Sources are opened by runs, in a store of their own."""

from tests.benchmarks.brightness import plugin, spec, store

__all__ = ["plugin", "spec", "store"]
