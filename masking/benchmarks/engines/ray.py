"""A Ray cluster: shards are tasks on any number of machines, and this process stores their rows."""

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from masking.benchmarks.engines import ENGINES, Engine
from masking.benchmarks.specification.loaded_spec import LoadedSpec, Result, load_spec
from masking.benchmarks.specification.plugins import Known
from masking.benchmarks.specification.spec import stored_spec
from masking.registry.params import param
from masking.runtime.assets import python_path
from masking.runtime.threads import VARIABLE, computing_threads, run_threads

NO_RAY = "the engine ray needs Ray; `pip install ray`"
LISTEN_SECONDS = 0.2
LEAST_AHEAD = 16
"""At least this many shards are submitted, so that an autoscaling cluster sees the demand."""

LOCAL = "local"
LOCAL_MEMORY = 128 * 2**20
"""Bytes for the object store of a local cluster; rows are small."""

LOCAL_DEFAULTS = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_worker_niceness": "0"}
"""A local cluster listens on the loopback interface only. Ray does so by itself on macOS and Windows; on Linux it
replaces 127.0.0.1 by this machine's outer address and listens on all interfaces. Workers get the priority of this
process. Ray's default niceness of 15 starves them beside other programs."""
CLUSTER_DEFAULTS = {"RAY_gcs_server_port_wait_time_s": "1"}
"""A missing cluster is reported after 40 s. By default Ray tries for a quarter of an hour and ignores a cancel."""


@ENGINES.register("ray")
@dataclass(frozen=True)
class Ray(Engine):
    """Every machine needs this program, and the data, weights and plugins of the spec at the same paths.

    A shard whose worker or machine is lost is computed again elsewhere. A shard has as many threads as it has cores.
    The spec, the number of the shard and the weights determine its rows up to the order in which a processor adds
    numbers; `masking.benchmarks.protocol.row_equality` says what that changes.
    """

    address: str = param("auto", "auto: the cluster of this machine; local: a new one on this machine; or host:port")
    cpus: float = param(1.0, "processor cores for one shard", low=0.01, high=1024)
    gpus: float = param(
        1.0, "GPUs for one shard, if the cluster has GPUs; 0.5 puts two shards on one GPU", low=0, high=64
    )
    retries: int = param(3, "how many times a shard is restarted after its worker is lost", low=0, high=1000)

    title = "Ray"
    meaning = "Many machines, or all cores of this one; each shard is a task of a Ray cluster."

    @property
    def threads(self) -> int:
        """See `Engine`."""
        return run_threads() if VARIABLE in os.environ else max(1, int(self.cpus))

    def refuses(self) -> str | None:
        """See `Engine`. Whether there is a cluster at the address shows only when the run connects."""
        return NO_RAY if find_spec("ray") is None else None

    def results(
        self, loaded: LoadedSpec, shards: Sequence[int], report_forward_passes: Callable[[int], None]
    ) -> Iterator[Result]:
        """See `Engine`. Raises ValueError if Ray or the cluster is missing, or if no machine has room for a shard."""
        with _connect(self.address) as ray:
            gpus = self._gpus_per_shard(
                loaded.spec.device, [node["Resources"] for node in ray.nodes() if node["Alive"]]
            )
            # without max_calls=0, a worker with a GPU ends after each shard and loads everything again
            task = ray.remote(num_cpus=self.cpus, num_gpus=gpus, max_retries=self.retries, max_calls=0)(compute)
            digests = loaded.classifier.weights_digest, loaded.image_source.listing.digest
            device = "cuda:0" if gpus else "cpu"
            facts = loaded.spec.to_json(), loaded.spec.known_plugins, device, self.threads, *digests
            waiting, submitted = deque(shards), {}
            try:
                while waiting or submitted:
                    most = max(LEAST_AHEAD, 2 * int(ray.cluster_resources().get("CPU", 0) / self.cpus))
                    while waiting and len(submitted) < most:
                        shard = waiting.popleft()
                        submitted[task.remote(*facts, shard)] = shard
                    ready, _ = ray.wait(list(submitted), timeout=LISTEN_SECONDS)
                    for reference in ready:
                        yield _fetch(ray, reference, submitted.pop(reference))
                    report_forward_passes(0)
            finally:
                for reference in submitted:
                    ray.cancel(reference, force=True)

    def _gpus_per_shard(self, device: str, machines: Sequence[dict[str, float]]) -> float:
        """Return how many GPUs a shard gets."""
        has_gpus = any(machine.get("GPU", 0) for machine in machines)
        gpus = self.gpus if has_gpus and device != "cpu" else 0.0
        if device not in {"auto", "cpu"} and not gpus:
            raise ValueError(f"the device is {device} but shards get no GPU of this cluster; choose auto or cpu")
        if not any(machine.get("CPU", 0) >= self.cpus and machine.get("GPU", 0) >= gpus for machine in machines):
            raise ValueError(
                f"no machine of the cluster has {self.cpus:g} cores and {gpus:g} GPUs for a shard; ask for fewer"
            )
        return gpus


