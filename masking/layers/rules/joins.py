"""Where maps meet: sums, products, quotients, concatenations and stacks (section 1.3); all settings of the method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Literal

import torch
from torch import Tensor

from masking.layers.maps.keep import Keep, Window
from masking.layers.maps.masked import Masked, Shares, masked
from masking.layers.maps.neighbours import fill
from masking.registry.params import check_params, param

from .basics import Run, is_channel, is_full_map, require, require_image, values_of
from .cellwise import checked


@dataclass(frozen=True)
class Joins:
    """What the method leaves open: joined maps, skipped cells, padding, and means of a whole map (sections 1.2 to 1.4).

    Where a map is hidden but the joined cell is visible, the map counts as zero.
    """

    sums: Literal["intersection", "union"] = param(
        "intersection", "visible behind a residual sum: what both maps show, or any", choices=("intersection", "union")
    )
    concatenations: Literal["majority", "intersection", "union"] = param(
        "majority",
        "visible behind a concatenation: what more than half of the maps show, all, or any",
        choices=("majority", "intersection", "union"),
    )
    skips: Literal["sampled", "stride"] = param(
        "sampled",
        "visible behind a step that passes over cells, as beside a residual block: the cell it samples (the authors' "
        "code), or any cell of its stride",
        choices=("sampled", "stride"),
    )
    rounds: Literal["window", "0", "1", "2", "3", "4"] = param(
        "window",
        "rounds of neighbour padding before a convolution: as far as its windows reach, or at most so many; the hidden "
        "cells beyond count as zero, and with 0 rounds the layers are masked only",
        choices=("window", "0", "1", "2", "3", "4"),
    )
    diagonals: Literal["equal", "half"] = param(
        "equal",
        "weight of a diagonal neighbour in neighbour padding: that of the others (the authors' code), or half of it",
        choices=("equal", "half"),
    )
    pools: Literal["visible", "all"] = param(
        "visible",
        "mean of a whole map, as before the last layer or in a squeeze: of the visible cells, or of all cells with "
        "hidden ones as zero (the authors' code for some networks)",
        choices=("visible", "all"),
    )

    def __post_init__(self) -> None:
        check_params(self)

    def seen(self, window: Window) -> Window:
        """Return the window that decides which cells are visible behind a convolution or a selection of cells."""
        if self.skips == "sampled":
            return window
        rows, columns = map(max, window.kernel, window.stride)
        return window._replace(kernel=(rows, columns))

    def padded(self, x: Masked, reach: int) -> Tensor:
        """Return the values of a map, neighbour padding done, for windows that reach so many cells (section 1.2)."""
        rounds = reach if self.rounds == "window" else min(reach, int(self.rounds))
        values = x.values if rounds == reach else x.cleaned()
        diagonal = 0.5 if self.diagonals == "half" else 1.0
        return fill(values, x.keep.rings(rounds, len(values), values.dtype, diagonal))


def gate(run: Run, x: Any, other: Any, **kwargs: Any) -> Masked:
    """Multiply two maps, visible where both are. A plain factor or a gate per channel leaves the mask unchanged."""
    product = _combined(run, x, other, "intersection", kwargs)
    return _shares(product) if isinstance(x, Shares) or isinstance(other, Shares) else product


def quotient(run: Run, x: Any, other: Any, **kwargs: Any) -> Masked:
    """Divide as in `gate`; the values at hidden cells stay finite.

    They are divided by 1. Behind a divisor per image or channel, which may be 0, they are 0: such as the deviation of
    an image without visible cells.
    """
    divided = gate(run, x, _nowhere_zero(other), **kwargs)
    if isinstance(other, Tensor) and other.ndim > 1:
        return replace(divided, values=divided.with_hidden(0.0))
    return divided


def reversed_quotient(run: Run, x: Any, other: Any) -> Masked:
    """Divide the second by the first, as the method behind `other / x` does."""
    return gate(run, _nowhere_zero(x), other)


def residual(joins: Joins) -> Run:
    """Return the rule for sums of two maps, by `joins.sums`; a plain summand leaves the mask unchanged."""

    def add(run: Run, x: Any, other: Any, **kwargs: Any) -> Masked | Tensor:
        total = _combined(run, x, other, joins.sums, kwargs)
        return _shares(total) if isinstance(x, Shares) and isinstance(other, Shares) else total

    return add


def concatenation(joins: Joins) -> Run:
    """Return the rule for concatenated maps, by `joins.concatenations`."""

    def cat(run: Run, tensors: Sequence[Masked | Tensor], dim: int = 0) -> Masked | Tensor:
        first = next(x for x in tensors if isinstance(x, Masked))
        require(is_channel(first, dim), "puts cells or images, not channels, side by side")
        _require_alike(tensors, first)
        values, keep = joined(tensors, joins.concatenations)
        result = masked(run(values, dim), keep, first.grid)
        return _shares(result) if all(isinstance(x, Shares) for x in tensors) else result

    return cat


def stack(joins: Joins) -> Run:
    """Return the rule for stacked maps: among channels like a concatenation; in front of images as several maps."""

    def stacked(run: Run, tensors: Sequence[Masked | Tensor], dim: int = 0) -> Any:
        first = next(x for x in tensors if isinstance(x, Masked))
        _require_alike(tensors, first)
        ndim = first.values.ndim + 1
        position = dim % ndim
        if position == 0:
            return tuple(tensors)
        rows, columns = (grid + first.values.ndim for grid in first.grid)
        require(position <= rows or position > columns, "puts a dimension between rows and columns")
        values, keep = joined(tensors, joins.concatenations)
        shift = int(position <= rows)
        return masked(run(values, position), keep, (rows + shift - ndim, columns + shift - ndim))

    return stacked


def together(joins: Joins, name: str, maps: Sequence[Any]) -> Any:
    """Return the sum, mean, maximum or minimum of maps that are stacked in front of images.

    Args:
        joins: the rules for joined maps.
        name: "sum", "mean", "amax" or "amin".
        maps: the maps; at least one of them is masked.
    """
    pairwise: dict[str, tuple[Run, Run]] = {
        "sum": (residual(joins), torch.add),
        "mean": (residual(joins), torch.add),
        "amax": (gate, torch.maximum),
        "amin": (gate, torch.minimum),
    }
    require(name in pairwise, "reduces maps that are stacked in front of images")
    rule, run = pairwise[name]
    result = reduce(lambda a, b: rule(run, a, b) if _any_masked(a, b) else run(a, b), maps)
    if name != "mean":
        return result
    return replace(result, values=result.values / len(maps)) if isinstance(result, Masked) else result / len(maps)


def joined(maps: Sequence[Masked | Tensor], rule: str) -> tuple[list[Tensor], Keep]:
    """Return the values of maps, zero where one is hidden and the result is not, and the mask of the result."""
    keep = Keep.voted([x.keep if isinstance(x, Masked) else None for x in maps], rule)
    zeroed = (x.cleaned() if isinstance(x, Masked) and not x.keep.covers(keep) else x for x in maps)
    return [values_of(x) for x in zeroed], keep


def channels_from_cells(joins: Joins, run: Run, x: Masked, factor: int) -> Masked | Tensor:
    """Make channels of squares of cells: like a concatenation of the maps of each corner."""
    require_image(x)
    return masked(run(x.cleaned()), voted_blocks(joins, x, (factor, factor)))


def voted_blocks(joins: Joins, x: Masked, blocks: tuple[int, int]) -> Keep:
    """Return which blocks of (rows, columns) of cells are visible, as in a concatenation of the maps of each corner."""
    rows, columns = (range(side) for side in blocks)
    corners = [(slice(i, None, blocks[0]), slice(j, None, blocks[1])) for i in rows for j in columns]
    return Keep.voted([x.keep.selected(*corner) for corner in corners], joins.concatenations)


def _combined(run: Run, a: Any, b: Any, rule: str, kwargs: dict[str, Any]) -> Any:
    x: Masked = a if isinstance(a, Masked) else b
    both_maps = all(isinstance(v, Masked) or is_full_map(v, x) for v in (a, b))
    if both_maps:
        maps = [v for v in (a, b) if isinstance(v, Masked)]
        require(all(v.grid == x.grid and v.values.ndim == x.values.ndim for v in maps), "joins rows with channels")
        (a, b), keep = joined((a, b), rule)
        values = run(a, b, **kwargs)
        sizes = (values.shape[x.grid[0]], values.shape[x.grid[1]])
        require(x.is_sequence or sizes == keep.size, "spreads a masked map over more cells")
        return masked(values, keep, x.grid)
    return checked(x, run(values_of(a), values_of(b), **kwargs), x.keep)


def _shares(x: Any) -> Any:
    return Shares(x.values, x.keep, x.grid) if isinstance(x, Masked) else x


def _nowhere_zero(divisor: Any) -> Any:
    return replace(divisor, values=divisor.with_hidden(1.0)) if isinstance(divisor, Masked) else divisor


def _any_masked(*maps: Any) -> bool:
    return any(isinstance(m, Masked) for m in maps)


def _require_alike(tensors: Sequence[Any], first: Masked) -> None:
    alike = all(
        (x.grid == first.grid and x.values.ndim == first.values.ndim)
        if isinstance(x, Masked)
        else x.ndim == first.values.ndim and all(x.shape[dim] == first.values.shape[dim] for dim in first.grid)
        for x in tensors
    )
    require(alike, "joins maps whose rows and columns stand in different dimensions")
