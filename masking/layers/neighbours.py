"""Neighbour padding: before a convolution, hidden cells take the mean of the known cells around them.

Round by round, as an onion is peeled from the inside out: a cell at distance j from the visible ones is filled in
round j with the mean of its 3x3 neighbours known by then, true or filled alike (section 1.2). Which cells, and
which neighbours, is a matter of the mask alone; the rest is one gather per round over just those cells.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor


class Ring(NamedTuple):
    """The cells filled in one round. Positions count cells of (n, h, w) row by row, image after image.

    cells: int64 (t,). neighbours: int32 (s,), the known neighbours of the first cell, of the second, and so on.
    starts: int32 (t,), where in `neighbours` those of each cell begin.
    """

    cells: Tensor
    neighbours: Tensor
    starts: Tensor

    def repeated(self, images: int, cells: int) -> Ring:
        """The ring of one mask for a batch of that many images, of that many cells each."""

        def shifted(positions: Tensor, step: int) -> Tensor:
            steps = torch.arange(images, device=positions.device, dtype=positions.dtype) * step
            return (steps[:, None] + positions).flatten()

        starts = shifted(self.starts, len(self.neighbours))
        return Ring(shifted(self.cells, cells), shifted(self.neighbours, cells), starts)


def rings_around(known: Tensor, rounds: int) -> tuple[Ring, ...]:
    """The first rings around the visible cells, bool (n, h, w); fewer if there is nothing left to fill."""
    n, h, w = known.shape
    known = F.pad(known, (1, 1, 1, 1))  # an edge of which nothing is known, so that each cell has 8 neighbours
    inside = F.pad(torch.ones((n, h, w), dtype=torch.bool, device=known.device), (1, 1, 1, 1))
    position = inside.flatten().cumsum(0, dtype=torch.int32) - 1  # without the edge
    around = torch.tensor([(row, column) for row in (-1, 0, 1) for column in (-1, 0, 1) if row or column])
    rows, columns = around.to(known.device).T
    rings: list[Ring] = []
    for _ in range(rounds):
        ring = _spread(known) & inside & ~known
        cells = ring.flatten().nonzero()
        if not len(cells):
            break
        near = cells + (rows * (w + 2) + columns)
        is_known = known.flatten().index_select(0, near.flatten()).view(near.shape)
        counts = is_known.sum(1, dtype=torch.int32)
        filled = position.index_select(0, cells[:, 0])
        neighbours = (filled[:, None] + (rows * w + columns).int()).masked_select(is_known)
        rings.append(Ring(filled.long(), neighbours, counts.cumsum(0, dtype=torch.int32) - counts))
        known = known | ring
    return tuple(rings)


def fill(values: Tensor, rings: tuple[Ring, ...]) -> Tensor:
    """Values (n, c, h, w) with the rings filled in, in place where no gradient is recorded.

    A filled cell is a constant to autograd, as in the authors' code: gradients reach visible cells through their
    own position only, and never a hidden one.
    """
    if not rings:
        return values
    n, c, h, w = values.shape
    rows = values.permute(0, 2, 3, 1).reshape(n * h * w, c)
    if torch.is_grad_enabled():
        cells = torch.cat([ring.cells for ring in rings])
        rows = rows.index_copy(0, cells, _filled(rows.detach().clone(), rings)[cells])
    else:
        rows = _filled(rows, rings)
    return rows.view(n, h, w, c).permute(0, 3, 1, 2)


def _filled(rows: Tensor, rings: tuple[Ring, ...]) -> Tensor:
    for ring in rings:
        means = F.embedding_bag(ring.neighbours, rows, ring.starts, mode="mean")
        rows.index_copy_(0, ring.cells, means)
    return rows


def _spread(cells: Tensor) -> Tensor:
    """3x3 dilation of bool (n, h, w), edges excluded: they lie outside the image."""
    rows = cells.clone()
    rows[:, 1:-1] |= cells[:, :-2] | cells[:, 2:]
    spread = rows.clone()
    spread[:, :, 1:-1] |= rows[:, :, :-2] | rows[:, :, 2:]
    return spread
