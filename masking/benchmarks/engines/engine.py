"""What every engine is: open shards in, results out, in any order."""

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from masking.benchmarks.specification.loaded_spec import Opened, Result
from masking.registry.params import check_params


class Engine:
    """Computes shards somewhere; subclasses are frozen dataclasses of `param` fields."""

    title: ClassVar[str]
    meaning: ClassVar[str]

    def __post_init__(self):
        check_params(self)

    def results(self, work: Opened, shards: Sequence[int], tick: Callable[[int], None]) -> Iterator[Result]:
        """What `work.compute` makes of these shards, each as soon as it is there; the caller commits it.

        Args:
            work: opened here; `open_spec(work.spec)` opens the same on another machine.
            shards: those that are still open.
            tick: to be called now and then with the forward passes since; raises when the run is to be cancelled.
        """
        raise NotImplementedError
