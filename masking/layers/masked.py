"""The value that travels through a masked network: activations, and which of their cells can be seen."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .keep import Keep


@dataclass(frozen=True, eq=False, slots=True)
class Masked:
    """Activations of which some cells are hidden; where nothing is hidden a plain tensor travels instead.

    What `values` holds at hidden cells is *undefined*: finite, and never dependent on a hidden pixel, but nothing
    an operation may look at. Cleaning it up after every layer would cost more than the layers. Nobody may rely on
    it either: whoever needs something there writes it in place.

    Attributes:
        values: (n, ..., h, w), or any order in which images come first and rows before columns.
        keep: the cells that can be seen, for the same rows and columns.
        grid: which two dimensions of `values` are rows and columns, counted from the end.
    """

    values: Tensor
    keep: Keep
    grid: tuple[int, int] = (-2, -1)

    def cleaned(self) -> Tensor:
        """The values with zeros at hidden cells: the same tensor, unless a gradient is recorded."""
        factors = self.laid(self.keep.factors(self.values.dtype))
        return self.values * factors if torch.is_grad_enabled() else self.values.mul_(factors)

    def lowered(self) -> Tensor:
        """The values with the least finite number at hidden cells: the same tensor, unless a gradient is recorded."""
        ceilings = self.laid(self.keep.ceilings(self.values.dtype))
        if torch.is_grad_enabled():
            return torch.minimum(self.values, ceilings)
        return torch.minimum(self.values, ceilings, out=self.values)

    def laid(self, cells: Tensor) -> Tensor:
        """A tensor (n, 1, h, w) of the mask's cells with its dimensions where `values` has them."""
        return cells.view(*cells.shape[:1], *[1] * (self.values.ndim - 3), *cells.shape[2:]).movedim(
            (-2, -1), self.grid
        )


def masked(values: Tensor, keep: Keep, grid: tuple[int, int] = (-2, -1)) -> Masked | Tensor:
    """The values with their mask, or the values alone once every cell can be seen.

    From there on each operation is the network's own, which makes an all-visible mask exact bit for bit.
    """
    return values if keep.full else Masked(values, keep, grid)
