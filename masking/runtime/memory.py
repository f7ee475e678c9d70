"""How much memory a computation takes and how much is free, to choose the size of a batch."""

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
"""The share of free memory that a batch may fill; estimates err, and other processes need some too."""

MOST = {"cpu": 32}
"""The largest batch on a CPU: a few images keep all cores busy, so larger batches gain nothing."""

MOST_ELSEWHERE = 512
"""The largest batch on any other device."""


class _Peak(TorchDispatchMode):
    """Adds up the bytes of all tensors alive at once; sees a single thread and leaves the model untouched."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes = 0
        self._alive: dict[StorageWeakRef, int] = {}

    def __torch_dispatch__(
        self, func: Callable[..., Any], types: Iterable[type], args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(result):
            if isinstance(leaf, Tensor):
                storage = leaf.untyped_storage()
                self._alive[StorageWeakRef(storage)] = storage.nbytes()
        self._alive = {storage: size for storage, size in self._alive.items() if not storage.expired()}
        self.bytes = max(self.bytes, sum(self._alive.values()))
        return result


def peak_bytes(work: Callable[[], T]) -> tuple[T, int]:
    """Return the result of `work`, and the most bytes that tensors took at once.

    Memory that a single operation takes and gives back is not counted.
    """
    with _Peak() as peak:
        return work(), peak.bytes


def tensor_bytes(value: Any) -> int:
    """Add up the bytes of the tensors in a result: in dataclasses, mappings and sequences, also nested ones."""
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
    """Return the free bytes of a device, or of the machine if the device reports none."""
    if device.type == "cuda":
        cached = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + cached
    return psutil.virtual_memory().available


def fitting_batch(bytes_each: int, device: torch.device) -> int:
    """Return how many images to compute at once, 1 or more, if each takes that many bytes."""
    most = MOST.get(device.type, MOST_ELSEWHERE)
    return int(min(most, max(1, SPARE * free_bytes(device) // max(1, bytes_each))))


def out_of_memory(error: RuntimeError) -> bool:
    """Return whether an error says that memory ran out; on a CPU, torch raises a plain RuntimeError."""
    return isinstance(error, torch.OutOfMemoryError) or "allocate memory" in str(error)
