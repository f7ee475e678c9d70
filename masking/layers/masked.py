"""The value that travels through a masked network: activations, and which of their cells can be seen."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from .keep import Keep


@dataclass(frozen=True, eq=False, slots=True)
class Masked:
    """Activations of which some cells are hidden; where nothing is hidden a plain tensor travels instead.

    What `values` holds at hidden cells is *undefined*: finite, and never dependent on a hidden pixel, but nothing
    an operation may look at. Cleaning it up after every layer would cost more than the layers.

    Attributes:
        values: (n, ..., h, w), or any order in which images come first and rows before columns.
        keep: the cells that can be seen, for the same rows and columns.
        grid: which two dimensions of `values` are rows and columns, counted from the end.
    """

    values: Tensor
    keep: Keep
    grid: tuple[int, int] = (-2, -1)

    def cleaned(self, at_hidden: float = 0.0) -> Tensor:
        """A copy of the values with hidden cells set to one number (set, not multiplied: NaN does not survive)."""
        cells_first = self.values.movedim(self.grid, (1, 2))
        rows = cells_first.reshape(cells_first.shape[:3].numel(), -1)
        rows = rows.index_fill(0, self.keep.hidden(len(self.values)), at_hidden)
        return rows.view(cells_first.shape).movedim((1, 2), self.grid)


def masked(values: Tensor, keep: Keep, grid: tuple[int, int] = (-2, -1)) -> Masked | Tensor:
    """The values with their mask, or the values alone once every cell can be seen.

    From there on each operation is the network's own, which makes an all-visible mask exact bit for bit.
    """
    return values if keep.full else Masked(values, keep, grid)
