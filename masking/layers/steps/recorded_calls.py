"""Calls of PyTorch's functions as a recording meets them: their spelling, and the modes that they run in."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

import torch
from torch import Tensor

from masking.layers.table.spelling import canonical, writes_in_place

from .trace import call_method

ABOUT = frozenset((
    "__format__", "__hash__", "__len__", "__repr__", "_version", "can_cast", "device", "dim", "dtype", "element_size",
    "get_device", "grad", "grad_fn", "has_names", "is_complex", "is_conj", "is_contiguous", "is_cpu", "is_cuda",
    "is_floating_point", "is_inference", "is_leaf", "is_meta", "is_mkldnn", "is_mps", "is_neg", "is_nested",
    "is_pinned", "is_quantized", "is_same_size", "is_shared", "is_signed", "is_sparse", "is_sparse_csr", "is_tensor",
    "is_xla", "is_xpu", "itemsize", "layout", "name", "names", "nbytes", "ndim", "ndimension", "nelement", "numel",
    "output_nr", "register_hook", "requires_grad", "requires_grad_", "result_type", "retain_grad", "retains_grad",
    "shape", "size", "storage_offset", "stride",
))  # fmt: skip
"""What a network may ask of a map: nothing that depends on values."""

SHAPED_BY_VALUES = frozenset((
    "argwhere", "bincount", "masked_select", "nonzero", "unique", "unique_consecutive", "unique_dim",
))  # fmt: skip
"""Functions whose result has a shape that depends on values."""

RANDOM_FUNCTIONS = frozenset((
    "bernoulli", "cauchy", "exponential", "geometric", "gumbel_softmax", "log_normal", "multinomial", "normal",
    "poisson", "rand", "rand_like", "randint", "randint_like", "randn", "randn_like", "random", "randperm", "uniform",
))  # fmt: skip
"""Functions that draw random numbers, beside dropout."""


class Call(NamedTuple):
    """One call of a function: the operation in its one spelling, how to run it again, and its arguments."""

    name: str
    operation: Any
    run: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    @staticmethod
    def of(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
        """Spell a call, so that running it again returns what the network goes on with."""
        name = str(getattr(function, "__name__", function))
        if name in {"__get__", "__set__"}:
            attribute = str(getattr(getattr(function, "__self__", None), "__name__", "attribute"))
            if name == "__get__" and attribute == "data":  # the same memory, without gradients
                return Call(attribute, "detach", call_method("detach"), args, {})
            if name == "__get__":
                return Call(attribute, getattr, getattr, (args[0], attribute), {})
            return Call(f"{attribute} =", None, function, args, kwargs)
        if name == "__setitem__":
            return Call(name, operator.setitem, set_part, args, kwargs)
        operation = canonical(function)
        kwargs = {key: value for key, value in kwargs.items() if key != "out"}
        if operation is operator.getitem:
            return Call(name, operation, operator.getitem, args, kwargs)
        return Call(name, operation, call_method(operation) if isinstance(operation, str) else function, args, kwargs)

    @property
    def title(self) -> str:
        """A short name of the operation, such as "conv2d"."""
        return str(getattr(self.operation, "__name__", self.operation or self.name)).strip("_")

    def shaped_by_values(self) -> bool:
        """Return whether the shape of the result depends on values."""
        if self.name in SHAPED_BY_VALUES or (self.name == "where" and len(self.args) + len(self.kwargs) == 1):
            return True
        if self.operation is not operator.getitem:
            return False
        return any(tensor.dtype in (torch.bool, torch.uint8) for tensor in tensors_in(self.args[1]))

    def is_random(self) -> bool:
        """Return whether the call draws random numbers."""
        if "dropout" in self.title:
            probability = self.kwargs.get("p", self.args[1] if len(self.args) > 1 else 0.5)
            return bool(probability and self.kwargs.get("training", self.args[2] if len(self.args) > 2 else True))
        return self.title.rstrip("_") in RANDOM_FUNCTIONS

    def written(self, before: list[tuple[Tensor, int]]) -> list[Tensor]:
        """Return the tensors that the call has written into, given their versions before it."""
        if self.operation is getattr or self.operation is None:
            return []
        into_first = writes_in_place(self.operation, self.args, self.kwargs)
        return [t for i, (t, old) in enumerate(before) if version(t) != old or (into_first and not i)]


def set_part(x: Tensor, index: Any, value: Any) -> Tensor:
    """Write into a part of a tensor and return the tensor, as a statement `x[index] = value` does."""
    x[index] = value
    return x


def tensors_in(value: Any) -> Iterator[Tensor]:
    """Yield the tensors in arguments or results, also those in sequences, mappings and slices."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from tensors_in(entry)
    elif isinstance(value, dict):
        for entry in value.values():
            yield from tensors_in(entry)
    elif isinstance(value, slice):
        yield from tensors_in((value.start, value.stop, value.step))


def version(tensor: Tensor) -> int:
    """Return how often a tensor has been written into; tensors made in inference mode do not count it."""
    return 0 if tensor.is_inference() else tensor._version


class Modes(NamedTuple):
    """Modes of PyTorch that change what an operation does: gradients and mixed precision."""

    gradients: bool
    autocast: bool
    precision: torch.dtype
    device: str

    @staticmethod
    def now(device: str) -> Modes:
        """Return the present modes of this thread."""
        return Modes(
            torch.is_grad_enabled(), torch.is_autocast_enabled(device), torch.get_autocast_dtype(device), device
        )

    def around(self, run: Callable[..., Any], outside: Modes) -> Callable[..., Any]:
        """Return a function that runs in these modes, if they differ from those around the network."""
        if self == outside:
            return run

        def in_modes(*args: Any, **kwargs: Any) -> Any:
            with ExitStack() as stack:
                if self.gradients != outside.gradients:
                    stack.enter_context(torch.set_grad_enabled(self.gradients))
                if self[1:] != outside[1:]:
                    stack.enter_context(torch.autocast(self.device, self.precision, self.autocast))
                return run(*args, **kwargs)

        return in_modes
