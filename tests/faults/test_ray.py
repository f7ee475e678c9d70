"""The engine ray on a real cluster of two machines: a lost worker, a lost machine and a cancel change no row."""

import signal

import pytest

from masking.benchmarks.engines.ray import _keep_sigterm_handler, compute
from masking.benchmarks.protocol.row_equality import compare_rows
from masking.benchmarks.storage.run import CANCELLED, FINISHED
from masking.benchmarks.worker.runner import work_on
from tests.faults import machines

SHARDS = 12
SECONDS = 240
"""Then it is killed with all its cluster; most of its time it starts processes, which a busy machine draws out."""


def test_a_lost_worker_a_lost_machine_and_a_cancel_change_no_row(forks, spec, store, control, whole):
    run_spec = spec(count=2 * SHARDS, block=2, pause=0.2)
    (control / "memory").write_text("1")  # no batch of two fits, here or there
    undisturbed = work_on(store, store.add(run_spec).id)
    images = sorted({row["image"] for row in store.rows(undisturbed)})
    lethal = control / f"kill-{images[4]}"
    lethal.touch()  # the worker that computes the third shard dies

    run, ends, others = forks(machines.lose_one, str(store.folder), run_spec.model_dump(), 5, 9).result(SECONDS)
    assert ends == [(CANCELLED, ""), (FINISHED, "")]
    assert others == 0
    assert not lethal.exists()
    finished = store.run(run)
    assert whole(store, finished) == set(range(SHARDS))
    assert store.rows(finished) == store.rows(undisturbed)
    assert compare_rows(store.rows(finished), store.rows(undisturbed), finished.keys).equal


def test_a_machine_with_other_weights_is_refused(spec):
    with pytest.raises(ValueError, match=r"has other weights of .* than the machine that asks it"):
        compute(spec(count=2).to_json(), spec(count=2).known_plugins, "cpu", 1, "0" * 64, "", 0)


def test_the_handler_of_sigterm_is_the_one_from_before_ray():
    """Ray's own handler ends the process at once, which left the run interrupted instead of cancelled."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        with _keep_sigterm_handler():
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        assert signal.getsignal(signal.SIGTERM) is before
    finally:
        signal.signal(signal.SIGTERM, before)
