"""Operations that move numbers without changing them: shapes, orders of dimensions, selections of channels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import prod
from typing import Any

from torch import Tensor

from masking.layers.maps.masked import Masked, Row, masked

from .basics import Run, from_the_end, is_channel, order_after, require, require_image, without
from .cellwise import channels_of
from .joins import Joins, voted_blocks

SEQUENCE = "mixes cells with channels or images, or splits rows or columns"


def flatten(run: Run, x: Masked, start_dim: int = 0, end_dim: int = -1) -> Masked | Tensor:
    """Flatten to one vector per image, channels together, or the cells of each channel into one dimension."""
    shape = list(x.values.shape)
    start, end = start_dim % x.values.ndim, end_dim % x.values.ndim
    return reshape(run, x, (*shape[:start], prod(shape[start : end + 1]), *shape[end + 1 :]))


def unflatten(run: Run, x: Masked, dim: int, sizes: Sequence[int]) -> Masked | Tensor:
    """Split one dimension into several."""
    shape, position = list(x.values.shape), dim % x.values.ndim
    return reshape(run, x, (*shape[:position], *_resolved(sizes, shape[position]), *shape[position + 1 :]))


def reshape(_: Run, x: Masked, *dims: Any, shape: Any = None) -> Masked | Tensor:
    """Regroup channels around the same rows and columns, flatten, or put all cells into one dimension and back.

    A vector per image, (n, length), is an ordinary tensor with zeros at hidden cells; there are no cells after it, save
    in the vector of one channel (`Row`).
    """
    x = _as_map(x)
    new = _resolved(_sizes(dims, shape), x.values.numel())
    rows, columns = (dim + x.values.ndim for dim in x.grid)
    require(new[:1] == x.values.shape[:1], "puts images among channels, such as for kernels of their own")
    require(columns - rows in (0, 1), SEQUENCE)
    if len(new) == 2:
        vectors = _copied(x).reshape(new)
        return Row(vectors, x.keep, (-1, -1)) if new[1] == prod(x.keep.size) else vectors
    before, cells = prod(x.values.shape[1:rows]), prod(x.keep.size)
    for position in range(len(new) - 1, 0, -1):
        if prod(new[1:position]) == before:
            if new[position : position + 2] == x.keep.size:
                return replace(x, values=x.values.reshape(new), grid=(position - len(new), position + 1 - len(new)))
            if new[position] == cells:
                return replace(x, values=x.values.reshape(new), grid=(position - len(new), position - len(new)))
    raise NotImplementedError(SEQUENCE)


def reshape_blocks(joins: Joins) -> Run:
    """Return the rule for a new shape that may also make channels of blocks of cells, or blocks of cells of channels.

    Rows and columns that are each split in two, as (h / b, b), give channels of blocks as a pixel unshuffle does; two
    dimensions of channels behind rows and columns that become part of them give blocks of cells, as a pixel shuffle
    does.
    """

    def reshaped(run: Run, x: Masked, *dims: Any, shape: Any = None) -> Masked | Tensor:
        new = _resolved(_sizes(dims, shape), x.values.numel())
        rows, columns = (dim + x.values.ndim for dim in x.grid)
        before = prod(x.values.shape[1:rows])
        if columns == rows + 1:
            for position in range(1, len(new) - 3):
                if prod(new[1:position]) == before and _splits(x.keep.size, new[position : position + 4]):
                    blocks = new[position + 1], new[position + 3]
                    grid = (position - len(new), position + 2 - len(new))
                    return masked(_copied(x).reshape(new), voted_blocks(joins, x, blocks), grid)
        elif columns == rows + 2 == x.values.ndim - 2 and x.values.shape[rows + 1] == x.values.shape[columns + 1]:
            factor = x.values.shape[rows + 1]
            if new[-2:] == (x.keep.size[0] * factor, x.keep.size[1] * factor) and prod(new[1:-2]) == before:
                return masked(x.values.reshape(new), x.keep.enlarged(factor))
        return reshape(run, x, new)

    return reshaped


def reshape_as(run: Run, x: Any, other: Any) -> Any:
    """Reshape like another tensor."""
    shape = other.values.shape if isinstance(other, Masked) else other.shape
    return reshape(run, x, tuple(shape)) if isinstance(x, Masked) else x.reshape(shape)


def permute(run: Run, x: Masked, *dims: Any, **kwargs: Any) -> Masked:
    """Reorder dimensions; the rows and columns of the mask move with them."""
    if kwargs:
        dims = (kwargs["dims"],)
    order = [int(dim) % x.values.ndim for dim in (dims if isinstance(dims[0], int) else dims[0])]
    return _reordered(x, run(x.values, *dims), order)


def transpose(run: Run, x: Masked, dim0: int, dim1: int) -> Masked:
    """Swap two dimensions."""
    order = list(range(x.values.ndim))
    order[dim0], order[dim1] = order[dim1], order[dim0]
    return _reordered(x, run(x.values, dim0, dim1), order)


def movedim(run: Run, x: Masked, source: Any, destination: Any) -> Masked:
    """Move dimensions elsewhere."""

    def move(values: Tensor) -> Tensor:
        return run(values, source, destination)

    return _reordered(x, move(x.values), order_after(x, move))


def unsqueeze(run: Run, x: Masked, dim: int) -> Masked:
    """Insert a dimension among the channels."""
    x = _as_map(x)
    ndim = x.values.ndim + 1
    position = dim % ndim
    rows, columns = (grid + x.values.ndim for grid in x.grid)
    inside = 0 < position <= rows or columns < position < ndim
    require(inside, "puts a dimension among rows and columns, or before images")
    shift = int(position <= rows)
    return replace(x, values=run(x.values, dim), grid=(rows + shift - ndim, columns + shift - ndim))


def squeeze(_: Run, x: Masked, dim: Any = None) -> Masked:
    """Drop dimensions of size 1 that hold channels."""
    dims = range(x.values.ndim) if dim is None else [dim] if isinstance(dim, int) else list(dim)
    dropped = [from_the_end(x, d) for d in dims if x.values.shape[d] == 1]
    require(all(is_channel(x, d) for d in dropped), "drops the dimension of images, rows or columns")
    return replace(x, values=x.values.squeeze(tuple(dropped)), grid=without(x, dropped))


def expand(run: Run, x: Any, *sizes: Any, **kwargs: Any) -> Any:
    """Repeat channels; images, rows and columns stay as they are."""
    repeated = run(x.values, *sizes, **kwargs)
    require(repeated.ndim == x.values.ndim, "adds dimensions in front of a map")
    return _with_more_channels(x, repeated)


def expand_as(_: Run, x: Any, other: Any) -> Any:
    """Repeat channels as another map has them; a plain tensor is repeated over the cells too."""
    shape = other.values.shape if isinstance(other, Masked) else other.shape
    return _with_more_channels(x, x.values.expand(shape)) if isinstance(x, Masked) else x.expand(shape)


def repeat(run: Run, x: Masked, *counts: Any, **kwargs: Any) -> Masked:
    """Repeat whole maps along channels."""
    return _with_more_channels(x, run(x.values, *counts, **kwargs))


def along_dims(move: Callable[[Tensor], Tensor], x: Masked, dims: Any) -> Masked:
    """Reorder channels, as by a roll or a flip, along dimensions that hold them."""
    channels_of(x, dims)
    return replace(x, values=move(x.values))


def split(run: Run, x: Masked, sizes: Any, dim: int = 0) -> tuple[Masked, ...]:
    """Split channels into groups, for `chunk` and `split`."""
    require(is_channel(x, dim), "splits cells or images, not channels")
    return tuple(replace(x, values=part) for part in run(x.values, sizes, dim))


def unbind(run: Run, x: Any, dim: int = 0) -> tuple[Any, ...]:
    """Return the maps along a dimension of channels, or those stacked in front of images."""
    if isinstance(x, tuple | list):
        require(dim == 0, "takes apart other dimensions of stacked maps")
        return tuple(x)
    require(is_channel(x, dim), "takes apart cells or images, not channels")
    grid = without(x, [from_the_end(x, dim)])
    return tuple(replace(x, values=part, grid=grid) for part in run(x.values, dim))


def channel_shuffle(run: Run, x: Masked, groups: int) -> Masked:
    """Interleave groups of channels."""
    require_image(x)
    return replace(x, values=run(x.values, groups))


def about(run: Run, x: Masked, *args: Any, **kwargs: Any) -> Any:
    """Return shape, dtype or device, which no mask changes."""
    return run(x.values, *args, **kwargs)


def _as_map(x: Masked) -> Masked:
    """Return the cells of a row as a map, in which every other operation takes them cell by cell too."""
    return Masked(x.values, x.keep, x.grid) if isinstance(x, Row) else x


def _copied(x: Masked) -> Tensor:
    """Return a copy with zeros at hidden cells, which stay zero where other operations fill the map."""
    return x.cleaned().clone()


def _reordered(x: Masked, values: Tensor, order: list[int]) -> Masked:
    ndim = x.values.ndim
    rows, columns = (order.index(ndim + dim) - ndim for dim in x.grid)
    require(order[0] == 0 and (rows < columns or x.is_sequence), "moves images, or columns before rows")
    return replace(x, values=values, grid=(rows, columns))


def _with_more_channels(x: Masked, values: Tensor) -> Masked:
    require(values.ndim == x.values.ndim, "adds dimensions in front of a map")
    fixed = (-x.values.ndim, *x.grid)
    require(all(values.shape[dim] == x.values.shape[dim] for dim in fixed), "repeats rows, columns or images")
    return replace(x, values=values.contiguous())


def _sizes(dims: tuple[Any, ...], shape: Any) -> tuple[Any, ...]:
    """Return a shape that is given as numbers, as one list, or by keyword."""
    given = dims if shape is None else (shape,)
    return given if len(given) != 1 or not isinstance(given[0], list | tuple) else tuple(given[0])


def _splits(size: tuple[int, int], new: tuple[int, ...]) -> bool:
    """Return whether four sizes are rows and columns, each split in two, and not with sizes of 1."""
    return (new[0] * new[1], new[2] * new[3]) == size and new[1] > 1 and new[3] > 1


def _resolved(sizes: Sequence[int], total: int) -> tuple[int, ...]:
    """Return sizes with the one that is -1 worked out."""
    known = prod(size for size in sizes if size != -1)
    return tuple(total // known if size == -1 and known else int(size) for size in sizes)
