"""A worker to be killed. The module computes a shard when it is imported, so processes made from it begin at once."""

from multiprocessing.connection import Connection
from typing import Any

import torch

from masking.benchmarks.specification.loaded_spec import load_spec
from masking.benchmarks.specification.spec import Spec, spec_from
from masking.benchmarks.storage.store import Store
from masking.benchmarks.worker.runner import work_on


def small_spec(shards: int, seed: int) -> Spec:
    """Return the spec of a run with so many shards of one image, on the bundled silhouettes."""
    settings = {"methods": ["blackout"], "shares": [0.5], "orders": ["random"]}
    return spec_from({
        "experiment": "patch_removal", "settings": settings, "count": shards, "block": 1, "device": "cpu", "seed": seed,
    })  # fmt: skip


def compute(folder: str, run: str, said: Connection) -> None:
    """Act as a worker; say what happens, and when a shard is about to be stored."""
    commit = Store.commit

    def announce(self: Store, *values: Any) -> bool:
        said.send("storing")
        return commit(self, *values)

    Store.commit = announce  # type: ignore[method-assign]
    with Store(folder) as store:
        work_on(store, run, lambda event, _: said.send(event))


torch.set_num_threads(1)
load_spec(small_spec(1, 0)).compute(0, lambda _: None)
