"""How much memory a computation takes, and how much there is: for batches as large as fit and no larger."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import is_dataclass
from typing import Any, TypeVar

import psutil
import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

T = TypeVar("T")

SPARE = 0.5
"""The share of free memory that a batch may fill: others need some, and estimates err."""

MOST = {"cpu": 32}
"""On a CPU larger batches gain nothing, since a few pictures keep all cores busy."""

MOST_ELSEWHERE = 512


class _Peak(TorchDispatchMode):
    """Adds up the tensors that operations make, and what of them lives at once; sees one thread, touches no model."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes = 0
        self._alive: dict[StorageWeakRef, int] = {}

    def __torch_dispatch__(
        self, func: Callable[..., Any], types: Iterable[type], args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        for made in tree_leaves(result):
            if isinstance(made, Tensor):
                storage = made.untyped_storage()
                self._alive[StorageWeakRef(storage)] = storage.nbytes()
        self._alive = {storage: size for storage, size in self._alive.items() if not storage.expired()}
        self.bytes = max(self.bytes, sum(self._alive.values()))
        return result


def peak_bytes(work: Callable[[], T]) -> tuple[T, int]:
    """What `work` returns, and the bytes of all tensors that lived at once at its worst moment.

    Memory inside single operations is not seen.
    """
    with _Peak() as peak:
        return work(), peak.bytes


def tensor_bytes(value: Any) -> int:
    """Bytes of the tensors that a result holds, in dataclasses, mappings and sequences within one another."""
    if isinstance(value, Tensor):
        return value.untyped_storage().nbytes()
    if is_dataclass(value):
        return sum(map(tensor_bytes, vars(value).values()))
    if isinstance(value, Mapping):
        return sum(map(tensor_bytes, value.values()))
    if isinstance(value, list | tuple | set | frozenset):
        return sum(map(tensor_bytes, value))
    return 0


def free_bytes(device: torch.device) -> int:
    """Bytes that can still be had on a device; on one without its own count, the machine's."""
    if device.type == "cuda":
        cached = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + cached
    return psutil.virtual_memory().available


def fitting_batch(bytes_each: int, device: torch.device) -> int:
    """How many images to compute at once, 1 or more, when each takes that many bytes."""
    most = MOST.get(device.type, MOST_ELSEWHERE)
    return int(min(most, max(1, SPARE * free_bytes(device) // max(1, bytes_each))))


def out_of_memory(error: RuntimeError) -> bool:
    """Whether that is what an error says; on a CPU it is an ordinary one."""
    return isinstance(error, torch.OutOfMemoryError) or "allocate memory" in str(error)
