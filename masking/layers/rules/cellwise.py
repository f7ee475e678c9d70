"""Operations that treat each cell by itself: activations, powers, and whatever mixes channels alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from torch import Tensor

from masking.layers.maps.keep import Keep
from masking.layers.maps.masked import Masked, Shares, masked

from .basics import Run, from_the_end, is_channel, require, require_image, values_of

OPERANDS = (
    "other", "end", "exponent", "weight", "tensor1", "tensor2",
)  # fmt: skip
"""Maps that a call may give by keyword, in the order in which it would give them without."""


MIXES = "mixes cells by a matrix product, as attention does"


def cellwise(run: Run, x: Masked, *args: Any, **kwargs: Any) -> Masked:
    """Apply activations, batch norm with running statistics or dropout to each cell by itself; the mask stays."""
    values = run(x.values, *args, **kwargs)
    if args:
        require(values.shape == x.values.shape, "spreads a masked map over more cells, channels or images")
    return replace(x, values=values)


def converted(run: Run, x: Any, *args: Any, **kwargs: Any) -> Any:
    """Convert a map, or a constant as a map is, to a type or device."""
    args, kwargs = tuple(map(values_of, args)), {name: values_of(value) for name, value in kwargs.items()}
    return replace(x, values=run(x.values, *args, **kwargs)) if isinstance(x, Masked) else run(x, *args, **kwargs)


def cellwise_where_defined(run: Run, x: Masked, *args: Any, **kwargs: Any) -> Masked:
    """Apply roots, logarithms and exponentials cell by cell, to 1 at hidden cells: their values stay finite."""
    return replace(x, values=run(x.with_hidden(1.0), *args, **kwargs))


def elementwise(run: Run, *args: Any, **kwargs: Any) -> Masked:
    """Apply a function of several maps cell by cell: visible where all of them are.

    Plain tensors and numbers leave the mask unchanged.
    """
    first = [kwargs.pop("condition")] if "condition" in kwargs else []
    operands = [*first, *args, *(kwargs.pop(name) for name in OPERANDS if name in kwargs)]
    x, keep = common(operands)
    return checked(x, run(*map(values_of, operands), **kwargs), keep)


def bounded(run: Run, x: Any, *bounds: Any, **kwargs: Any) -> Masked:
    """Clamp to bounds that may be maps themselves: visible where all maps are."""
    first, keep = common([x, *bounds, *kwargs.values()])
    named = {name: values_of(bound) for name, bound in kwargs.items()}
    return checked(first, run(*map(values_of, (x, *bounds)), **named), keep)


def power(run: Run, base: Any, exponent: Any) -> Masked:
    """Raise to a power; hidden cells hold 1, so that no root or quotient of them is undefined."""
    x, keep = common([base, exponent])
    base, exponent = (v.with_hidden(1.0) if isinstance(v, Masked) else v for v in (base, exponent))
    return checked(x, run(base, exponent), keep)


def common(operands: list[Any]) -> tuple[Masked, Keep]:
    """Return the map with the most dimensions, and the cells that are visible in all maps."""
    maps = [value for value in operands if isinstance(value, Masked)]
    require(bool(maps), "gets a map under a name that layer masking does not know")
    x = max(maps, key=lambda m: m.values.ndim)
    aligned = all(m.grid == x.grid and m.values.ndim == x.values.ndim for m in maps)
    require(aligned, "joins maps whose rows and columns stand in different dimensions")
    return x, Keep.voted([m.keep for m in maps], "intersection")


def checked(x: Masked, values: Tensor, keep: Keep) -> Any:
    """Return the result of an operation on a map and others, if it has the map's images and cells."""
    fits_map = values.ndim == x.values.ndim and values.shape[0] == x.values.shape[0]
    cells = all(values.shape[dim] == x.values.shape[dim] for dim in x.grid)
    require(fits_map and cells, "spreads a masked map over more cells or images")
    return masked(values, keep, x.grid)


def over_channels(run: Run, x: Masked, dims: int = 1) -> Masked:
    """Apply linear layers and layer norms over that many last dimensions, if they hold channels, cell by cell."""
    require(x.grid[1] < -dims, "mixes cells: rows or columns are among its last dimensions")
    return replace(x, values=run(x.values))


def along_channels(run: Run, x: Masked, dim: Any = None) -> Masked:
    """Apply softmax, cumulative sums and their kin along one dimension that holds channels.

    Args:
        run: the operation, called with values alone.
        x: activations.
        dim: the dimension.
    """
    require(isinstance(dim, int), "runs over all dimensions, cells and images included")
    require(is_channel(x, dim), "runs over rows, columns or images; layer masking allows channels alone")
    values = run(x.values)
    require(values.ndim == x.values.ndim, "changes the number of dimensions")
    return replace(x, values=values)


def among_neighbouring_channels(run: Run, x: Masked, *args: Any, **kwargs: Any) -> Masked:
    """Normalise by the neighbouring channels of the same cell, or reorder channels."""
    require_image(x)
    return replace(x, values=run(x.values, *args, **kwargs))


def shares_of_cells(run: Run, x: Masked) -> Shares:
    """Apply softmax over the visible cells of each image, which stand in one dimension; hidden cells get 0.

    Args:
        run: softmax along that dimension, called with values alone.
        x: activations.
    """
    shares = Shares(run(x.lowered()), x.keep, x.grid)
    x.cleaned()
    return replace(shares, values=shares.cleaned())


def matrix_product(run: Run, x: Any, other: Any) -> Masked | Tensor:
    """Multiply the channels of each cell by a matrix, as a linear layer does, or sum cells by their shares.

    The second is global context (Cao et al. 2019): one weighted mean over cells for all of them.
    """
    if isinstance(x, Masked) and isinstance(other, Masked):
        over_cells = (x.grid, other.grid) == ((-1, -1), (-2, -2)) and x.values.ndim == other.values.ndim
        require(over_cells and isinstance(x, Shares) != isinstance(other, Shares), MIXES)
        return run(x.cleaned(), other.cleaned())
    is_linear = isinstance(x, Masked) and isinstance(other, Tensor) and other.ndim == 2
    require(is_linear and x.grid[1] < -1, MIXES)
    return over_channels(lambda values: run(values, other), x)


def channels_of(x: Masked, dims: Any) -> list[int]:
    """Return dimensions counted from the end, all of which hold channels."""
    numbers = [dims] if isinstance(dims, int) else list(dims)
    require(all(is_channel(x, dim) for dim in numbers), "moves rows, columns or images")
    return [from_the_end(x, dim) for dim in numbers]
