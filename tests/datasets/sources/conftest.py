"""Sources are opened by runs, in a store of their own."""

from tests.benchmarks.conftest import plugin, spec, store

__all__ = ["plugin", "spec", "store"]