def compute(spec: str, known: Known, device: str, threads: int, weights: str, listing: str, shard: int) -> Result:
    """Compute a shard on the machine that Ray has selected, on so many threads.

    Raises:
        ValueError: this machine lacks something, or has other weights or pictures than the one that asks.
        KeyError: this machine lacks something that the spec names.
    """
    loaded = _load(spec, known, device)
    if loaded.classifier.weights_digest != weights:
        raise ValueError(
            f"{os.uname().nodename} has other weights of {loaded.classifier.name} than the machine that asks it; "
            "give both the same"
        )
    if loaded.image_source.listing.digest != listing:
        raise ValueError(
            f"{os.uname().nodename} has other pictures of {loaded.spec.data.source} than the machine that asks it; "
            "give both the same"
        )
    with computing_threads(threads):
        return loaded.compute(shard, lambda _: None)


@lru_cache(maxsize=1)
def _load(spec: str, known: Known, device: str) -> LoadedSpec:
    """Load a spec once for all shards that this worker computes; its plugins must be those of the one that asks."""
    return load_spec(stored_spec(spec, known), device)


def _fetch(ray: Any, reference: Any, shard: int) -> Result:
    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        raise error.cause or ValueError(f"shard {shard} fails: {_first_line(error)}") from error
    except ray.exceptions.RayError as error:
        raise ValueError(
            f"shard {shard} was lost ({_first_line(error)}); check the machines and resume the run"
        ) from error


@contextmanager
def _connect(address: str) -> Generator[Any, None, None]:
    """Connect to Ray; a local cluster ends with the run."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # no usage statistics are sent
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    local_options: dict[str, Any] = {"_node_ip_address": "127.0.0.1", "object_store_memory": LOCAL_MEMORY}
    local_options["include_dashboard"] = False
    try:
        with _environment_defaults(LOCAL_DEFAULTS if address == LOCAL else CLUSTER_DEFAULTS), _keep_sigterm_handler():
            import ray

            ray.init(
                address=address,
                runtime_env={"env_vars": _worker_variables()},
                log_to_driver=False,
                configure_logging=False,
                **(local_options if address == LOCAL else {}),
            )
    except ImportError:
        raise ValueError(NO_RAY) from None
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
def _keep_sigterm_handler() -> Generator[None, None, None]:
    """Put the SIGTERM handler back: Ray's handler ends this process at once, the earlier one cancels the run."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    if threading.current_thread() is threading.main_thread() and before is not None:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _environment_defaults(settings: dict[str, str]) -> Generator[None, None, None]:
    """Set environment variables for the time of a block, except those that are set already."""
    missing = {name: value for name, value in settings.items() if name not in os.environ}
    os.environ.update(missing)
    try:
        yield
    finally:
        for name in missing:
            del os.environ[name]


def _worker_variables() -> dict[str, str]:
    """Return the variables that say where workers find this program, its settings and downloaded weights."""
    variables = {
        name: value for name, value in os.environ.items() if name.startswith("MASKING_") or name == "TORCH_HOME"
    }
    return variables | python_path()


def _first_line(error: Exception) -> str:
    return next(filter(None, (line.strip() for line in str(error).splitlines())), type(error).__name__)
