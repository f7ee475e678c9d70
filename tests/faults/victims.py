"""What the processes do that the tests kill. Imports little, so that a process is made in milliseconds."""

import random
import time
from contextlib import suppress

import torch

from masking.benchmarks.protocol.experiment import BENCHMARKS
from masking.benchmarks.specification.spec import spec_from
from masking.benchmarks.storage.run import INTERRUPTED
from masking.benchmarks.storage.store import Store
from masking.benchmarks.worker.launch import launch
from masking.benchmarks.worker.runner import work_on

torch.set_num_threads(1)
len(BENCHMARKS)  # imports them all, before any process is made


def ready(said):
    """Whoever hears it knows that everything is imported."""
    said.send(True)


def work(folder, run, said):
    """A worker; says how many shards it has committed."""
    with Store(folder) as store:
        work_on(store, run, lambda event, now: said.send((event, now.done)))


def serve(folder, run, said):
    """The side of the page: starts the run if nobody did, then looks at it and writes notes until it is killed."""
    with Store(folder) as store:
        if not store.log_file(run).exists() or store.run(run).state == INTERRUPTED:
            launch(store, store.run(run))
        number = 0
        while True:
            now = next(one for one in store.runs() if one.id == run)
            rows = store.rows(now)
            number += 1
            store.write(run, note=f"looked {number} times, last at {len(rows)} rows")
            said.send((now.state, now.done))
            time.sleep(0.02)  # a page looks now and then, and leaves the processor to the worker


def commit(folder, run, rows, seed, together, said):
    """One of several writers of one run: keeps every shard, in an order of its own, and runs of its own beside it."""
    together.wait()
    with Store(folder) as store:
        order = list(range(len(rows)))
        random.Random(seed).shuffle(order)
        mine = [shard for shard in order if store.commit(store.run(run), shard, rows[shard], 0.0, 1)]
        said.send(mine)


def add(folder, spec, together, said):
    """One of several that meet a folder without a store."""
    together.wait()
    with Store(folder) as store:
        said.send(store.add(spec_from(spec)).id)


def claim(folder, run, together, said):
    """One of several workers that want the same run; says whether it was the one."""
    with Store(folder) as store:
        together.wait()
        with suppress(ValueError):
            work_on(store, run)
            said.send(True)
            return
        said.send(False)
