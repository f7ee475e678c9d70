"""Reductions over rows and columns, which take the visible cells alone, and over channels, cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from masking.layers.maps.masked import Extreme, HalfReduced, Masked, Positions, Shares

from .basics import fits, from_the_end, require, without
from .joins import Joins, together

Dims = tuple[int, ...]
Reduce = Callable[[Tensor, Dims, bool], Tensor]
"""A reduction of plain values over dimensions; the last argument is whether one cell is left in each."""


@dataclass(frozen=True)
class Reduction:
    """A reduction that a network calls.

    Attributes:
        name: equal for equal reductions; "sum", "mean", "amax" and "amin" also work on stacked maps.
        plain: what it computes on plain values.
        over_cells: what it computes on a map over dimensions that contain all of its cells, one cell left in each.
        separable: whether reducing over rows and then over columns is the same as over both.
    """

    name: str
    plain: Reduce
    over_cells: Callable[[Reduce, Masked, Dims], Tensor]
    separable: bool = True

    def __call__(self, joins: Joins, x: Any, dim: int | Sequence[int] | None, keepdim: bool = False) -> Any:
        """Reduce a map, or several that are stacked in front of images."""
        require(dim is not None and dim not in ((), []), "mixes images: it reduces over all dimensions")
        wanted = [dim] if isinstance(dim, int) else list(dim)  # pyright: ignore[reportArgumentType]
        if isinstance(x, tuple | list):
            require(wanted == [0] and not keepdim, "reduces maps that are stacked in front of images")
            return together(joins, self.name, x)
        if isinstance(x, HalfReduced):
            return self._second(x, wanted, keepdim)
        dims = tuple(from_the_end(x, d) for d in wanted)
        require(-x.values.ndim not in dims, "mixes images")
        if not set(dims) & set(x.grid):
            grid = x.grid if keepdim else without(x, dims)
            return replace(x, values=self.plain(x.values, dims, keepdim), grid=grid)
        if set(x.grid) <= set(dims):
            return self._whole(x, dims, () if keepdim else dims)
        require(
            self.separable and len(dims) == 1 and not isinstance(x, Shares),
            "reduces over rows or columns alone, or with some channels; reduce over both, as in x.mean((2, 3))",
        )
        return HalfReduced(x.values, x.keep, x.grid, self.name, dims[0], keepdim)

    def _second(self, x: HalfReduced, wanted: list[int], keepdim: bool) -> Tensor:
        ndim = x.values.ndim
        left = [dim for dim in range(-ndim, 0) if x.keepdim or dim != x.dim]
        other = next(dim for dim in x.grid if dim != x.dim)
        position = left.index(other)
        same = self.name == x.reduction and wanted in ([position], [position - len(left)])
        require(same, "follows a reduction over rows or columns alone; reduce over both, as in x.mean((2, 3))")
        gone = [dim for dim, stays in ((x.dim, x.keepdim), (other, keepdim)) if not stays]
        return self._whole(Masked(x.values, x.keep, x.grid), (x.dim, other), gone)

    def _whole(self, x: Masked, dims: Dims, gone: Sequence[int]) -> Tensor:
        assert fits(x.values, x.keep, x.grid)
        return self.over_cells(self.plain, x, dims).squeeze(tuple(gone))


def per_visible_cell(plain: Reduce, x: Masked, dims: Dims) -> Tensor:
    """Return the mean of visible cells, or their sum on the scale of all cells: sum = mean x number of cells.

    Values that are weighed by shares of the visible cells are on that scale already.
    """
    total = plain(x.cleaned(), dims, True)
    return total if isinstance(x, Shares) else total / _share(x)


def per_cell(plain: Reduce, x: Masked, dims: Dims) -> Tensor:
    """Return the mean or sum of all cells, hidden ones as zero."""
    return plain(x.cleaned(), dims, True)


def log_mean_exp(plain: Reduce, x: Masked, dims: Dims) -> Tensor:
    """Return the logarithm of a sum of exponentials over visible cells, on the scale of all cells."""
    logarithms = plain(x.lowered(), dims, True) - _share(x).log()
    x.cleaned()
    return torch.where(_any_visible(x), logarithms, 0.0)


def over_channels_alone(_: Reduce, x: Masked, dims: Dims) -> Tensor:
    """Refuse a reduction over cells.

    Raises:
        NotImplementedError: always.
    """
    raise NotImplementedError("runs over rows and columns; layer masking allows channels alone")


def norm_of_order(p: float) -> Callable[[Reduce, Masked, Dims], Tensor]:
    """Return the rule for a p-norm over cells: the sum of powers on the scale of all cells, then the root."""

    def norm(plain: Reduce, x: Masked, dims: Dims) -> Tensor:
        norms = plain(x.cleaned(), dims, True)
        return norms if p in (float("inf"), 0) else norms / _share(x) ** (1 / p)

    return norm


def largest(plain: Reduce, x: Masked, dims: Dims) -> Tensor:
    """Return the largest visible value, zero for an image without visible cells."""
    values = plain(x.lowered(), dims, True)
    x.cleaned()
    return torch.where(_any_visible(x), values, 0.0)


def smallest(plain: Reduce, x: Masked, dims: Dims) -> Tensor:
    """Return the smallest visible value, zero for an image without visible cells."""
    values = plain(x.with_hidden(torch.finfo(x.values.dtype).max), dims, True)
    return torch.where(_any_visible(x), values, 0.0)


def variance(correction: float, root: bool) -> Callable[[Reduce, Masked, Dims], Tensor]:
    """Return the rule for the variance of visible cells, or its root.

    Args:
        correction: what is subtracted from the number of values in the divisor; 1 for an unbiased estimate. The divisor
            is at least 1.
        root: whether the standard deviation is wanted.
    """

    def spread(_: Reduce, x: Masked, dims: Dims) -> Tensor:
        means, deviations, count = moments(x, dims)
        del means
        variances = deviations.square().sum(dims, keepdim=True) / (count - correction).clamp(min=1)
        return variances.sqrt() if root else variances

    return spread


def moments(x: Masked, dims: Dims) -> tuple[Tensor, Tensor, Tensor]:
    """Return means of visible values, deviations from them (zero at hidden cells), and how many values there are.

    Args:
        x: activations.
        dims: dimensions counted from the end; rows and columns are among them.
    """
    factors = x.laid(x.keep.factors(x.values.dtype))
    values = x.cleaned()
    channels = 1
    for dim in set(dims) - set(x.grid):
        channels *= values.shape[dim]
    count = _laid_per_image(x, x.keep.counts(values.dtype)) * channels
    means = values.sum(dims, keepdim=True) / count
    return means, (values - means) * factors, count


def extreme(reduction: Reduction, joins: Joins, x: Any, dim: int, keepdim: bool = False) -> Extreme:
    """Return the largest or smallest values over a dimension; their positions have no meaning under a mask."""
    values = reduction(joins, x, dim, keepdim)
    first = next(m for m in x if isinstance(m, Masked)) if isinstance(x, tuple | list) else x
    return Extreme(values, Positions(first.values, first.keep, first.grid))


def _share(x: Masked) -> Tensor:
    share, _ = x.keep.pooled(torch.mean, ((2, 3), True), x.values.dtype)
    return _laid_per_image(x, share)


def _any_visible(x: Masked) -> Tensor:
    _, keep = x.keep.pooled(torch.mean, ((2, 3), True), x.values.dtype)
    return _laid_per_image(x, keep.cells)


def _laid_per_image(x: Masked, numbers: Tensor) -> Tensor:
    return numbers.view(len(numbers), *[1] * (x.values.ndim - 1))
