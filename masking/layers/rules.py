"""What layer masking does at each kind of operation; section numbers refer to the method's description.

Every rule takes the operation as the network calls it (`run`), then the arguments of that call, with a `Masked` in
place of activations. No visible cell of the result may depend on `values` at hidden cells.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
from torch import Tensor

from masking.registry.params import check_params, param

from .keep import Keep, Window
from .masked import Masked, masked
from .neighbours import fill

Run = Callable[..., Any]
IMAGE_GRID = (-2, -1)  # rows and columns last, as convolutions and pools want them


@dataclass(frozen=True)
class Joins:
    """When a cell is visible where maps are joined, or where cells of one map are skipped (section 1.3).

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

    def __post_init__(self) -> None:
        check_params(self)

    def seen(self, window: Window) -> Window:
        """Return the window that decides which cells are visible behind a convolution or a selection of cells."""
        if self.skips == "sampled":
            return window
        rows, columns = map(max, window.kernel, window.stride)
        return window._replace(kernel=(rows, columns))


Convolution = Literal["neighbour", "partial"]
"""How a convolution treats hidden cells: neighbour padding, or a higher weight for the rest of the window."""


def cellwise(run: Run, x: Masked, *args: Any, **kwargs: Any) -> Masked:
    """Apply activations, batch norm with running statistics or dropout to each cell by itself; the mask stays."""
    return replace(x, values=run(x.values, *args, **kwargs))


def over_channels(run: Run, x: Masked, dims: int = 1) -> Masked:
    """Apply linear layers and layer norms over that many last dimensions, if they hold channels, cell by cell."""
    _require(x.grid[1] < -dims, "mixes cells: rows or columns are among its last dimensions")
    return cellwise(run, x)


def convolution(run: Run, x: Masked, window: Window) -> Masked | Tensor:
    """Apply neighbour padding as far as a window with a visible cell reaches, then the plain convolution.

    The paper's code pads `kernel` rounds; no window reads the last one (section 1.2).
    """
    _require_image(x)
    filled = fill(x.values, x.keep.rings(window.reach, len(x.values), x.values.dtype))
    return _seen_through(window, x.keep, run(filled))


def partial_convolution(run: Run, x: Masked, window: Window, bias: Tensor | None) -> Masked | Tensor:
    """Sum the visible cells of each window, scaled to all of its cells, then add the bias.

    This is equation 1 of Liu et al. 2018, except that cells outside the image do not count as hidden. A window of
    visible cells at the border gives the plain convolution, unlike in the code of either paper (section 4, hazard 2).

    Args:
        run: the convolution without its bias.
        x: activations.
        window: window of the convolution.
        bias: (channels,), or None.
    """
    _require_image(x)
    sums = run(x.cleaned())
    values = sums * x.keep.weights(window, (sums.shape[-2], sums.shape[-1]), sums.dtype)
    return _seen_through(window, x.keep, values if bias is None else values + bias.view(-1, 1, 1))


def max_pool(run: Run, x: Masked, window: Window) -> Masked | Tensor:
    """Return the largest visible value of each window; the number that stands in for hidden cells stays in no map."""
    _require_image(x)
    pooled = _seen_through(window, x.keep, run(x.lowered()))
    x.cleaned()
    return replace(pooled, values=pooled.cleaned()) if isinstance(pooled, Masked) else pooled


def average_pool(run: Run, x: Masked, *settings: Hashable) -> Masked | Tensor:
    """Return the mean of the visible cells in each window of a pool with these settings.

    A pool over the whole map (also the squeeze of squeeze-and-excitation) gives an ordinary tensor, which is zero for
    an image without visible cells.
    """
    _require_image(x)
    share, keep = x.keep.pooled(run, settings, x.values.dtype)
    means = run(x.cleaned(), *settings) / share
    return means if keep.size == (1, 1) else masked(means, keep)


