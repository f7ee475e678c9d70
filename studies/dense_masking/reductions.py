"""Means, sums, maxima, variances and norms over the visible cells, or over the channels of each cell."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from .cells import Cells, as_map, cells, defines, plain, settled, varies


def dims_of(x: Cells, dim: Any) -> list[int]:
    if dim is None:
        raise NotImplementedError("a reduction over images")
    return sorted(d % x.ndim for d in ([dim] if isinstance(dim, int) else dim))


def reduce(name: str, x: Cells, dim: Any, keepdim: bool, over_channels: Any, over_cells: Any) -> Any:
    """Reduce over channels, cell by cell, or over all cells; then there are no cells any more.

    Means of rows or of columns remain a map, whose cells are visible where a cell of their row or column is.
    """
    x = settled(x)
    dims = dims_of(x, dim)
    if not varies(x.cell, dims):
        index = tuple(slice(0, 1) if d in dims else slice(None) for d in range(x.ndim))
        values = over_channels(plain(x), dims)
        cell, visible = x.cell[index], x.visible[index]
        if keepdim:
            return cells(values, visible, cell)
        return cells(values.squeeze(dims), visible.squeeze(dims), cell.squeeze(dims))
    rest = [d for d in range(1, x.ndim) if d not in dims]
    lowest, highest = x.cell.amin(dims, keepdim=True), x.cell.amax(dims, keepdim=True)
    if rest and (varies(lowest, rest) or varies(highest, rest)):
        if name != "mean" or not keepdim or x.ndim != 4 or dims not in ([2], [3]):
            raise NotImplementedError("a reduction over rows or columns alone")
        return as_map(over_cells(x, dims), x.visible.any(dims[0], keepdim=True))
    values = over_cells(x, dims)
    return values if keepdim else values.squeeze(dims)


def share(x: Cells, dims: list[int]) -> Tensor:
    """Return which share of the numbers is visible, 1 for an image without any."""
    shares = x.visible.double().mean(dims, keepdim=True).to(plain(x).dtype)
    return torch.where(shares > 0, shares, torch.ones_like(shares))


@defines("mean")
def mean(name: str, x: Cells, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """Return the mean of the visible numbers."""
    return reduce(name, x, dim, keepdim, lambda v, d: v.mean(d, keepdim=True),
                  lambda v, d: plain(v).mean(d, keepdim=True) / share(v, d))  # fmt: skip


@defines("adaptive_avg_pool1d")
def mean_of_sequence(name: str, x: Cells, output_size: Any) -> Any:
    """Return the mean of the visible numbers of a sequence of all cells."""
    if output_size not in (1, (1,), [1]):
        raise NotImplementedError("a pool that slides over a sequence of cells")
    return mean("mean", x, -1, keepdim=True)


@defines("sum")
def total(name: str, x: Cells, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """Return the mean of the visible numbers times the number of all."""
    return reduce(name, x, dim, keepdim, lambda v, d: v.sum(d, keepdim=True),
                  lambda v, d: plain(v).sum(d, keepdim=True) / share(v, d))  # fmt: skip


@defines("amax")
def largest(name: str, x: Cells, dim: Any = None, keepdim: bool = False) -> Any:
    """Return the largest visible number, zero if there is none."""

    def over_cells(v: Cells, d: list[int]) -> Tensor:
        lowest = torch.full_like(plain(v), -torch.inf)
        values = torch.where(v.visible, plain(v), lowest).amax(d, keepdim=True)
        return torch.where(v.visible.any(d[0], keepdim=True) if len(d) == 1 else any_of(v.visible, d), values, 0.0)

    return reduce(name, x, dim, keepdim, lambda v, d: v.amax(d, keepdim=True), over_cells)


def any_of(visible: Tensor, dims: list[int]) -> Tensor:
    return visible.double().amax(dims, keepdim=True) > 0


@defines("norm")
def norm(name: str, x: Cells, p: Any = 2, dim: Any = None, keepdim: bool = False, **kwargs: Any) -> Any:
    """Return the root of the sum of squares, on the scale of all numbers."""
    if kwargs.get("ord", p) not in (2, None, "fro"):
        raise NotImplementedError(f"a norm of order {kwargs.get('ord', p)}")
    return reduce(name, x, dim, keepdim, lambda v, d: (v**2).sum(d, keepdim=True).sqrt(),
                  lambda v, d: ((plain(v) ** 2).sum(d, keepdim=True) / share(v, d)).sqrt())  # fmt: skip


@defines("max")
def largest_over_channels(name: str, x: Cells, dim: Any = None, keepdim: bool = False) -> Any:
    """Return the largest of the channels of each cell; positions have no meaning."""
    if not isinstance(dim, int):
        raise NotImplementedError("a maximum over everything")
    return largest("amax", x, dim, keepdim), None


@defines("std_mean", "var_mean")
def spread_and_mean(name: str, x: Cells, dim: Any = None, unbiased: Any = None, keepdim: bool = False,
                    correction: Any = None) -> Any:  # fmt: skip
    """Return the variance, or its root, and the mean."""
    return (
        spread(name.removesuffix("_mean"), x, dim, unbiased, keepdim, correction=correction),
        mean("mean", x, dim, keepdim),
    )


@defines("var", "std")
def spread(name: str, x: Cells, dim: Any = None, unbiased: Any = None, keepdim: bool = False,
           correction: Any = None) -> Any:  # fmt: skip
    """Return the variance of the visible numbers, or its root."""
    lost = correction if correction is not None else float(unbiased is not False)

    def over_cells(v: Cells, d: list[int]) -> Tensor:
        number = v.visible.sum(d, keepdim=True).clamp(min=1)
        middle = plain(v).sum(d, keepdim=True) / number
        squares = torch.where(v.visible, plain(v) - middle, torch.zeros_like(middle)) ** 2
        variance = squares.sum(d, keepdim=True) / (number - lost).clamp(min=1)
        return variance.sqrt() if name == "std" else variance

    run = getattr(torch, name)
    return reduce(name, x, dim, keepdim, lambda v, d: run(v, d, correction=lost, keepdim=True), over_cells)
