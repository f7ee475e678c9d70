"""The value that travels through a masked network: activations and the mask of their visible cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from .keep import Keep, Window


@dataclass(frozen=True, eq=False, slots=True)
class Masked:
    """Activations with some hidden cells; if no cell is hidden, a plain tensor travels instead.

    The values at hidden cells are *undefined*: they are finite and never depend on a hidden pixel, but no operation
    may read them. Cleaning them after every layer would cost more than the layers. An operation that needs certain
    values at hidden cells writes them in place.

    Attributes:
        values: (n, ..., h, w), or any order in which images come first and rows before columns; or (n, ..., h * w, ...)
            once the cells stand in one dimension, row by row.
        keep: the visible cells, (h, w) of them for each image.
        grid: which two dimensions of `values` are rows and columns, counted from the end; twice the same one for
            cells that stand in one dimension.
    """

    values: Tensor
    keep: Keep
    grid: tuple[int, int] = (-2, -1)

    @property
    def is_sequence(self) -> bool:
        """Whether all cells stand in one dimension."""
        return self.grid[0] == self.grid[1]

    def cleaned(self) -> Tensor:
        """Return the values with zeros at hidden cells: the same tensor, unless a gradient is recorded."""
        factors = self.laid(self.keep.factors(self.values.dtype))
        return self.values * factors if torch.is_grad_enabled() else self.values.mul_(factors)

    def lowered(self) -> Tensor:
        """Return the values with the least finite number at hidden cells; as for `cleaned`, usually the same tensor."""
        ceilings = self.laid(self.keep.ceilings(self.values.dtype))
        if torch.is_grad_enabled():
            return torch.minimum(self.values, ceilings)
        return torch.minimum(self.values, ceilings, out=self.values)

    def with_hidden(self, number: float) -> Tensor:
        """Return a copy of the values with this number at hidden cells."""
        return torch.where(self.laid(self.keep.cells), self.values, number)

    def laid(self, cells: Tensor) -> Tensor:
        """Lay out a tensor (n, 1, h, w) of the mask's cells with its dimensions where `values` has them."""
        if self.is_sequence:
            return cells.reshape(len(cells), *[1] * (self.values.ndim - 2), -1).movedim(-1, self.grid[0])
        return cells.view(*cells.shape[:1], *[1] * (self.values.ndim - 3), *cells.shape[2:]).movedim(
            (-2, -1), self.grid
        )

    @property
    def is_map(self) -> bool:
        """Whether the values are a result that can be shown, rather than one that waits for the next operation."""
        return self.values.is_floating_point() and not isinstance(self, HalfReduced | Positions | Row)

    def as_images(self) -> Tensor:
        """Return the values as (n, channels, h, w); whatever is neither image, row nor column counts as a channel."""
        if self.is_sequence:
            values = self.values.movedim(self.grid[0], -1).unflatten(-1, self.keep.size)
        else:
            values = self.values.movedim(self.grid, (-2, -1))
        return values[:, None] if values.ndim == 3 else values.flatten(1, -3)

    def settled(self) -> Masked | Tensor:
        """Return the map for an operation that knows ordinary maps alone.

        Raises:
            NotImplementedError: it stands for something that is no map; the reason says what.
        """
        return self

    def surrounded(self, values: Tensor) -> Tensor:
        """Return values of the map's shape with the cells around them that the network has added."""
        return values

    def widened(self, window: Window) -> Window:
        """Return the window that slides over the map where the network slides this one over its surroundings too."""
        return window


