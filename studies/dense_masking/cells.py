"""Tensors whose numbers know whether their cell is visible."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

Definition = Callable[..., Any]

DEFINITIONS: dict[str, Definition] = {}
"""What each operation does, by its name; it gets `Cells` among its arguments."""

ABOUT = {
    "size", "dim", "numel", "stride", "is_contiguous", "is_floating_point", "get_device", "__get__", "__len__",
    "is_complex", "element_size", "ndimension",
}  # fmt: skip


def defines(*names: str) -> Callable[[Definition], Definition]:
    """Register a definition under the names of its operations."""

    def register(definition: Definition) -> Definition:
        DEFINITIONS.update(dict.fromkeys(names, definition))
        return definition

    return register


class Cells(Tensor):
    """Activations of any shape. Hidden numbers are zero.

    Attributes:
        visible: bool, of the same shape.
        cell: int, of the same shape: which cell of the map a number belongs to.
        outside: bool, of the same shape: cells that the network put around the map; neither visible nor hidden.
    """

    visible: Tensor
    cell: Tensor
    outside: Tensor | None

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Look up the definition of an operation, and let those in cell write into their first argument."""
        kwargs = dict(kwargs or {})
        name = func.__name__
        with torch._C.DisableTorchFunctionSubclass():
            if name in ABOUT:
                return func(*args, **kwargs)
            plain_name = operation_name(name)
            writes = kwargs.pop("inplace", False) or writes_in_place(name)
            if plain_name not in DEFINITIONS:
                raise NotImplementedError(f"the dense definitions do not know {name}")
            result = DEFINITIONS[plain_name](plain_name, *args, **kwargs)
            return overwritten(args[0], result) if writes else result


REVERSED = {"radd": "add", "rmul": "mul", "rsub": "rsub", "rtruediv": "rdiv", "rpow": "rpow"}
SYNONYMS = {
    "truediv": "div", "true_divide": "div", "divide": "div", "multiply": "mul", "subtract": "sub", "concat": "cat",
    "concatenate": "cat", "iadd": "add", "imul": "mul", "isub": "sub", "itruediv": "div", "max_pool2d_with_indices":
    "max_pool2d", "vector_norm": "norm", "linalg_vector_norm": "norm", **REVERSED,
}  # fmt: skip


def operation_name(name: str) -> str:
    """Return the name of an operation without the marks of operators and of operations in cell."""
    bare = name.strip("_")
    return SYNONYMS.get(bare, bare)


def writes_in_place(name: str) -> bool:
    """Return whether an operation of that name writes into its first argument."""
    return name in ("__iadd__", "__isub__", "__imul__", "__itruediv__", "__ipow__") or (
        name.endswith("_") and not name.endswith("__")
    )


def overwritten(target: Any, result: Any) -> Any:
    """Write a result into the tensor that an operation in cell was called on."""
    if not isinstance(target, Cells) or not isinstance(result, Cells):
        return result
    plain(target).copy_(plain(result))
    target.visible, target.cell, target.outside = result.visible, result.cell, result.outside
    return target


def plain(x: Any) -> Any:
    """Return the numbers alone, also inside lists."""
    if isinstance(x, Cells):
        return x.as_subclass(Tensor)
    return type(x)(map(plain, x)) if type(x) in (list, tuple) else x


def cells(x: Tensor, visible: Tensor, cell: Tensor, outside: Tensor | None = None) -> Cells:
    """Return numbers with their cells, zero where hidden."""
    visible = visible.expand(x.shape)
    seen = visible if outside is None else visible | outside
    result = torch.where(seen, x, torch.zeros_like(x)).as_subclass(Cells)
    result.visible, result.cell, result.outside = visible, cell.expand(x.shape), outside
    return result


def as_map(x: Tensor, visible: Tensor, outside: Tensor | None = None) -> Cells:
    """Return a map (n, c, h, w) as what an operation with windows made, with new cells."""
    height, width = x.shape[-2:]
    cell = torch.arange(height * width).view(1, 1, height, width)
    return cells(x, visible, cell, outside)


def settled(x: Any) -> Any:
    """Return cells around a map as visible cells, for operations that have no window."""
    if isinstance(x, Cells) and x.outside is not None:
        return as_map(plain(x), x.visible | x.outside)
    return x


def mask_of(x: Cells) -> Tensor:
    """Return the mask (n, 1, h, w) of a map (n, c, h, w).

    Channels that were made of several cells, as by a space to depth, are like the maps of a concatenation: their new
    cell is visible where more than half of them are.
    """
    if x.ndim != 4:
        raise NotImplementedError("an operation with a window on something else than (n, c, h, w)")
    return x.visible.double().mean(1, keepdim=True) > 0.5


def varies(numbers: Tensor, dims: list[int]) -> bool:
    """Return whether numbers differ along dimensions."""
    return bool((numbers.amin(dims, keepdim=True) != numbers.amax(dims, keepdim=True)).any())


def dense_masked(network: nn.Module, x: Tensor, keep: Tensor) -> Tensor:
    """Return the logits of layer masking with its default settings.

    Args:
        network: in evaluation mode; returns logits (n, classes).
        x: images (n, 3, h, w), normalised.
        keep: bool (n, 1, h, w), True = visible.
    """
    from . import moving, reductions, windows  # noqa: F401  (they register their definitions)

    with torch.no_grad():
        return plain(network(as_map(x.clone(), keep)))
