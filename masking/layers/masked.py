"""The value that travels through a masked network: activations and the mask of their visible cells."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .keep import Keep


@dataclass(frozen=True, eq=False, slots=True)
class Masked:
    """Activations with some hidden cells; if no cell is hidden, a plain tensor travels instead.

    The values at hidden cells are *undefined*: they are finite and never depend on a hidden pixel, but no operation
    may read them. Cleaning them after every layer would cost more than the layers. An operation that needs certain
    values at hidden cells writes them in place.

    Attributes:
        values: (n, ..., h, w), or any order in which images come first and rows before columns.
        keep: the visible cells, for the same rows and columns.
        grid: which two dimensions of `values` are rows and columns, counted from the end.
    """

    values: Tensor
    keep: Keep
    grid: tuple[int, int] = (-2, -1)

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

    def laid(self, cells: Tensor) -> Tensor:
        """Lay out a tensor (n, 1, h, w) of the mask's cells with its dimensions where `values` has them."""
        return cells.view(*cells.shape[:1], *[1] * (self.values.ndim - 3), *cells.shape[2:]).movedim(
            (-2, -1), self.grid
        )


def masked(values: Tensor, keep: Keep, grid: tuple[int, int] = (-2, -1)) -> Masked | Tensor:
    """Return the values with their mask, or the values alone once every cell is visible.

    From there on each operation is the network's own, so an all-visible mask gives exactly the plain result.
    """
    return values if keep.full else Masked(values, keep, grid)
