"""Benchmarks: experiments on many images, as runs that survive, resume and export."""

from masking.benchmarks.protocol.experiment import BENCHMARKS, Experiment

__all__ = ["BENCHMARKS", "Experiment"]
