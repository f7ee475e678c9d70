"""Operations with a window that slides over cells: convolutions, pools and interpolation.

Constant cells that the network has put around a map (`Padded`) take part here, and only here: see masked.py.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from masking.layers.maps.keep import Keep, Window
from masking.layers.maps.masked import Masked, Padded, Shares, masked

from .basics import Run, require_image
from .joins import Joins

Convolution = Literal["neighbour", "partial"]
"""How a convolution treats hidden cells: neighbour padding, or a higher weight for the rest of the window."""


def convolution(joins: Joins, run: Run, x: Masked, window: Window) -> Masked | Tensor:
    """Apply neighbour padding as far as a window with a visible cell reaches, then the plain convolution.

    The paper's code pads `kernel` rounds; no window reads the last one (section 1.2). `joins.seen` tells which window
    decides what is visible, and `joins.rounds` may end the padding earlier.
    """
    require_image(x)
    window = joins.seen(window)
    filled = joins.padded(x, window.reach)
    return _seen_through(x.widened(window), x.keep, run(x.surrounded(filled)))


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
    require_image(x)
    cleaned = x.cleaned()
    sums = run(F.pad(cleaned, x.pad) if isinstance(x, Padded) else cleaned)
    window = x.widened(window)
    values = sums * x.keep.weights(window, (sums.shape[-2], sums.shape[-1]), sums.dtype)
    if isinstance(x, Padded) and x.value:
        values = values + run(x.surrounded(torch.zeros_like(x.values[:1])))
    return _seen_through(window, x.keep, values if bias is None else values + bias.view(-1, 1, 1))


def transposed_convolution(joins: Joins, run: Run, x: Masked, settings: tuple[Any, ...]) -> Masked | Tensor:
    """Apply neighbour padding as far as two cells with a share of one result lie apart, then the plain operation.

    A cell is visible if any visible cell has a share in it, or if none of the whole map has.

    Args:
        joins: `joins.rounds` may end the padding earlier.
        run: the transposed convolution.
        x: activations.
        settings: kernel, stride, padding, output padding and dilation, each as (rows, columns).
    """
    require_image(x)
    kernel, stride, _, _, dilation = settings
    reach = max((k - 1) * d // s for k, d, s in zip(kernel, dilation, stride, strict=True))
    return masked(run(joins.padded(x, reach)), x.keep.spread(settings))


def partial_transposed_convolution(
    run: Run, x: Masked, settings: tuple[Any, ...], bias: Tensor | None
) -> Masked | Tensor:
    """Sum the shares of visible cells, scaled to those of all cells, then add the bias.

    Args:
        run: the transposed convolution without its bias.
        x: activations.
        settings: kernel, stride, padding, output padding and dilation, each as (rows, columns).
        bias: (channels,), or None.
    """
    require_image(x)
    sums = run(x.cleaned())
    values = sums * x.keep.spread_weights(settings, sums.dtype)
    return masked(values if bias is None else values + bias.view(-1, 1, 1), x.keep.spread(settings))


def max_pool(run: Run, x: Masked, window: Window) -> Masked | Tensor:
    """Return the largest visible value of each window; the number that stands in for hidden cells stays in no map.

    Cells that the network has put around the map compete with the visible ones, as in the plain network.
    """
    require_image(x)
    pooled = _seen_through(x.widened(window), x.keep, run(x.surrounded(x.lowered())))
    x.cleaned()
    return replace(pooled, values=pooled.cleaned()) if isinstance(pooled, Masked) else pooled


def adaptive_max_pool(run: Run, x: Masked, output_size: Hashable) -> Masked | Tensor:
    """Return the largest visible value of each window of an adaptive pool.

    To a single cell it gives an ordinary tensor, which is zero for an image without visible cells.

    Args:
        run: the pool, called with values and the size.
        x: activations.
        output_size: (rows, columns), None where the map's own number stays.
    """
    require_image(x)
    _, keep = x.keep.pooled(F.adaptive_avg_pool2d, (output_size,), x.values.dtype)
    values = run(x.lowered(), output_size)
    x.cleaned()
    pooled = Masked(values, keep)
    return pooled.cleaned() if keep.size == (1, 1) or keep.full else replace(pooled, values=pooled.cleaned())


def average_pool(joins: Joins, run: Run, x: Masked, *settings: Hashable) -> Masked | Tensor:
    """Return the mean of the visible cells in each window of a pool with these settings.

    A pool over the whole map (also the squeeze of squeeze-and-excitation) gives an ordinary tensor, which is zero for
    an image without visible cells; `joins.pools` may count hidden cells as zero there. Bilinear interpolation is such a
    pool too: a weighted mean of neighbouring cells.
    """
    require_image(x)
    cleaned = x.cleaned()
    if isinstance(x, Padded):
        pool, key = _pool_of_padded, (run, x.pad, *settings)
        constants = run(x.surrounded(torch.zeros_like(x.values[:1])), *settings) if x.value else 0.0
        means = run(F.pad(cleaned, x.pad), *settings)
    else:
        pool, key, constants = run, settings, 0.0
        means = run(cleaned, *settings)
    share, keep = x.keep.pooled(pool, key, x.values.dtype)
    if keep.size == (1, 1) and (isinstance(x, Shares) or joins.pools == "all"):
        return means + constants  # of all cells; the sum of shares over the visible ones is that over all
    means = means / share + constants if isinstance(constants, Tensor) else means / share
    return means if keep.size == (1, 1) else masked(means, keep)


def enlargement(run: Run, x: Masked, factor: int) -> Masked | Tensor:
    """Make squares of cells of the channels of each, as a pixel shuffle does; they are hidden together."""
    require_image(x)
    return masked(run(x.values), x.keep.enlarged(factor))


def _pool_of_padded(cells: Tensor, pool: Callable[..., Tensor], pad: tuple[int, ...], *settings: Any) -> Tensor:
    return pool(F.pad(cells, pad), *settings)


def _seen_through(window: Window, keep: Keep, values: Tensor) -> Masked | Tensor:
    return masked(values, keep.through(window, (values.shape[-2], values.shape[-1])))
