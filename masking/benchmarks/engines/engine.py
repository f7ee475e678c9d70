"""The base of every engine: open shards in, results out, in any order."""

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from masking.benchmarks.specification.loaded_spec import LoadedSpec, Result
from masking.registry.params import check_params
from masking.runtime.threads import run_threads


class Engine:
    """A place to compute shards; subclasses are frozen dataclasses of `param` fields."""

    title: ClassVar[str]
    meaning: ClassVar[str]

    def __post_init__(self):
        check_params(self)

    def refuses(self) -> str | None:
        """Return one sentence on what this machine lacks to use the engine, or None when it lacks nothing."""
        return None

    @property
    def threads(self) -> int:
        """The number of threads that compute a shard. Raises ValueError if the operator has set no such number."""
        return run_threads()

    def results(
        self, loaded: LoadedSpec, shards: Sequence[int], report_forward_passes: Callable[[int], None]
    ) -> Iterator[Result]:
        """Yield the result of `loaded.compute` for each shard as soon as it is ready; the caller commits it.

        Args:
            loaded: the spec, loaded in this process; `load_spec(loaded.spec)` loads the same on another machine.
            shards: the shards that are still open.
            report_forward_passes: call it regularly with the forward passes since the last call; it raises to cancel.
        """
        raise NotImplementedError
