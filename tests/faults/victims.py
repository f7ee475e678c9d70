"""Functions of the processes that the tests kill. The module imports little, so that processes start quickly."""

import random
import time
from contextlib import suppress

import torch

from masking.benchmarks.protocol.experiment import BENCHMARKS
from masking.benchmarks.specification.spec import spec_from
from masking.benchmarks.storage.run import INTERRUPTED
from masking.benchmarks.storage.store import Store
from masking.benchmarks.worker.launch import launch
from masking.benchmarks.worker.queue import start_next
from masking.benchmarks.worker.runner import work_on

torch.set_num_threads(1)
len(BENCHMARKS)  # imports them all, before any process is made


def ready(said):
    """Say that everything is imported."""
    said.send(True)


def work(folder, run, said):
    """Compute a run; say after each event how many shards are committed."""
    with Store(folder) as store:
        work_on(store, run, lambda event, now: said.send((event, now.done)))


def serve(folder, run, said):
    """Act as the page: start the run if it is not running, then read it and write notes until killed."""
    with Store(folder) as store:
        stored = store.run(run)
        if stored.waits:
            start_next(store)
        elif not store.log_file(run).exists() or stored.state == INTERRUPTED:
            launch(store, stored)
        number = 0
        while True:
            now = next(stored for stored in store.runs() if stored.id == run)
            rows = store.rows(now)
            number += 1
            store.write(run, note=f"looked {number} times, last at {len(rows)} rows")
            said.send((now.state, now.done))
            time.sleep(0.02)  # a page looks now and then, and leaves the processor to the worker


def commit(folder, run, rows, seed, together, said):
    """Commit every shard of a run in a random order, as one of several writers; say which were accepted."""
    together.wait()
    with Store(folder) as store:
        order = list(range(len(rows)))
        random.Random(seed).shuffle(order)
        mine = [shard for shard in order if store.commit(store.run(run), shard, rows[shard], 0.0, 1)]
        said.send(mine)


def add(folder, spec, together, said):
    """Add a run in a folder without a store, as one of several processes."""
    together.wait()
    with Store(folder) as store:
        said.send(store.add(spec_from(spec)).id)


def claim(folder, run, together, said):
    """Try to compute a run, as one of several workers; say whether this one got it."""
    with Store(folder) as store:
        together.wait()
        with suppress(ValueError):
            work_on(store, run)
            said.send(True)
            return
        said.send(False)
