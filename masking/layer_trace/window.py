"""One window of the first convolution, walking over an edge of the hole, with all of its numbers.

The channel is the one that the paint spoils most, and the walk a typical one for it: both follow from measurements.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from masking.layer_trace.first_convolution import OUTSIDE, VISIBLE, FirstConvolution, first_convolution
from masking.layer_trace.layer_view import FILLED, MASKED, PLAIN
from masking.masks.mask import Mask
from masking.models.classifier import Classifier

STOPS = 9
"""Positions of a walk; fewer on a map with fewer rows and columns."""
DIGITS = 5
"""Digits of the numbers that `WindowWalk.facts` returns."""
RUNS = ("whole", "painted", "masked")
"""The runs as `WindowWalk.facts` calls them, by their indices."""
_WHOLE, _ACROSS, _HIDDEN = range(3)
"""What a window reads: visible cells only, cells on both sides of an edge, hidden cells only."""


@dataclass(frozen=True, eq=False)
class Stop:
    """The window at one place.

    Attributes:
        row: of the result, in cells of the convolution's map.
        column: likewise.
        contributions: (3, kernel rows, kernel columns), what each cell adds to the sum in each run.
        answers: the network's result in each run; None where the masked run counts it as hidden.
    """

    row: int
    column: int
    contributions: Tensor
    answers: tuple[float, float, float | None]


@dataclass(frozen=True, eq=False)
class WindowWalk:
    """A window on its way from the visible part of a picture over an edge into the hole.

    Attributes:
        convolution: the network's first.
        channel: the output channel whose results at the edges the paint changes most, in its own spread.
        spread: standard deviation of this channel's results for the whole picture.
        stops: the places of the window.
        windows: how many windows of the whole map lie across an edge.
        off_by: mean distance of their results from those for the whole picture under the paint and under layer masking,
            in spreads.
    """

    convolution: FirstConvolution
    channel: int
    spread: float
    stops: tuple[Stop, ...]
    windows: int
    off_by: tuple[float, float]

    def facts(self) -> dict[str, Any]:
        """Return everything as JSON holds it, in numbers of a few digits; cells only as far as the walk reads them."""
        conv = self.convolution
        rows, columns = self._cells_read()
        top, left = conv.window.padding
        return _rounded(
            {
                "layer": conv.name,
                "kernel": list(conv.window.kernel),
                "dilation": list(conv.window.dilation),
                "channel": self.channel,
                "channels": len(conv.weights),
                "weights": conv.weights[self.channel].tolist(),
                "bias": conv.bias[self.channel].item(),
                "spread": self.spread,
                "windows": self.windows,
                "off_by": dict(zip(RUNS[1:], self.off_by, strict=True)),
                "top": rows.start - top,
                "left": columns.start - left,
                "rounds": conv.rounds[rows, columns].tolist(),
                "cells": {name: conv.cells[run, :, rows, columns].tolist() for run, name in enumerate(RUNS)},
                "stops": [self._stop(stop, top, left) for stop in self.stops],
            }
        )

    def _stop(self, stop: Stop, top: int, left: int) -> dict[str, Any]:
        rows, columns = self.convolution.read(stop.row, stop.column)
        return {
            "row": rows.start - top,
            "column": columns.start - left,
            "contributions": dict(zip(RUNS, stop.contributions.tolist(), strict=True)),
            "answers": dict(zip(RUNS, stop.answers, strict=True)),
        }

    def _cells_read(self) -> tuple[slice, slice]:
        """Return the rows and columns of cells that the walk reads, and their neighbours."""
        reads = [self.convolution.read(stop.row, stop.column) for stop in self.stops]
        bounds = zip(self.convolution.rounds.shape, zip(*reads, strict=True), strict=True)
        rows, columns = (
            slice(max(0, min(s.start for s in slices) - 1), min(size, max(s.stop for s in slices) + 1))
            for size, slices in bounds
        )
        return rows, columns


def walk_window(
    classifier: Classifier, image: Tensor, mask: Mask, fill: str = "greyout", chosen_for: str = ""
) -> WindowWalk:
    """Walk a window of the first convolution over an edge of the hole.

    Args:
        classifier: convolutional; it is left unchanged.
        image: one image (1, 3, h, w) in [0, 1].
        mask: one mask of its size.
        fill: name of the fill to compare with layer masking.
        chosen_for: name of the fill whose damage decides on the channel and the walk, by default `fill`; with one name
            several fills can be compared at the same place.

    Raises:
        ValueError: the network's first convolution does not slide over the picture, no window of it lies across an
            edge, or as for `trace_layers`.
        KeyError: no such fill.
    """
    conv = first_convolution(classifier, image, mask, fill)
    sight = _sight(conv)
    across = (sight == _ACROSS) & conv.seen
    if not across.any():
        raise ValueError(_why_no_edge(conv, mask))
    other = conv if chosen_for in {"", fill} else first_convolution(classifier, image, mask, chosen_for)
    spreads = conv.answers[PLAIN].std((1, 2), correction=0)
    units = spreads.where(spreads > 0, torch.inf)
    channel = int((_off(other)[0][:, across].mean(1) / units).argmax())
    painted, masked = (_off(conv)[run, channel][across].mean() / units[channel] for run in range(2))
    return WindowWalk(
        convolution=conv,
        channel=channel,
        spread=spreads[channel].item(),
        stops=tuple(_stop(conv, channel, *cell) for cell in _typical_walk(sight, _off(other)[:, channel], across)),
        windows=int(across.sum()),
        off_by=(painted.item(), masked.item()),
    )


def _off(conv: FirstConvolution) -> Tensor:
    """Return how far the filled and the masked results are from the plain ones, (2, channels, h, w)."""
    return (conv.answers[[FILLED, MASKED]] - conv.answers[PLAIN]).abs()


def _sight(conv: FirstConvolution) -> Tensor:
    """Return for each window what it reads."""
    visible, inside = conv.counts(conv.rounds == VISIBLE), conv.counts(conv.rounds != OUTSIDE)
    sight = torch.full_like(visible, _ACROSS)
    sight[visible == 0] = _HIDDEN
    sight[visible == inside] = _WHOLE
    return sight


def _why_no_edge(conv: FirstConvolution, mask: Mask) -> str:
    if not mask.hidden_share:
        return "nothing is hidden, so there is no edge for a window to walk over"
    if mask.hidden_share == 1:
        return "everything is hidden, so there is no edge for a window to walk over"
    rows, columns = conv.window.kernel
    return f"no window of {conv.name}, {rows}×{columns} cells, lies across an edge of the hole"


def _typical_walk(sight: Tensor, off: Tensor, across: Tensor) -> list[tuple[int, int]]:
    """Return the places of a walk from the visible part over an edge into the hole.

    Among the walks that show this best it is the one whose windows across the edge are off by the mean over all such
    windows, as nearly as possible in both runs.

    Args:
        sight: (h, w), what each window reads.
        off: (2, h, w), how far the filled and the masked results are off.
        across: bool (h, w), the windows across an edge that have a result in both runs.
    """
    places = torch.stack(torch.meshgrid(*map(torch.arange, sight.shape), indexing="ij"))
    walks = [walk for turned in (places, places.transpose(1, 2)) for walk in _straight_walks(turned)]
    ranks = [_rank(sight[tuple(walk)]) for walk in walks]
    best = max(int(rank.max()) for rank in ranks if len(rank))
    means = off[:, across].mean(1)
    nearest, typical = float("inf"), places[:, 0, :1]
    for walk, rank in zip(walks, ranks, strict=True):
        candidates = walk[:, rank == best]
        if not candidates.shape[1]:
            continue
        rows, columns = candidates
        counts = across[rows, columns]
        own = (off[:, rows, columns] * counts).sum(2) / counts.sum(1).clamp(min=1)
        distances = ((own - means[:, None]).abs() / means.clamp(min=1e-6)[:, None]).sum(0)
        first = int(distances.argmin())
        if distances[first] < nearest:
            nearest, typical = distances[first].item(), candidates[:, first]
    return [(row, column) for row, column in typical.T.tolist()]


def _straight_walks(places: Tensor) -> tuple[Tensor, Tensor]:
    """Return all walks along the last dimension of places (2, h, w), there and back: (2, walks, stops) each."""
    ways = places.unfold(2, min(STOPS, places.shape[2]), 1).flatten(1, 2)
    return ways, ways.flip(2)


def _rank(walks: Tensor) -> Tensor:
    """Return how well each walk (n, stops) leads from the visible part over an edge into the hole."""
    never_back = (walks.diff() >= 0).all(1)
    is_whole, is_hidden, is_across = (walks == kind for kind in (_WHOLE, _HIDDEN, _ACROSS))
    leads_over = is_whole[:, 0] & is_across.any(1)
    ends_inside = leads_over & is_hidden[:, -1] & never_back
    third = walks.shape[1] / 3
    imbalance = sum((kind.sum(1) - third).abs() for kind in (is_whole, is_hidden, is_across))
    return (4000 * ends_inside + 2000 * leads_over + 1000 * is_across.any(1) - 10 * imbalance).round().int()


def _stop(conv: FirstConvolution, channel: int, row: int, column: int) -> Stop:
    rows, columns = conv.read(row, column)
    contributions = (conv.cells[:, :, rows, columns] * conv.weights[channel]).sum(1)
    plain, filled, masked = conv.answers[:, channel, row, column].tolist()
    return Stop(row, column, contributions, (plain, filled, masked if conv.seen[row, column] else None))


def _rounded(value: Any) -> Any:
    """Return numbers of a few digits, the same ones wherever processors differ only in the last of them."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, dict):
        return {str(key): _rounded(each) for key, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list) else value
