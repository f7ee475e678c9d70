"""Benchmarks: experiments on many images, as runs that survive, resume and export.

In reading order:

protocol/       the parts of every experiment: a batch of images becomes rows, and rows become numbers
experiments/    one experiment per file
specification/  one small document that says everything about a run
engines/        where shards are computed: in this process or on a Ray cluster
storage/        runs and their rows in one SQLite file
worker/         the processes that compute runs
analysis/       from rows to tables, charts and files

An experiment in its own file, for `--plugin FILE`, needs these names only:

>>> from masking.benchmarks import BENCHMARKS, MEAN, SHARE, Curve, Experiment, Key, Outcome
"""

from masking.benchmarks.protocol.aggregate import MEAN, SHARE
from masking.benchmarks.protocol.experiment import BENCHMARKS, Curve, Experiment, Key, Outcome

__all__ = ["BENCHMARKS", "MEAN", "SHARE", "Curve", "Experiment", "Key", "Outcome"]
