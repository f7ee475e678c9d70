"""How PyTorch spells operations along channels, shapes and attributes: from a call's arguments to a rule's."""

from __future__ import annotations

from typing import Any

from torch import nn

from masking.layers.maps.masked import Extreme, Masked
from masking.layers.rules import Run, arrange, cellwise

from .operations import PLAIN_ATTRIBUTES


def linear(run: Run, x: Masked, *args: Any, **kwargs: Any) -> Any:
    """Apply a linear layer to the channels of each cell."""
    return cellwise.over_channels(lambda v: run(v, *args, **kwargs), x)


def along(default: Any = None, first: bool = True) -> Run:
    """Return the rule of an operation along one dimension of channels, such as softmax.

    Args:
        default: the dimension if a call names none.
        first: whether the dimension is the first argument of a call, and not the last of several.
    """

    def applied(run: Run, x: Masked, *args: Any, **kwargs: Any) -> Masked:
        dim = kwargs.get("dim", (args[0] if first else args[-1]) if args else default)
        return cellwise.along_channels(lambda v: run(v, *args, **kwargs), x, dim)

    return applied


def softmax(run: Run, x: Masked, *args: Any, **kwargs: Any) -> Masked:
    """Apply softmax along channels, or over the visible cells that stand in one dimension."""
    dim = run.dim if isinstance(run, nn.Softmax) else kwargs.get("dim", args[0] if args else None)
    if x.is_sequence and isinstance(dim, int) and dim in (x.grid[0], x.grid[0] + x.values.ndim):
        return cellwise.shares_of_cells(lambda v: run(v, *args, **kwargs), x)
    return cellwise.along_channels(lambda v: run(v, *args, **kwargs), x, dim)


def along_module(layer: Any, x: Masked) -> Masked:
    """Apply a layer along the dimension of channels that it names."""
    return cellwise.along_channels(layer, x, -3 if isinstance(layer, nn.Softmax2d) else layer.dim)


def roll(run: Run, x: Masked, shifts: Any, dims: Any = None) -> Masked:
    """Roll channels; rows and columns stay."""
    if dims is None:
        raise NotImplementedError("moves cells across the border of the picture")
    return arrange.along_dims(lambda v: run(v, shifts, dims), x, dims)


def flatten(run: Run, x: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """Flatten dimensions, by a function, a method or a layer."""
    if isinstance(run, nn.Flatten):
        start_dim, end_dim = run.start_dim, run.end_dim
    return arrange.flatten(run, x, start_dim, end_dim)


def flattens_all(run: Any, _: Any, start_dim: Any = 0, end_dim: Any = -1) -> bool:
    """Return whether a flattening may leave one vector per image."""
    if isinstance(run, nn.Flatten):
        start_dim, end_dim = run.start_dim, run.end_dim
    return start_dim in (0, 1, -3) and end_dim in (-1, 3)


def unflatten_module(layer: nn.Unflatten, x: Masked) -> Any:
    """Split one dimension into several."""
    return arrange.unflatten(layer, x, int(layer.dim), tuple(layer.unflattened_size))  # pyright: ignore[reportArgumentType]


def makes_vectors(run: Any, _: Any, *shape: Any, **__: Any) -> bool:
    """Return whether a new shape is one vector per image."""
    return len(shape[0] if len(shape) == 1 and isinstance(shape[0], list | tuple) else shape) == 2


def attribute(run: Run, x: Any, name: str) -> Any:
    """Return an attribute that no mask changes, or the values of a maximum."""
    if isinstance(x, Extreme):
        return getattr(x, name)
    reason = attribute_refusal(run, x, name)
    if reason is not None or not isinstance(x, Masked) or name in ("values", "indices"):
        raise NotImplementedError(reason or f"uses .{name} of a masked map")
    return run(x.values, name)


def attribute_refusal(run: Any, _: Any, name: str) -> str | None:
    """Return why an attribute is refused, or None."""
    return None if name in (*PLAIN_ATTRIBUTES, "values", "indices") else f"uses .{name} of a masked map"


def attribute_ends(run: Any, _: Any, name: str) -> bool:
    """Return whether an attribute is no map."""
    return name in PLAIN_ATTRIBUTES


def refuse(reason: str) -> Run:
    """Return a rule that only says why there is none."""

    def refused(*_: Any, **__: Any) -> Any:
        raise NotImplementedError(reason)

    return refused