def mean(run: Run, x: Masked, dim: int | Sequence[int], keepdim: bool = False) -> Tensor:
    """Return the mean of the visible cells over rows and columns, as in a global pool."""
    dims = {d if d < 0 else d - x.values.ndim for d in ([dim] if isinstance(dim, int) else dim)}
    _require(dims == set(x.grid), "averages over other dimensions than rows and columns")
    share, _ = x.keep.pooled(torch.mean, ((2, 3), True), x.values.dtype)
    shape = [len(share)] + [1] * (x.values.ndim - 1)
    means = run(x.cleaned(), dim, keepdim=True) / share.view(shape)
    return means if keepdim else means.squeeze(tuple(dims))


def flatten(run: Run, x: Masked, *args: Any, **kwargs: Any) -> Tensor:
    """Flatten to one vector per image, zero at hidden cells; there are no cells after it."""
    vectors = run(x.cleaned(), *args, **kwargs)
    _require(vectors.ndim == 2, "makes a sequence of the cells, and layer masking knows no masked sequences")
    return vectors


def view(run: Run, x: Masked, *args: Any, **kwargs: Any) -> Masked | Tensor:
    """Regroup channels in front of the same rows and columns, or flatten."""
    reshaped = run(x.values, *args, **kwargs)
    if x.grid == IMAGE_GRID and reshaped.shape[-2:] == x.keep.size and len(reshaped) == len(x.values):
        return replace(x, values=reshaped)
    return flatten(run, x, *args, **kwargs)


def gate(run: Run, a: Any, b: Any, **kwargs: Any) -> Masked:
    """Multiply two maps, visible where both are. A plain factor or a gate per channel leaves the mask unchanged."""
    return _combined(run, a, b, "intersection", kwargs)


def quotient(run: Run, a: Any, b: Any, **kwargs: Any) -> Masked:
    """Divide as in `gate`; hidden cells are divided by 1, so that their values stay finite."""
    safe = isinstance(b, Masked)
    return gate(run, a, replace(b, values=torch.where(b.laid(b.keep.cells), b.values, 1.0)) if safe else b, **kwargs)


def residual(joins: Joins) -> Run:
    """Return the rule for sums of two maps, by `joins.sums`; a plain summand leaves the mask unchanged."""

    def add(run: Run, a: Any, b: Any, **kwargs: Any) -> Masked | Tensor:
        return _combined(run, a, b, joins.sums, kwargs)

    return add


def concatenation(joins: Joins) -> Run:
    """Return the rule for concatenated maps, by `joins.concatenations`."""

    def cat(run: Run, tensors: Sequence[Masked | Tensor], dim: int = 0) -> Masked | Tensor:
        first = next(x for x in tensors if isinstance(x, Masked))
        _require(_is_channel(first, dim), "puts cells or images, not channels, side by side")
        values, keep = _joined(tensors, joins.concatenations)
        return masked(run(values, dim), keep, first.grid)

    return cat


def chunk(run: Run, x: Masked, sizes: Any, dim: int = 0) -> tuple[Masked, ...]:
    """Split channels into groups, for `chunk` and `split`."""
    _require(_is_channel(x, dim), "splits cells or images, not channels")
    return tuple(replace(x, values=part) for part in run(x.values, sizes, dim))


def choice(joins: Joins) -> Run:
    """Return the rule that picks channels, `x[:, 0]`, every k-th cell, `x[:, :, ::2, ::2]`, or one of several maps."""

    def getitem(run: Run, x: Any, index: Any) -> Any:
        if not isinstance(x, Masked):
            return run(x, index)
        items: tuple[Any, ...] = index if isinstance(index, tuple) else (index,)
        cells = items[x.values.ndim + x.grid[0] :]
        channels = items[: len(items) - len(cells)]
        keeps_images = items[0] == slice(None) and all(isinstance(i, int | slice) for i in channels)
        _require(keeps_images and all(map(_every_so_many, cells)), "picks cells or images")
        if all(i == slice(None) for i in cells):
            return replace(x, values=run(x.values, index))
        _require_image(x)
        rows, columns = (1 if i.step is None else i.step for i in (*cells, slice(None))[:2])
        return convolution(lambda values: run(values, index), x, joins.seen(Window((1, 1), (rows, columns))))

    return getitem


