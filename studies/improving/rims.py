"""Neighbour padding in which a diagonal neighbour counts less than one that shares an edge."""

from collections.abc import Generator
from contextlib import contextmanager
from unittest.mock import patch

import torch
from torch import Tensor

from masking.layers.engine import interpreter
from masking.layers.maps import keep as keeping
from masking.layers.maps.neighbours import Ring, rings_around


@contextmanager
def weighted_rims(diagonal: float) -> Generator[None]:
    """Weigh diagonal neighbours by `diagonal`, those that share an edge by 1, in every masked network meanwhile.

    A small weight comes close to the nearest visible value.

    Yields:
        Nothing.
    """

    def weighted(visible: Tensor, rounds: int, dtype: torch.dtype = torch.float32) -> tuple[Ring, ...]:
        width = visible.shape[2]
        return tuple(reweighed(ring, width, diagonal) for ring in rings_around(visible, rounds, dtype))

    nothing_remembered = keeping.Recent(keeping.REMEMBERED_CELLS)
    with patch.object(keeping, "rings_around", weighted), patch.object(interpreter, "_recent", nothing_remembered):
        yield


def reweighed(ring: Ring, width: int, diagonal: float) -> Ring:
    """Return a ring of maps so wide, with weights that sum to 1 for each cell."""
    counts = (ring.starts[1:] - ring.starts[:-1]).long()
    owners = torch.repeat_interleave(torch.arange(len(ring.cells)), counts)
    distances = (ring.neighbours.long() - ring.cells[owners]).abs()
    weights = torch.where((distances == 1) | (distances == width), 1.0, diagonal).to(ring.weights)
    totals = torch.zeros(len(ring.cells), dtype=weights.dtype).index_add(0, owners, weights)
    return ring._replace(weights=weights / totals[owners])
