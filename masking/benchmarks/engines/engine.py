"""What every engine is: open shards in, results out, in any order."""

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from masking.benchmarks.specification.loaded_spec import LoadedSpec, Result
from masking.registry.params import check_params


class Engine:
    """Computes shards somewhere; subclasses are frozen dataclasses of `param` fields."""

    title: ClassVar[str]
    meaning: ClassVar[str]

    def __post_init__(self):
        check_params(self)

    def results(
        self, work: LoadedSpec, shards: Sequence[int], report_forward_passes: Callable[[int], None]
    ) -> Iterator[Result]:
        """What `work.compute` makes of these shards, each as soon as it is there; the caller commits it.

        Args:
            work: opened here; `load_spec(work.spec)` opens the same on another machine.
            shards: those that are still open.
            report_forward_passes: call it now and then with the forward passes since then; raises to cancel.
        """
        raise NotImplementedError