@dataclass(frozen=True, eq=False, slots=True)
class Padded(Masked):
    """A map with constant cells around it, which lie outside the picture until a window slides over them.

    They are neither hidden, so nothing is filled into or from them, nor visible: a window that sees them alone shows
    nothing. Behind any other operation they are ordinary visible cells.

    Attributes:
        values: the map without them; shape, mask and grid are those of the inner map.
        pad: cells added on the left, on the right, above and below.
        value: what they hold.
    """

    pad: tuple[int, int, int, int] = (0, 0, 0, 0)
    value: float = 0.0

    def settled(self) -> Masked | Tensor:
        """Return the map with the cells as visible ones."""
        return masked(self.surrounded(self.values), self.keep.padded(self.pad), self.grid)

    def surrounded(self, values: Tensor) -> Tensor:
        """Return values of the inner map with the cells around them."""
        left, right, above, below = self.pad
        around = {self.grid[1]: (left, right), self.grid[0]: (above, below)}
        sides = [side for dim in range(-1, self.grid[0] - 1, -1) for side in around.get(dim, (0, 0))]
        return F.pad(values, sides, value=self.value)

    def widened(self, window: Window) -> Window:
        """Return the window on the inner map: its own padding and the cells around the map together."""
        rows, columns = window.padding
        return window._replace(padding=(rows + self.pad[2], columns + self.pad[0]))


@dataclass(frozen=True, eq=False, slots=True)
class HalfReduced(Masked):
    """A map that the network has reduced over rows or columns, and is to be reduced over the others likewise.

    Attributes:
        values: the map before the first of both.
        reduction: a name for what is computed, equal for equal computations.
        dim: the dimension of `values` that is gone, counted from the end.
        keepdim: whether one cell is left in it.
    """

    reduction: str = ""
    dim: int = -1
    keepdim: bool = False

    def settled(self) -> Masked | Tensor:
        """Return the means of visible cells of each row or column, where one cell is left for each.

        Raises:
            NotImplementedError: it is no map, since the dimension is gone, or no mean.
        """
        if not self.keepdim or self.reduction != "mean" or self.grid != (-2, -1) or self.values.ndim != 4:
            raise NotImplementedError(
                "follows a reduction over rows or columns alone; reduce over both, as in x.mean((2, 3))"
            )
        size = (None, 1) if self.dim == -1 else (1, None)
        share, keep = self.keep.pooled(F.adaptive_avg_pool2d, (size,), self.values.dtype)
        return masked(self.cleaned().mean(self.dim, keepdim=True) / share, keep)


@dataclass(frozen=True, eq=False, slots=True)
class Shares(Masked):
    """Weights of cells that sum to 1 over the visible ones of an image and are 0 at hidden ones, or products with them.

    Their sum over cells needs no other scale. Any operation but products and changes of shape makes an ordinary map.
    """

    def settled(self) -> Masked | Tensor:
        """Return an ordinary map."""
        return Masked(self.values, self.keep, self.grid)


@dataclass(frozen=True, eq=False, slots=True)
class Row(Masked):
    """The cells of one channel as a vector (n, h * w), which softmax and reductions still take cell by cell.

    For any other operation it is a vector like that of several channels.
    """

    def settled(self) -> Tensor:
        """Return a vector with zeros at hidden cells."""
        return self.cleaned().clone()


@dataclass(frozen=True, eq=False, slots=True)
class Positions(Masked):
    """Where the largest or smallest values lie, which has no meaning under a mask; a network may leave it unread."""

    def settled(self) -> Masked | Tensor:
        """Refuse: layer masking knows no masked positions.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError("uses the positions of largest or smallest values, and layer masking knows none")


WAITING = (Padded, HalfReduced, Positions, Row, Shares)
"""Kinds of maps that an operation takes as they are, or as `settled` makes them."""


class Extreme(NamedTuple):
    """What `max` and `min` over a dimension return."""

    values: Masked | Tensor
    indices: Masked


def masked(values: Tensor, keep: Keep, grid: tuple[int, int] = (-2, -1)) -> Masked | Tensor:
    """Return the values with their mask, or the values alone once every cell is visible.

    From there on each operation is the network's own, so an all-visible mask gives exactly the plain result.
    """
    return values if keep.full else Masked(values, keep, grid)
