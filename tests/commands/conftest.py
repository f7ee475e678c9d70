"""Commands meet the same store and the same plugin as the tests of runs."""

from tests.benchmarks.conftest import plugin, spec, store

__all__ = ["plugin", "spec", "store"]
