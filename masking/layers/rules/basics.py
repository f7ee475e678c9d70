"""What all rules share: what they take, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from masking.layers.maps.keep import Keep
from masking.layers.maps.masked import Masked

Run = Callable[..., Any]
IMAGE_GRID = (-2, -1)  # rows and columns last, as convolutions and pools want them


def require(condition: bool, reason: str) -> None:
    """Raise NotImplementedError with the reason unless the condition holds; the caller names the operation."""
    if not condition:
        raise NotImplementedError(reason)


def require_image(x: Masked) -> None:
    """Refuse maps other than (n, channels, h, w)."""
    is_image = x.grid == IMAGE_GRID and x.values.ndim == 4
    require(is_image, "slides over other dimensions than the rows and columns of (n, channels, h, w)")


def from_the_end(x: Masked, dim: int) -> int:
    """Return a dimension of the values counted from the end."""
    require(-x.values.ndim <= dim < x.values.ndim, f"uses dimension {dim} of a map with {x.values.ndim} dimensions")
    return dim if dim < 0 else dim - x.values.ndim


def is_channel(x: Masked, dim: int) -> bool:
    """Return whether a dimension holds neither images, nor rows or columns."""
    return from_the_end(x, dim) not in (*x.grid, -x.values.ndim)


def is_number(value: Any) -> bool:
    """Return whether a value is a whole number, and not True or False."""
    return isinstance(value, int) and not isinstance(value, bool)


def fits(values: Tensor, keep: Keep, grid: tuple[int, int]) -> bool:
    """Return whether values have the cells of a mask in these dimensions."""
    rows, columns = keep.size
    if grid[0] == grid[1]:
        return values.shape[grid[0]] == rows * columns
    return (values.shape[grid[0]], values.shape[grid[1]]) == keep.size


def values_of(value: Any) -> Any:
    """Return the values of a map, and anything else as it is."""
    return value.values if isinstance(value, Masked) else value


def is_full_map(value: Any, x: Masked) -> bool:
    """Return whether a tensor is a map of the same shape whose cells differ, so that all of it counts as visible."""
    is_map = isinstance(value, Tensor) and value.shape == x.values.shape
    return is_map and any(value.stride(dim) for dim in x.grid)


def without(x: Masked, removed: Sequence[int]) -> tuple[int, int]:
    """Return where rows and columns are once these dimensions, counted from the end, are gone."""
    rows, columns = (dim + sum(gone > dim for gone in removed) for dim in x.grid)
    return rows, columns


def order_after(x: Masked, rearrange: Callable[[Tensor], Tensor]) -> list[int]:
    """Return which dimension of the values comes where, when a function reorders them."""
    sizes = range(2, x.values.ndim + 2)  # all different, so that each is recognised
    return [size - 2 for size in rearrange(torch.empty(tuple(sizes), device="meta")).shape]
