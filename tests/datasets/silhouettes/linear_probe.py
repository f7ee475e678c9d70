"""A linear classifier on plain statistics of one part of a scene; it knows nothing of how scenes are made."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F


def _windows(x: Tensor, side: int) -> Tensor:
    """The mean over a square window around each pixel, cut off at the border."""
    for kernel in ((side, 1), (1, side)):
        x = F.avg_pool2d(x, kernel, 1, (kernel[0] // 2, kernel[1] // 2), count_include_pad=False)
    return x


def _histogram(values: Tensor, where: Tensor, bins: int) -> Tensor:
    """Square roots of the shares of values in [0, 1) where `where`: (n, bins)."""
    cells = (values.clamp(0, 1 - 1e-6) * bins).long().flatten(1)
    counts = torch.zeros(len(values), bins).scatter_add_(1, cells, where.flatten(1).float())
    return (counts / counts.sum(1, keepdim=True).clamp(min=1)).sqrt()


def looks(images: Tensor, visible: Tensor) -> Tensor:
    """Colours and local contrasts of the visible pixels (n, features); nothing of where they are."""
    red, green, blue = (images.clamp(0, 1 - 1e-6) * 8).floor().unbind(1)
    features = [_histogram((red * 64 + green * 8 + blue + 0.5) / 512, visible, 512)]
    grey = images.mean(1, keepdim=True)
    for side in (3, 9):
        whole = _windows(visible.float(), side) > 1 - 1e-3
        contrast = grey / _windows(grey, side).clamp(min=0.05) - 1
        power = (contrast**2 * whole).sum((2, 3)) / whole.sum((2, 3)).clamp(min=1)
        spread = power.sqrt().clamp(min=1e-4)
        features += [spread.log(), _histogram(0.5 + contrast / spread[..., None, None] / 8, whole, 24)]
    return torch.cat(features, 1)


def shapes(_: Tensor, visible: Tensor) -> Tensor:
    """The visible region around its own centre in its own size, however turned or mirrored (n, features)."""
    region = visible.float()
    axis = (torch.arange(region.shape[-1]) + 0.5) / region.shape[-1] * 2 - 1
    x, y, area = axis, axis[:, None], region.sum((1, 2, 3), keepdim=True)
    left, top = ((region * way).sum((1, 2, 3), keepdim=True) / area for way in (x, y))
    radius = ((region * ((x - left) ** 2 + (y - top) ** 2)).sum((1, 2, 3), keepdim=True) / area).sqrt()
    rings, angles = torch.linspace(0.1, 2.3, 10)[:, None], torch.arange(64) / 64 * 2 * math.pi
    points = torch.stack([left + radius * rings * angles.cos(), top + radius * rings * angles.sin()], dim=-1)
    polar = F.grid_sample(region, points[:, 0], align_corners=False)
    return torch.fft.rfft(polar[:, 0], dim=2).abs()[..., :12].flatten(1)


def probe_accuracy(features: Tensor, labels: Tensor, learn: int, ridge: float = 300) -> float:
    """Share of the rows after the first `learn` that least squares on those gets right."""
    mean, spread = features[:learn].mean(0), features[:learn].std(0).clamp(min=1e-3)
    x = F.pad((features - mean) / spread, (0, 1), value=1).double()
    seen, target = x[:learn], F.one_hot(labels[:learn]).double()
    weights = torch.linalg.solve(seen.T @ seen + ridge * torch.eye(x.shape[1]).double(), seen.T @ target)
    return ((x[learn:] @ weights).argmax(1) == labels[learn:]).double().mean().item()
