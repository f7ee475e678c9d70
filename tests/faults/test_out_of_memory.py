"""A device that cannot hold a batch: the batch is halved; where not even one image fits, the run can go on later."""

import pytest

from masking.benchmarks.protocol.row_equality import compare_rows
from masking.benchmarks.storage.run import FAILED, FINISHED
from masking.benchmarks.worker.runner import work_on


@pytest.mark.parametrize("fits", [1, 3])
def test_out_of_memory_halves_the_batch_and_changes_no_row(spec, store, control, fits):
    run_spec = spec(count=24, block=8)
    roomy = work_on(store, store.add(run_spec).id)
    (control / "memory").write_text(str(fits))
    tight = work_on(store, store.add(run_spec).id)
    assert (roomy.state, tight.state) == (FINISHED, FINISHED)
    assert compare_rows(store.rows(tight), store.rows(roomy), tight.keys).equal
    assert tight.forwards == roomy.forwards == 24, "what did not fit was not computed"


def test_no_memory_at_all_gives_a_sentence_and_the_run_goes_on(spec, store, control, whole, capsys):
    run_spec, kept = spec(count=24, block=8), set()
    undisturbed = work_on(store, store.add(run_spec).id)
    run = store.add(run_spec)

    def exhaust(event, now):
        if now.done == 1:
            (control / "memory").write_text("0")

    ended = work_on(store, run.id, exhaust)
    kept = whole(store, run)
    assert ended.state == FAILED
    assert ended.error == "OutOfMemoryError: 1 images do not fit"
    assert "Traceback" in capsys.readouterr().err, "what nobody foresaw is in the log"
    assert kept == {0}
    (control / "memory").unlink()
    finished = work_on(store, run.id)
    assert finished.state == FINISHED
    assert whole(store, run, kept) == {0, 1, 2}
    assert store.rows(finished) == store.rows(undisturbed)
