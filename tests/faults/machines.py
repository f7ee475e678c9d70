"""A real Ray cluster of two machines on this computer; one of them is killed during a run."""

import os
import secrets
import shutil
import tempfile

from masking.benchmarks.engines.ray import LOCAL_DEFAULTS
from masking.benchmarks.specification.spec import spec_from
from masking.benchmarks.storage.run import CANCELLED
from masking.benchmarks.storage.store import Store
from masking.benchmarks.worker.runner import work_on

MEMORY = 80 * 2**20
"""Bytes for objects, about the minimum that Ray accepts."""
ALERT = {
    "health_check_initial_delay_ms": 0,
    "health_check_period_ms": 500,
    "health_check_failure_threshold": 10,
    "prestart_worker_first_driver": False,
}
"""A dead machine is noticed within seconds, and no worker starts ahead of its task."""


def lose_one(folder, spec, killed_at, cancelled_at, said):
    """Compute a run that loses a machine, is cancelled and resumed; send its ends and the number of other machines."""
    os.setsid()  # what is left of this session is left of the cluster
    temporary = tempfile.mkdtemp(prefix="ray")  # not below the test's folder: the paths of sockets are short
    os.environ.update(
        RAY_TMPDIR=temporary,
        RAY_AUTH_TOKEN=secrets.token_hex(32),
        RAY_USAGE_STATS_ENABLED="0",
        **LOCAL_DEFAULTS,
    )
    try:
        cluster, second = _two_machines()

        def disturb(event, now):
            if event != "shard":
                return
            if now.done == killed_at:
                cluster.remove_node(second, allow_graceful=False)  # SIGKILL of all its processes
            if now.done == cancelled_at:
                store.cancel(now.id)

        with Store(folder) as store:
            run = store.add(spec_from(spec), engine=f"ray:address={cluster.address}")
            ends = [work_on(store, run.id, disturb)]
            if ends[0].state == CANCELLED:
                ends.append(work_on(store, run.id))
        said.send((run.id, [(end.state, end.error) for end in ends], len(cluster.worker_nodes)))
        cluster.shutdown()
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _two_machines():
    """The cluster and its second machine; each has one processor."""
    from ray.cluster_utils import Cluster  # here: it reads the settings above

    machine = {"node_ip_address": "127.0.0.1", "object_store_memory": MEMORY, "num_cpus": 1}
    first = {**machine, "include_dashboard": False, "include_log_monitor": False, "_system_config": ALERT}
    cluster = Cluster(initialize_head=True, head_node_args=first)
    return cluster, cluster.add_node(**machine)
