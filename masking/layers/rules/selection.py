"""Selections by index: channels, crops, every k-th cell, and maps out of several."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from masking.layers.maps.keep import Window
from masking.layers.maps.masked import Masked, masked

from .basics import Run, from_the_end, is_channel, is_number, require, without
from .joins import Joins
from .windows import convolution

WHOLE = slice(None)


def select(joins: Joins) -> Run:
    """Return the rule for `x[index]`: channels, a crop, every k-th cell, or one of several maps."""

    def getitem(run: Run, x: Any, index: Any) -> Any:
        if not isinstance(x, Masked):
            return run(x, index)
        items = _without_ellipsis(index if isinstance(index, tuple) else (index,), x.values.ndim)
        by_dim, grid = _laid_out(x, items)
        require(by_dim[0] == WHOLE, "picks images")
        rows, columns = (by_dim[dim + x.values.ndim] for dim in x.grid)
        if rows == WHOLE and columns == WHOLE:
            return replace(x, values=run(x.values, index), grid=grid)
        require(isinstance(rows, slice) and isinstance(columns, slice), "picks single rows or columns of a map")
        require(not x.is_sequence, "picks cells that stand in one dimension")
        passes_over = max(rows.step or 1, columns.step or 1) > 1
        if passes_over and joins.skips == "stride":
            return _by_strides(joins, x, rows, columns, lambda values: run(values, _channels_only(x, items)), grid)
        return masked(run(x.values, index), x.keep.selected(rows, columns), grid)

    return getitem


def narrow(joins: Joins) -> Run:
    """Return the rule for a stretch of channels, rows or columns."""

    def narrowed(_: Run, x: Masked, dim: int, start: int, length: int) -> Any:
        position, begin = dim % x.values.ndim, start % x.values.shape[dim]
        index = (*[WHOLE] * position, slice(begin, begin + length))
        return select(joins)(lambda values, i: values[i], x, index)

    return narrowed


def pick(run: Run, x: Masked, dim: int, index: int) -> Masked:
    """Pick one channel, as `select` does."""
    require(is_channel(x, dim), "picks single images, rows or columns")
    return replace(x, values=run(x.values, dim, index), grid=without(x, [from_the_end(x, dim)]))


def pick_several(run: Run, x: Masked, dim: int, index: Any) -> Masked:
    """Pick or reorder channels by their numbers."""
    require(is_channel(x, dim) and isinstance(index, Tensor), "picks images, rows or columns by their numbers")
    return replace(x, values=run(x.values, dim, index))


def reverse(run: Run, x: Masked, *dims: Any, **kwargs: Any) -> Masked | Tensor:
    """Reverse channels, rows or columns; the mask is reversed with the cells."""
    numbers = kwargs.get("dims", dims[0] if len(dims) == 1 and not isinstance(dims[0], int) else dims)
    reversed_dims = [from_the_end(x, int(dim)) for dim in ([numbers] if isinstance(numbers, int) else numbers)]
    require(-x.values.ndim not in reversed_dims, "reverses the order of images")
    values = run(x.values, tuple(reversed_dims))
    cells = tuple(axis for axis, dim in zip((2, 3), x.grid, strict=True) if dim in reversed_dims)
    if not cells:
        return replace(x, values=values)
    return masked(values, x.keep.flipped(cells), x.grid)


def _by_strides(
    joins: Joins, x: Masked, rows: slice, columns: slice, channels: Callable[[Tensor], Tensor], grid: tuple[int, int]
) -> Masked | Tensor:
    """Crop, then take every k-th cell; a cell stands for all cells of its stride."""
    require(x.grid == (-2, -1) and grid == x.grid, "passes over cells that are not rows and columns of (n, c, h, w)")
    start = tuple(slice(side.start, side.stop) for side in (rows, columns))
    cropped = masked(x.values[(..., *start)], x.keep.selected(*start))
    step_rows, step_columns = rows.step or 1, columns.step or 1

    def sampled(values: Tensor) -> Tensor:
        # a copy, because some of its visible cells are hidden in the map, where other operations write
        return channels(values[..., ::step_rows, ::step_columns]).clone()

    if not isinstance(cropped, Masked):
        return sampled(cropped)
    return convolution(joins, sampled, cropped, Window((1, 1), (step_rows, step_columns)))


def _without_ellipsis(items: tuple[Any, ...], ndim: int) -> tuple[Any, ...]:
    """Return one item for each dimension, and None for each new one."""
    require(not any(isinstance(item, Masked) for item in items), "picks by the values of a masked map")
    consumed = sum(item is not None and item is not Ellipsis for item in items)
    require(consumed <= ndim, "has more indices than dimensions")
    filler = (WHOLE,) * (ndim - consumed)
    position = next((i for i, item in enumerate(items) if item is Ellipsis), len(items))
    return (*items[:position], *filler, *items[position + 1 :])


def _laid_out(x: Masked, items: tuple[Any, ...]) -> tuple[list[Any], tuple[int, int]]:
    """Return the item of each dimension of a map, and where its rows and columns are in the result."""
    by_dim: list[Any] = []
    result: list[int | None] = []  # which dimension of the map each dimension of the result is
    listed_channels = 0
    for item in items:
        if item is None:
            result.append(None)
            continue
        dim = len(by_dim)
        by_dim.append(item)
        if is_number(item):
            require(is_channel(x, dim), "picks single images, rows or columns")
            continue
        if not isinstance(item, slice):
            listed_channels += 1
            require(is_channel(x, dim) and _lists_channels(item), "picks cells or images by their numbers")
        result.append(dim)
    numbers = any(is_number(item) for item in items)
    require(listed_channels == 0 or (listed_channels == 1 and not numbers), "picks channels by several lists at once")
    rows, columns = (result.index(dim + x.values.ndim) for dim in x.grid)
    new = [position for position, dim in enumerate(result) if dim is None]
    inside = all(position > 0 and (position < rows or position > columns) for position in new)
    require(inside, "puts a dimension among rows and columns, or before images")
    return by_dim, (rows - len(result), columns - len(result))


def _lists_channels(item: Any) -> bool:
    if isinstance(item, Tensor):
        return item.ndim == 1 and item.dtype in (torch.int64, torch.int32)
    return isinstance(item, list) and all(map(is_number, item))


def _channels_only(x: Masked, items: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the index without its rows and columns, which are the last two."""
    return (*items[:-2], WHOLE, WHOLE)