def pad_channels(run: Run, x: Masked, pad: Sequence[int], *args: Any, **kwargs: Any) -> Masked:
    """Pad with channels before or behind the present ones, equally in every cell."""
    _require_image(x)
    _require(not any(pad[:4]) and not any(pad[6:]), "puts new cells or images around a map")
    return replace(x, values=run(x.values, pad, *args, **kwargs))


def unsqueeze(run: Run, x: Masked, dim: int) -> Masked:
    """Insert a dimension among the channels."""
    position = dim if dim >= 0 else dim + x.values.ndim + 1
    _require(0 < position <= x.values.ndim + x.grid[0], "puts a dimension among rows and columns, or before images")
    return replace(x, values=run(x.values, dim))


def permute(run: Run, x: Masked, *dims: Any) -> Masked:
    """Reorder dimensions; the rows and columns of the mask move with them."""
    order = [int(dim) % x.values.ndim for dim in (dims if isinstance(dims[0], int) else dims[0])]
    return _reordered(x, run(x.values, *dims), order)


def transpose(run: Run, x: Masked, dim0: int, dim1: int) -> Masked:
    """Swap two dimensions."""
    order = list(range(x.values.ndim))
    order[dim0], order[dim1] = order[dim1], order[dim0]
    return _reordered(x, run(x.values, dim0, dim1), order)


def about(run: Run, x: Masked, *args: Any) -> Any:
    """Return shape, dtype or device, which no mask changes."""
    return run(x.values, *args)


def _combined(run: Run, a: Any, b: Any, rule: str, kwargs: dict[str, Any]) -> Any:
    x: Masked = a if isinstance(a, Masked) else b
    both_maps = all(isinstance(v, Masked) or _same_shape(v, x) for v in (a, b))
    if both_maps:
        _require(all(v.grid == x.grid for v in (a, b) if isinstance(v, Masked)), "joins rows with channels")
        (a, b), keep = _joined((a, b), rule)
    else:
        a, b, keep = _values(a), _values(b), x.keep
    values = run(a, b, **kwargs)
    _require((values.shape[x.grid[0]], values.shape[x.grid[1]]) == keep.size, "spreads a masked map over more cells")
    return masked(values, keep, x.grid)


def _joined(maps: Sequence[Masked | Tensor], rule: str) -> tuple[list[Tensor], Keep]:
    keep = Keep.voted([x.keep if isinstance(x, Masked) else None for x in maps], rule)
    zeroed = (x.cleaned() if isinstance(x, Masked) and not x.keep.covers(keep) else x for x in maps)
    return [_values(x) for x in zeroed], keep


def _seen_through(window: Window, keep: Keep, values: Tensor) -> Masked | Tensor:
    return masked(values, keep.through(window, (values.shape[-2], values.shape[-1])))


def _reordered(x: Masked, values: Tensor, order: list[int]) -> Masked:
    ndim = x.values.ndim
    rows, columns = (order.index(ndim + dim) - ndim for dim in x.grid)
    _require(order[0] == 0 and rows < columns, "moves images, or columns before rows")
    return replace(x, values=values, grid=(rows, columns))


def _is_channel(x: Masked, dim: int) -> bool:
    return (dim if dim < 0 else dim - x.values.ndim) not in (*x.grid, -x.values.ndim)


def _every_so_many(item: Any) -> bool:
    return isinstance(item, slice) and item.start in (None, 0) and item.stop is None


def _same_shape(value: Any, x: Masked) -> bool:
    return isinstance(value, Tensor) and value.shape == x.values.shape


def _values(value: Any) -> Any:
    return value.values if isinstance(value, Masked) else value


def _require_image(x: Masked) -> None:
    is_image = x.grid == IMAGE_GRID and x.values.ndim == 4
    _require(is_image, "slides over other dimensions than the rows and columns of (n, channels, h, w)")


def _require(condition: bool, reason: str) -> None:
    if not condition:
        raise NotImplementedError(reason)
