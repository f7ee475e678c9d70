"""The number of threads that a computation runs on: it decides in which order numbers are added."""

import os
from collections.abc import Generator
from contextlib import contextmanager

import torch

VARIABLE = "MASKING_THREADS"
"""The environment variable with the number of threads of a run; by default, one for each core."""
MOST = 1024


def run_threads() -> int:
    """Return the number of threads on which this machine computes a run, whatever OMP_NUM_THREADS says.

    Raises:
        ValueError: the variable is no whole number from 1 to 1024.
    """
    text = os.environ.get(VARIABLE, "")
    if not text:
        return usable_cores()
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MOST)) and 1 <= int(text) <= MOST):
        raise ValueError(f"{VARIABLE} is {text[:40]!r}; set it to a whole number from 1 to {MOST}, or not at all")
    return int(text)


def usable_cores() -> int:
    """Return the number of cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows have no affinity
        return os.cpu_count() or 1


@contextmanager
def computing_threads(count: int) -> Generator[None, None, None]:
    """Compute with so many threads for the time of a block."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def processor_facts() -> dict[str, int | str]:
    """Return what decides about the last digits on a processor: the number of threads and the instructions."""
    return {"threads": torch.get_num_threads(), "cpu_capability": torch.backends.cpu.get_cpu_capability()}
