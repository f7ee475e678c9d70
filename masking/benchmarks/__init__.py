"""Benchmarks: experiments on many images, as runs that survive, resume and export."""

from masking.benchmarks.experiment import BENCHMARKS, Experiment

__all__ = ["BENCHMARKS", "Experiment"]
