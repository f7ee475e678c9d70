"""Which operation made a tensor: the evidence that a network ends in softmax or sigmoid."""

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

COPIES = ("_to_copy", "clone", "contiguous")
"""Operations whose result holds the same values as their first argument."""


class Producers(TorchDispatchMode):
    """While it is entered, notes which operation made each tensor; views and copies count as what they show."""

    def __init__(self) -> None:
        super().__init__()
        self._names: dict[int, str] = {}
        self._alive: list[Tensor] = []  # so that no address is used twice

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Run an operation and note its name."""
        result = func(*args, **(kwargs or {}))
        name = func.overloadpacket.__name__
        given = [_address(value) for value in args if isinstance(value, Tensor)]
        for made in result if isinstance(result, tuple | list) else (result,):  # pyright: ignore[reportUnknownVariableType]
            if isinstance(made, Tensor):
                self._note(made, name, given)
        return result

    def _note(self, made: Tensor, name: str, given: list[int]) -> None:
        address = _address(made)
        if name in COPIES and given:
            self._names[address] = self._names.get(given[0], "")
        elif address not in given or name.endswith("_"):
            self._names[address] = name.rstrip("_")
        self._alive.append(made)

    def name(self, tensor: Tensor) -> str:
        """Return the name of the operation that made a tensor, such as "sigmoid" or "_softmax"; "" if unknown."""
        return self._names.get(_address(tensor), "")


def last_operation(run: Callable[[], Tensor]) -> str:
    """Return the name of the operation that made the tensor that `run` returns; "" if unknown."""
    with Producers() as producers:
        return producers.name(run())


def _address(tensor: Tensor) -> int:
    try:
        return tensor.untyped_storage().data_ptr()
    except (RuntimeError, NotImplementedError):  # a sparse or otherwise special tensor
        return 0
