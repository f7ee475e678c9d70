"""One spelling for each operation and each argument, however a network writes its calls.

PyTorch knows `x.mean(2)`, `x.mean(dim=2)`, `x.mean(axis=2)`, `torch.mean(input=x, dim=2)` and, where calls are
recorded, the method object `torch.Tensor.mean`. The rules see one of them.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from torch import Tensor, nn

Operation = type[nn.Module] | Callable[..., Any] | str

CANONICAL_KEYWORDS = {
    "input": "x",
    "self": "x",
    "tensor": "x",
    "axis": "dim",
    "axis0": "dim0",
    "axis1": "dim1",
    "keepdims": "keepdim",
    "split_size_or_sections": "sizes",
    "split_size": "sizes",
    "chunks": "sizes",
    "indices_or_sections": "sizes",
}
"""What a keyword is called in the rules, by what PyTorch calls it."""

WITHOUT_EFFECT = ("_stacklevel",)
"""Keywords that change no value."""

WITHOUT_EFFECT_IF_NONE = ("out", "dtype")

_OPERATORS: dict[str, Any] = {
    "__add__": "add", "__radd__": "add", "__iadd__": "add_", "__sub__": "sub", "__rsub__": "__rsub__",
    "__isub__": "sub_", "__mul__": "mul", "__rmul__": "mul", "__imul__": "mul_", "__truediv__": "div",
    "__div__": "div", "__itruediv__": "div_", "__idiv__": "div_", "__rtruediv__": "__rtruediv__",
    "__rdiv__": "__rtruediv__", "__pow__": "pow", "__ipow__": "pow_", "__neg__": "neg", "__abs__": "abs",
    "__gt__": "gt", "__lt__": "lt", "__ge__": "ge", "__le__": "le", "__eq__": "eq", "__ne__": "ne",
    "__and__": "logical_and", "__or__": "logical_or", "__invert__": "logical_not", "__matmul__": "matmul",
    "__getitem__": operator.getitem, "__setitem__": operator.setitem, "view": "reshape", "view_as": "reshape_as",
}  # fmt: skip
"""Methods behind Python's operators, and methods that do the same as another one in any memory layout."""

_IN_PLACE_OPERATORS = (
    operator.iadd, operator.isub, operator.imul, operator.itruediv, operator.ifloordiv, operator.ipow, operator.imod,
    operator.iand, operator.ior, operator.ixor, operator.imatmul, operator.ilshift, operator.irshift, operator.setitem,
)  # fmt: skip


def canonical(operation: Any) -> Any:
    """Return a method's name for a method of tensors, and any other operation as it is."""
    if isinstance(operation, str):
        return _OPERATORS.get(operation, operation)
    name = getattr(operation, "__name__", None)
    if isinstance(name, str) and not isinstance(operation, type | nn.Module) and _is_method(operation, name):
        return _OPERATORS.get(name, name)
    return operation


def canonical_arguments(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return arguments and keywords under the names that the rules give them; the map itself is the first argument."""
    keywords = {
        CANONICAL_KEYWORDS.get(name, name): value
        for name, value in kwargs.items()
        if name not in WITHOUT_EFFECT and not (value is None and name in WITHOUT_EFFECT_IF_NONE)
    }
    return ((keywords.pop("x"),) if "x" in keywords and not args else args), keywords


def writes_in_place(operation: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None) -> bool:
    """Return whether a call writes into a tensor that it is given: its first argument, or the one called `out`.

    This holds for methods and functions with an underscore behind their name, for `+=` and its kin, for writing into
    a selection, for `inplace=True` and for `out=`.
    """
    keywords = kwargs or {}
    if keywords.get("out") is not None:
        return True
    if isinstance(operation, nn.Module):
        return bool(getattr(operation, "inplace", False))
    if operation in _IN_PLACE_OPERATORS:
        return True
    name = operation if isinstance(operation, str) else str(getattr(operation, "__name__", ""))
    if name.startswith("__"):
        return (name.startswith("__i") and name not in {"__invert__", "__index__", "__int__"}) or name == "__setitem__"
    if name.endswith("_") and name != "requires_grad_":
        return True
    if "inplace" in keywords:
        return bool(keywords["inplace"])
    position = _position_of_inplace(operation)
    return position is not None and len(args) > position and args[position] is True


def _is_method(operation: Any, name: str) -> bool:
    method = getattr(Tensor, name, None)
    if method is operation:
        return True
    owner = getattr(operation, "__objclass__", None)
    if isinstance(owner, type) and issubclass(Tensor, owner):
        return True
    qualified = str(getattr(operation, "__qualname__", ""))
    return qualified.startswith(("Tensor.", "TensorBase."))


@cache
def _position_of_inplace(operation: Any) -> int | None:
    if isinstance(operation, str) or not callable(operation):
        return None
    try:
        names = list(inspect.signature(operation).parameters)
    except (TypeError, ValueError):
        return None
    return names.index("inplace") if "inplace" in names else None
