"""What a layer trace keeps of a layer: its visible cells, a map and a few numbers."""

import math
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

PLAIN, FILLED, MASKED = range(3)
"""The three runs, as indices wherever there is one value for each."""


@dataclass(frozen=True)
class Statistics:
    """One run's activations at the visible cells of a layer, compared with the plain run's at the same cells.

    Attributes:
        mean: mean of the activations.
        std: standard deviation of the activations.
        shift: (mean − plain mean) / plain standard deviation; as the next two, NaN where the plain run is constant.
        spread: standard deviation / plain standard deviation.
        distance: root mean square of the difference to the plain run, cell by cell, in plain standard deviations.
    """

    mean: float
    std: float
    shift: float
    spread: float
    distance: float


Runs = tuple[Statistics, Statistics, Statistics]


@dataclass(frozen=True, eq=False)
class LayerView:
    """A layer, or one of its channels, as the dashboard shows it.

    Attributes:
        keep: bool (h, w), the cells visible to layer masking; (1, 1) once there are no cells.
        maps: float32 (3, h, w), the mean over channels in each run, NaN at hidden cells; for a layer of one cell
            the channels themselves, (3, channels, 1).
        statistics: statistics of each run over all channels; None if no cell is visible.
    """

    keep: Tensor
    maps: Tensor
    statistics: Runs | None

    @property
    def size(self) -> tuple[int, int]:
        """(h, w) in cells."""
        return self.keep.shape[0], self.keep.shape[1]

    @property
    def is_map(self) -> bool:
        """Whether the layer still has cells, rather than one for the whole picture."""
        return self.size != (1, 1)

    @cached_property
    def visible_share(self) -> float:
        """The share of visible cells, 0 … 1."""
        return self.keep.double().mean().item()


def summarise_layer(values: Tensor, keep: Tensor) -> LayerView:
    """Summarise a layer's activations (3, c, h, w) and its visible cells (h, w)."""
    values, one_cell = values.float(), keep.shape == (1, 1)
    maps = values[..., 0].clone() if one_cell else values.mean(1)
    if not one_cell:
        maps[MASKED].masked_fill_(~keep, math.nan)
    return LayerView(keep.cpu(), maps.cpu(), _statistics(values[:, :, keep]) if keep.any() else None)


def _statistics(visible: Tensor) -> Runs:
    """Compute the statistics of visible activations (3, channels, cells), relative to the first run."""
    visible = (visible.cpu() if visible.device.type == "mps" else visible).double()  # Apple's GPUs have no float64
    mean, std = visible.mean((1, 2)), visible.std((1, 2), correction=0)
    distance = (visible - visible[PLAIN]).square().mean((1, 2)).sqrt()
    unit = std[PLAIN].where(std[PLAIN] > 0, math.nan)
    columns = (mean, std, (mean - mean[PLAIN]) / unit, std / unit, distance / unit)
    plain, filled, masked = (Statistics(*row) for row in torch.stack(columns, 1).tolist())
    return plain, filled, masked
