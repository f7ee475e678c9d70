"""Statistics of visible cells: what a mask does to the means and deviations of each channel, and its correction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from masking.layers import LayerMasked, Masked

EXTREME = 5.0
"""A deviation is changed by this factor at most."""
LEAST = 1e-5
FEW = 50
"""With fewer cells of a kind, the moments of all visible cells stand for theirs."""

Watch = Callable[[str, Any, Tensor], None]
"""Called with the name of an operation, its result, and the mask of the images, bool (n, 1, h, w)."""


class Moments(NamedTuple):
    """Mean and standard deviation of each channel behind a convolution: (channels,), or (kinds, channels) each."""

    mean: Tensor
    deviation: Tensor


@dataclass(frozen=True)
class Kinds:
    """Kinds of visible cells, by the share of visible pixels under them; without edges, there is one kind."""

    edges: tuple[float, ...] = ()

    def of(self, result: Masked, keep: Tensor) -> list[Tensor]:
        """Return for each kind where its visible cells are, float (n, 1, h, w); images without hidden cells have none.

        Args:
            result: the map.
            keep: the mask of the images.
        """
        cells = result.keep.cells
        affected = cells & ~cells.flatten(1).all(1).view(-1, 1, 1, 1)
        under = F.adaptive_avg_pool2d(keep.float(), result.keep.size)
        numbers = torch.bucketize(under, torch.tensor(self.edges))
        return [(affected & (numbers == kind)).to(result.values.dtype) for kind in range(len(self.edges) + 1)]


@dataclass(frozen=True)
class MomentCorrection:
    """Moves the moments of visible cells towards those of whole pictures, while a masked network runs.

    Attributes:
        whole: moments of whole pictures by convolution.
        masked: moments of visible cells by convolution.
        mix: how far the correction goes, 0 to 1.
        kinds: the kinds of cells that have moments of their own.
    """

    whole: Mapping[str, Moments]
    masked: dict[str, Moments]
    mix: float
    kinds: Kinds

    def apply(self, name: str, result: Any, keep: Tensor) -> None:
        """Correct a map in place, if it has hidden cells and the convolution has moments."""
        if name not in self.masked or not isinstance(result, Masked):
            return
        whole, masked = self.whole[name], self.masked[name]
        ratios = (whole.deviation / masked.deviation).clamp(1 / EXTREME, EXTREME)
        scales = 1 + self.mix * (ratios - 1)
        shifts = masked.mean + self.mix * (whole.mean - masked.mean) - masked.mean * scales
        places = self.kinds.of(result, keep)
        scale = 1 + sum(cells * (scales[kind] - 1).view(-1, 1, 1) for kind, cells in enumerate(places))
        shift = sum(cells * shifts[kind].view(-1, 1, 1) for kind, cells in enumerate(places))
        result.values.mul_(scale).add_(shift)

    def fit(self, name: str, result: Any, keep: Tensor) -> None:
        """Take the moments of a map, then correct it, so that later ones are taken behind the correction."""
        if name in self.whole and isinstance(result, Masked):
            places = self.kinds.of(result, keep)
            everything = _moments(result.values, sum(places[1:], places[0]))
            parts = [_moments(result.values, cells) if cells.sum() >= FEW else everything for cells in places]
            self.masked[name] = Moments(*map(torch.stack, zip(*parts, strict=True)))
            self.apply(name, result, keep)


def fit_correction(
    engine: LayerMasked, x: Tensor, keep: Tensor, whole: Mapping[str, Moments], mix: float, kinds: Kinds
) -> MomentCorrection:
    """Fit a correction to normalised images (n, 3, h, w), all at once, under masks bool (n, 1, h, w).

    A convolution behind which no cell is hidden gets none.
    """
    correction = MomentCorrection(whole, {}, mix, kinds)
    engine(x, keep, lambda name, result: correction.fit(name, result, keep))
    return correction


def whole_moments(engine: LayerMasked, x: Tensor, batch: int = 20) -> dict[str, Moments]:
    """Return the moments of all cells behind every convolution, with nothing hidden in images (n, 3, h, w)."""
    names = {step.node.name for step in engine.steps(x) if isinstance(step.operation, nn.Conv2d)}
    sums: dict[str, Tensor] = {}

    def watch(name: str, result: Any) -> None:
        if name in names:
            powers = torch.stack([result.mean((0, 2, 3)), result.square().mean((0, 2, 3))]).double()
            sums[name] = sums.get(name, 0.0) + powers * len(result) / len(x)

    for start in range(0, len(x), batch):
        part = x[start : start + batch]
        engine(part, torch.ones_like(part[:, :1], dtype=torch.bool), watch)
    return {name: Moments(mean.float(), _root(square - mean.square())) for name, (mean, square) in sums.items()}


def _moments(values: Tensor, cells: Tensor) -> Moments:
    count = cells.sum().clamp(min=1)
    mean = (values * cells).sum((0, 2, 3)) / count
    spread = ((values - mean.view(-1, 1, 1)).square() * cells).sum((0, 2, 3)) / count
    return Moments(mean, _root(spread))


def _root(variance: Tensor) -> Tensor:
    return variance.clamp(min=0).sqrt().float().clamp(min=LEAST)
