"""Neighbour padding: before a convolution, hidden cells take the mean of the known cells around them.

It works in rounds, from the visible cells outwards: a cell at distance j from them is filled in round j with the mean
of those of its 3x3 neighbours that are known by then, visible or filled (section 1.2). Which cells and which
neighbours these are depends on the mask alone; the rest is one gather per round over exactly those cells.
"""

from __future__ import annotations

from functools import cache
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

AROUND = tuple((y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if y or x)
"""The eight neighbours of a cell, as steps down and to the right."""

_WIDE = torch.complex128
"""The widest dtype: rows viewed as such are copied several times faster than element by element."""


class Ring(NamedTuple):
    """The cells filled in one round. Positions count cells of (n, h, w) row by row, image after image.

    cells: int64 (t,). neighbours: int32 (s,), the known neighbours of the first cell, of the second, and so on.
    starts: int32 (t + 1,), where in `neighbours` those of each cell begin, and where the last ones end.
    weights: (s,), one over the number of neighbours unless they differ, so that a weighted sum is a mean.
    """

    cells: Tensor
    neighbours: Tensor
    starts: Tensor
    weights: Tensor

    def repeated(self, images: int, cells: int) -> Ring:
        """Return the ring of one mask for a batch of that many images, of that many cells each."""

        def shifted(positions: Tensor, step: int) -> Tensor:
            steps = torch.arange(images, device=positions.device, dtype=positions.dtype) * step
            return (steps[:, None] + positions).flatten()

        starts = torch.cat([self.starts[:1], shifted(self.starts[1:], len(self.neighbours))])
        neighbours = shifted(self.neighbours, cells)
        return Ring(shifted(self.cells, cells), neighbours, starts, self.weights.repeat(images))

    def weighted(self, diagonal: float, columns: int) -> Ring:
        """Return the ring of maps with so many columns, with another weight of diagonal neighbours than 1."""
        owners = torch.repeat_interleave(self.starts.diff().long())
        distances = (self.neighbours - self.cells.index_select(0, owners)).abs()
        weights = torch.where((distances == 1) | (distances == columns), 1.0, diagonal).to(self.weights)
        totals = weights.new_zeros(len(self.cells)).index_add(0, owners, weights)
        return self._replace(weights=weights / totals.index_select(0, owners))


def rings_around(visible: Tensor, rounds: int, dtype: torch.dtype = torch.float32) -> tuple[Ring, ...]:
    """Plan the first rings around the visible cells, bool (n, h, w); fewer if no cell is left to fill.

    `dtype` is that of the maps to be filled. All rings are planned at once: the known neighbours of a cell are those
    reached in an earlier round, which take one byte per cell.
    """
    w = visible.shape[2]
    reached_so_far = F.pad(visible, (1, 1, 1, 1))  # the edge is never known; it gives every cell 8 neighbours
    inside = reached_so_far[:, 1:-1, 1:-1]
    reached = (~reached_so_far).view(
        torch.uint8
    )  # the round in which a cell is reached; one more than the last round: never
    positions_by_round: list[Tensor] = []
    for _ in range(rounds):
        wider = _spread(reached_so_far)
        positions_by_round.append(positions(wider ^ inside))
        inside.copy_(wider)
        reached += (~reached_so_far).view(torch.uint8)
    cells = torch.cat([reached.new_zeros(0, dtype=torch.int64), *positions_by_round])
    if not len(cells):
        return ()
    byte = _earlier(reached)[:, 1:-1, 1:-1].flatten().index_select(0, cells).int()
    neighbourhood, counts = (table.to(byte.device).index_select(0, byte) for table in _neighbourhoods())
    slots = positions(neighbourhood)
    owner = slots >> 3
    steps = cells.new_tensor([y * w + x for y, x in AROUND])
    neighbours = (cells.index_select(0, owner) + steps.index_select(0, slots & 7)).int()
    weights = (1 / counts.to(dtype)).index_select(0, owner)
    ends = F.pad(counts.cumsum(0, dtype=torch.int32), (1, 0))
    firsts = [0, *accumulate(map(len, positions_by_round))]
    sums = ends[firsts].tolist()
    return tuple(
        Ring(cells[a:b], neighbours[start:end], ends[a : b + 1] - start, weights[start:end])
        for (a, b), (start, end) in zip(pairwise(firsts), pairwise(sums), strict=True)
        if a < b
    )


def fill(values: Tensor, rings: tuple[Ring, ...]) -> Tensor:
    """Fill the rings of values (n, c, h, w), in place if no gradient is recorded.

    A filled cell is a constant to autograd, as in the authors' code: gradients reach visible cells through their own
    position only, and never a hidden cell.
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
    is_wide = rows.is_contiguous() and rows.shape[1] * rows.element_size() % _WIDE.itemsize == 0
    target = rows.view(_WIDE) if is_wide else rows
    for ring in rings:
        means = torch.embedding_bag(
            rows, ring.neighbours, ring.starts, per_sample_weights=ring.weights, include_last_offset=True
        )[0]
        target.index_copy_(0, ring.cells, means.view(_WIDE) if is_wide else means)
    return rows


def _spread(edged: Tensor) -> Tensor:
    """Dilate bool (n, h + 2, w + 2) by 3x3, without its edge: (n, h, w)."""
    rows = edged[:, :-2] | edged[:, 1:-1]
    rows |= edged[:, 2:]
    wider = rows[..., :-2] | rows[..., 1:-1]
    wider |= rows[..., 2:]
    return wider


def _earlier(reached: Tensor) -> Tensor:
    """Mark the neighbours of each cell that were reached in an earlier round: one bit each, in the order of `AROUND`.

    The result is uint8 (n, h + 2, w + 2); its edge has no meaning. Rounds of neighbours differ by 1 at most.
    """
    row = reached.shape[2]
    flat, bits, reach = reached.flatten(), torch.zeros_like(reached), row + 1
    inner, own = bits.flatten()[reach:-reach], flat[reach:-reach]
    for y, x in AROUND:
        start = reach + y * row + x
        inner += inner
        inner += (flat[start : start + len(own)] - own) >> 7  # the sign
    return bits


def positions(cells: Tensor) -> Tensor:
    """Return the positions of True cells, of any shape, counted row by row: int64 (t,)."""
    if cells.device.type == "cpu":
        return torch.from_numpy(np.flatnonzero(cells.numpy()))  # several times faster than torch's own
    return cells.flatten().nonzero()[:, 0]


@cache
def _neighbourhoods() -> tuple[Tensor, Tensor]:
    """Return which of the eight neighbours each byte marks, bool (256, 8), and how many, int64 (256,)."""
    bits = (torch.arange(256)[:, None] >> torch.arange(7, -1, -1)) & 1
    return bits.bool(), bits.sum(1)
