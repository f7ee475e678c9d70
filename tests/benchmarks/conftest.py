"""Runs have a store and a plugin of their own."""

from tests.benchmarks.brightness import plugin, spec, store

__all__ = ["plugin", "spec", "store"]
