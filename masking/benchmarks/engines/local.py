"""This process, one shard after the other."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from masking.benchmarks.engines import ENGINES, Engine
from masking.benchmarks.specification.loaded_spec import Opened, Result


@ENGINES.register("local")
@dataclass(frozen=True)
class Local(Engine):
    """One process on one device."""

    title = "Local"
    meaning = "This machine, one shard after the other."

    def results(self, work: Opened, shards: Sequence[int], tick: Callable[[int], None]) -> Iterator[Result]:
        """See `Engine`."""
        for shard in shards:
            yield work.compute(shard, tick)
