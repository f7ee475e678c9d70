"""A run has as many threads as cores, or as the operator says, whatever OMP_NUM_THREADS says."""

import os
from contextlib import suppress

import pytest
import torch

from masking.runtime import threads
from masking.runtime.threads import VARIABLE, computing_threads, processor_facts, run_threads


def test_the_operator_sets_the_number(monkeypatch):
    monkeypatch.setenv(VARIABLE, "3")
    assert run_threads() == 3


def test_without_that_there_is_a_thread_for_each_core_that_this_process_may_use(monkeypatch):
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setattr(threads, "usable_cores", lambda: 5)
    assert run_threads() == 5


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5", "1025", "²", "9" * 5000])
def test_other_values_are_refused_in_a_sentence(monkeypatch, text):
    monkeypatch.setenv(VARIABLE, text)
    with pytest.raises(ValueError, match=r"MASKING_THREADS is .* set it to a whole number from 1 to 1024") as refusal:
        run_threads()
    assert len(str(refusal.value)) < 200


def test_a_computation_leaves_the_number_as_it_was():
    before = torch.get_num_threads()
    with suppress(KeyError), computing_threads(before + 1):
        assert processor_facts()["threads"] == before + 1
        raise KeyError
    assert torch.get_num_threads() == before


def test_threads_that_wait_sleep():
    """Torch reads this when it is imported, after the library's first lines."""
    assert "OMP_WAIT_POLICY" in os.environ or "GOMP_SPINCOUNT" in os.environ
