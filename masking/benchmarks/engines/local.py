"""This process, one shard after another."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from masking.benchmarks.engines import ENGINES, Engine
from masking.benchmarks.specification.loaded_spec import LoadedSpec, Result


@ENGINES.register("local")
@dataclass(frozen=True)
class Local(Engine):
    """One process on one device."""

    title = "Local"
    meaning = "This machine, one shard after another."

    def results(
        self, loaded: LoadedSpec, shards: Sequence[int], report_forward_passes: Callable[[int], None]
    ) -> Iterator[Result]:
        """See `Engine`."""
        for shard in shards:
            yield loaded.compute(shard, report_forward_passes)
