"""A Ray cluster: shards as tasks on any number of machines, and their rows kept by this process."""

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from masking.benchmarks.engines import ENGINES, Engine
from masking.benchmarks.specification.loaded_spec import LoadedSpec, Result, load_spec
from masking.benchmarks.specification.spec import stored_spec
from masking.benchmarks.worker.environment import python_path
from masking.registry.params import param

LISTEN_SECONDS = 0.2
LEAST_AHEAD = 16
"""At least so many shards are handed over, so that a cluster that grows on demand sees what is wanted."""

LOCAL = "local"
LOCAL_MEMORY = 128 * 2**20
"""Bytes for the objects of a cluster of our own: rows are small."""

OWN = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_worker_niceness": "0"}
"""A cluster of our own listens on the loopback only, as it does by itself on macOS and Windows: elsewhere Ray takes
127.0.0.1 for this machine's outer address, and listens on all. Its workers are as important as this process: by
itself Ray gives them niceness 15, and they starve beside other programs."""
ONE_TRY = {"RAY_gcs_server_port_wait_time_s": "1"}
"""A cluster that is not there is missed after 40 s; by itself Ray tries for a quarter of an hour, deaf to a cancel."""


@ENGINES.register("ray")
@dataclass(frozen=True)
class Ray(Engine):
    """Every machine needs this program, and at the same paths the data, weights and plugins that the spec names.

    A shard whose worker or machine is lost is computed again elsewhere. Which machine computed what leaves no trace
    in the rows: the spec, the shard's number and the weights alone decide about them.
    """

    address: str = param("auto", "auto: the cluster this machine is in; local: one on this machine; or host:port")
    cpus: float = param(1.0, "processor cores for one shard", low=0.01, high=1024)
    gpus: float = param(1.0, "GPUs for one shard, where the cluster has any; 0.5 puts two on one", low=0, high=64)
    retries: int = param(3, "how often a shard is begun again when its worker is lost", low=0, high=1000)

    title = "Ray"
    meaning = "Many machines, or all cores of this one: each shard is a task of a Ray cluster."

    def results(
        self, work: LoadedSpec, shards: Sequence[int], report_forward_passes: Callable[[int], None]
    ) -> Iterator[Result]:
        """See `Engine`. Raises ValueError where there is no Ray, no cluster, or none with room for a shard."""
        with _connected(self.address) as ray:
            gpus = self._gpus(work.spec.device, [node["Resources"] for node in ray.nodes() if node["Alive"]])
            # max_calls: else a worker with a GPU would end, and load all again, after each shard
            task = ray.remote(num_cpus=self.cpus, num_gpus=gpus, max_retries=self.retries, max_calls=0)(compute)
            told = work.spec.to_json(), "cuda:0" if gpus else "cpu", work.classifier.weights_digest
            waiting, handed = deque(shards), {}
            try:
                while waiting or handed:
                    most = max(LEAST_AHEAD, 2 * int(ray.cluster_resources().get("CPU", 0) / self.cpus))
                    while waiting and len(handed) < most:
                        shard = waiting.popleft()
                        handed[task.remote(*told, shard)] = shard
                    ready, _ = ray.wait(list(handed), timeout=LISTEN_SECONDS)
                    for one in ready:
                        yield _fetched(ray, one, handed.pop(one))
                    report_forward_passes(0)
            finally:
                for one in handed:
                    ray.cancel(one, force=True)

    def _gpus(self, device: str, machines: Sequence[dict[str, float]]) -> float:
        """How many GPUs a shard gets."""
        some = any(machine.get("GPU", 0) for machine in machines)
        gpus = self.gpus if some and device != "cpu" else 0.0
        if device not in {"auto", "cpu"} and not gpus:
            raise ValueError(f"the device is {device} but shards get no GPU of this cluster; choose auto or cpu")
        if not any(one.get("CPU", 0) >= self.cpus and one.get("GPU", 0) >= gpus for one in machines):
            raise ValueError(
                f"no machine of the cluster has {self.cpus:g} cores and {gpus:g} GPUs for a shard; ask for fewer"
            )
        return gpus


def compute(spec: str, device: str, weights: str, shard: int) -> Result:
    """A shard, on whichever machine Ray has chosen.

    Raises:
        ValueError, KeyError: this machine lacks something, or has other weights than the one that began.
    """
    work = _opened(spec, device)
    if work.classifier.weights_digest != weights:
        raise ValueError(
            f"{os.uname().nodename} has other weights of {work.classifier.name} than the machine that asks it; "
            "give both the same"
        )
    return work.compute(shard, lambda _: None)


@lru_cache(maxsize=1)
def _opened(spec: str, device: str) -> LoadedSpec:
    """Kept from shard to shard."""
    return load_spec(stored_spec(spec), device)


def _fetched(ray: Any, one: Any, shard: int) -> Result:
    try:
        return ray.get(one)
    except ray.exceptions.RayTaskError as error:
        raise error.cause or ValueError(f"shard {shard} fails: {_first_line(error)}") from error
    except ray.exceptions.RayError as error:
        raise ValueError(
            f"shard {shard} was lost ({_first_line(error)}); see to the machines and resume the run"
        ) from error


@contextmanager
def _connected(address: str) -> Generator[Any, None, None]:
    """Ray, connected; a cluster of our own ends with the run."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anybody
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    own: dict[str, Any] = {"_node_ip_address": "127.0.0.1", "object_store_memory": LOCAL_MEMORY}
    own["include_dashboard"] = False
    try:
        with _defaults(OWN if address == LOCAL else ONE_TRY), _politely_ended():
            import ray

            ray.init(
                address=address,
                runtime_env={"env_vars": _variables()},
                log_to_driver=False,
                configure_logging=False,
                **(own if address == LOCAL else {}),
            )
    except ImportError:
        raise ValueError("the engine ray needs Ray; `pip install ray`") from None
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise ValueError(
            f"there is no Ray cluster at {address!r} ({_first_line(error)}); start one with `ray start --head`, or use "
            f"the address {LOCAL}"
        ) from error
    try:
        yield ray
    finally:
        ray.shutdown()


@contextmanager
def _politely_ended() -> Generator[None, None, None]:
    """Ray's own handler of SIGTERM would end this process at once; the one before it cancels the run."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    if threading.current_thread() is threading.main_thread() and before is not None:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _defaults(settings: dict[str, str]) -> Generator[None, None, None]:
    """Environment variables, for a while, unless they are set already."""
    mine = {name: value for name, value in settings.items() if name not in os.environ}
    os.environ.update(mine)
    try:
        yield
    finally:
        for name in mine:
            del os.environ[name]


def _variables() -> dict[str, str]:
    """What decides where this program finds itself, its settings and downloaded weights."""
    chosen = {name: value for name, value in os.environ.items() if name.startswith("MASKING_") or name == "TORCH_HOME"}
    return chosen | python_path()


def _first_line(error: Exception) -> str:
    return next(filter(None, (line.strip() for line in str(error).splitlines())), type(error).__name__)
