"""Grey patterns for surfaces and backgrounds: clouds, grass, wood, stone, cloth, paint.

Each is a seamless square field in [0, 1] that spans two picture widths. To add a pattern, add one entry to `PATTERNS`.
"""

import math
from collections.abc import Callable
from functools import cache

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from masking.runtime.byte_cache import cached_by_bytes

SIDE = 512
"""Cells along one side of a finished pattern."""

SPAN = 2.0
"""Picture widths that one pattern spans."""

KEPT_BYTES = 2**28
"""Of the finished fields that are kept, for different names and sides."""


def _level(field: Tensor, contrast: float = 0.2) -> Tensor:
    """Return the field with mean 0.5 and standard deviation `contrast`, clipped to [0, 1]."""
    return (0.5 + contrast * (field - field.mean()) / field.std()).clamp(0, 1)


def noise(seed: int, slope: float, stretch: float = 1.0, turn: float = 0.0, finest: float = 1.0) -> Tensor:
    """Return fractal noise with amplitude frequency ** -slope, stretched by `stretch` along x and turned by `turn`."""
    white = torch.from_numpy(np.random.default_rng(seed).standard_normal((SIDE, SIDE), dtype=np.float32)).double()
    fy = torch.fft.fftfreq(SIDE, dtype=torch.float64)[:, None]
    fx = torch.fft.rfftfreq(SIDE, dtype=torch.float64)[None, :]
    across, along = math.cos(turn) * fy - math.sin(turn) * fx, math.cos(turn) * fx + math.sin(turn) * fy
    frequency = torch.hypot(across / stretch**0.5, along * stretch**0.5)
    gain = frequency.clamp(min=2 / SIDE) ** -slope * torch.exp(-((frequency * 2 / finest) ** 2))
    return _level(torch.fft.irfft2(torch.fft.rfft2(white) * gain, s=(SIDE, SIDE)))


def _board() -> tuple[Tensor, Tensor]:
    """Return x and y, each (SIDE, SIDE), 0 … 1 across the pattern."""
    axis = (torch.arange(SIDE, dtype=torch.float64) + 0.5) / SIDE
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    return x, y


def _cells(seed: int, count: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return Worley noise of count x count cells: two nearest distances (in cells) and a random value per cell."""
    rng = np.random.default_rng(seed)
    jitter = torch.from_numpy(rng.random((count, count, 3), dtype=np.float32)).double()
    x, y = (axis * count for axis in _board())
    column, row = x.floor().long(), y.floor().long()
    distances, values = [], []
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            seeds = jitter[(row + dy) % count, (column + dx) % count]
            px, py = column + dx + 0.1 + 0.8 * seeds[..., 0], row + dy + 0.1 + 0.8 * seeds[..., 1]
            distances.append(torch.hypot(x - px, y - py))
            values.append(seeds[..., 2])
    ordered, order = torch.stack(distances).sort(dim=0)
    return ordered[0], ordered[1], torch.stack(values).gather(0, order[:1])[0]


def _step(field: Tensor, width: float) -> Tensor:
    """Return a soft step from 0 to 1 where the field crosses zero, `width` wide."""
    return (field / width + 0.5).clamp(0, 1)


def _wave(phase: Tensor) -> Tensor:
    """Return a sine between 0 and 1; one period per unit of phase."""
    return 0.5 + 0.5 * torch.sin(2 * math.pi * phase)


def _clouds() -> Tensor:
    return noise(1, 1.9)


def _granite() -> Tensor:
    speckle = _step(noise(3, 0.4, finest=0.6) - 0.72, 0.2)
    return (noise(2, 0.75) * 0.8 + 0.1 + 0.35 * speckle).clamp(0, 1)


def _grass() -> Tensor:
    blades = torch.stack([noise(4 + i, 0.9, 14, turn) for i, turn in enumerate((0.9, 1.3, 1.6, 1.9, 2.3))])
    return _level(blades.amax(0) + 0.35 * noise(34, 1.8), 0.22)


def _wood() -> Tensor:
    _, y = _board()
    rings = _wave(9 * y + 2.2 * noise(9, 2.0, stretch=7))
    return (0.55 * rings + 0.45 * noise(10, 0.8, stretch=60)).clamp(0, 1)


def _planks() -> Tensor:
    _, y = _board()
    board = (8 * y).floor().long()
    shift = torch.tensor([0, 190, 70, 310, 120, 400, 30, 250])[board]
    column = (torch.arange(SIDE) + shift) % SIDE
    grain = _wood().gather(1, column)
    tint = torch.tensor([0.02, -0.12, 0.1, -0.04, 0.14, -0.08, 0.06, -0.14], dtype=torch.float64)[board]
    gap = _step(0.022 - (0.5 - (8 * y % 1 - 0.5).abs()), 0.03)
    return ((grain * 0.7 + 0.15 + tint) * (1 - 0.85 * gap)).clamp(0, 1)


def _cobble() -> Tensor:
    nearest, second, value = _cells(11, 16)
    stone = _step(second - nearest - 0.1, 0.3)
    return (stone * (0.3 + 0.4 * value + 0.35 * (noise(12, 1.0) - 0.5) - 0.22 * nearest + 0.15)).clamp(0, 1)


def _petals() -> Tensor:
    nearest, _, value = _cells(13, 22)
    return (0.85 * value * (1 - 0.5 * nearest) + 0.3 * noise(14, 1.2)).clamp(0, 1)


def _ripples() -> Tensor:
    x, y = _board()
    warp = noise(15, 2.2, stretch=3)
    waves = 1 - (noise(16, 1.7, stretch=3) - 0.5).abs() * 5
    return _level(0.5 * waves.clamp(0, 1) ** 2 + 0.35 * _wave(10 * y + 2.5 * warp + 0 * x) + 0.3 * warp)


def _marble() -> Tensor:
    vein = (1 - (noise(17, 1.6) - 0.5).abs() * 8).clamp(0, 1) ** 2
    return (0.85 * noise(18, 1.8) + 0.35 - 0.55 * vein).clamp(0, 1)


def _linen() -> Tensor:
    x, y = _board()
    warp, weft = (0.35 * noise(seed, 0.6, stretch) for seed, stretch in ((19, 0.03), (20, 33.0)))
    threads = torch.maximum(_wave(64 * x) * _wave(32 * y), (1 - _wave(64 * x)) * _wave(32 * y + 0.5))
    return (0.45 * threads + warp + weft).clamp(0, 1)


def _bricks() -> Tensor:
    x, y = _board()
    row = (20 * y).floor()
    column = 10 * x + 0.5 * (row % 2)
    edge = torch.minimum((0.5 - (20 * y % 1 - 0.5).abs()), 2 * (0.5 - (column % 1 - 0.5).abs()))
    value = torch.from_numpy(np.random.default_rng(21).random((20, 10), dtype=np.float32)).double()
    tint = value[row.long(), column.floor().long() % 10]
    return (_step(edge - 0.1, 0.12) * (0.3 + 0.3 * tint + 0.4 * noise(22, 0.9)) + 0.02).clamp(0, 1)


def _sand() -> Tensor:
    _, y = _board()
    dunes = _wave(18 * y + 3.0 * noise(23, 2.3))
    return (0.4 * dunes + 0.25 * noise(24, 0.3) + 0.4 * noise(25, 1.8)).clamp(0, 1)


def _stripes() -> Tensor:
    x, _ = _board()
    return _step((x * 16 % 1 - 0.5).abs() - 0.25, 0.06) * 0.8 + 0.1 + 0.1 * (noise(26, 1.5) - 0.5)


def _dots() -> Tensor:
    x, y = _board()
    row = (y * 14).floor()
    across, down = (x * 14 + 0.5 * (row % 2)) % 1 - 0.5, y * 14 % 1 - 0.5
    return _step(0.3 - torch.hypot(across, down), 0.08) * 0.8 + 0.1 + 0.1 * (noise(27, 1.5) - 0.5)


def _checks() -> Tensor:
    x, y = _board()
    across, down = (_step(0.25 - (axis * 12 % 1 - 0.5).abs(), 0.06) for axis in (x, y))
    return (0.1 + 0.4 * across + 0.4 * down + 0.1 * (noise(28, 0.5) - 0.5)).clamp(0, 1)


def _zigzag() -> Tensor:
    x, y = _board()
    phase = y * 14 + 0.8 * (x * 10 % 1 - 0.5).abs() * 2
    return _step((phase % 1 - 0.5).abs() - 0.25, 0.08) * 0.75 + 0.1 + 0.15 * (noise(29, 0.6) - 0.3)


def _scales() -> Tensor:
    x, y = _board()
    rows, best = 26, torch.zeros(SIDE, SIDE, dtype=torch.float64)
    for offset in (1, 0):  # the row above lies on top of the row below
        row = (y * rows).floor() + offset
        across = (x * 14 + 0.5 * (row % 2)) % 1 - 0.5
        radius = torch.hypot(across * 1.6, y * rows - row - 0.2 + 0.2)
        scale = (1 - 0.75 * radius).clamp(0, 1)
        best = torch.where(radius < 1, scale, best)
    return (0.15 + 0.75 * best + 0.2 * (noise(30, 1.2) - 0.5)).clamp(0, 1)


def _brushed() -> Tensor:
    return _level(noise(31, 0.5, stretch=120) + 0.8 * noise(32, 2.2), 0.18)


def _smooth() -> Tensor:
    return _level(noise(33, 2.6), 0.16)


PATTERNS: dict[str, Callable[[], Tensor]] = {
    "bricks": _bricks,
    "brushed": _brushed,
    "checks": _checks,
    "clouds": _clouds,
    "cobble": _cobble,
    "dots": _dots,
    "granite": _granite,
    "grass": _grass,
    "linen": _linen,
    "marble": _marble,
    "petals": _petals,
    "planks": _planks,
    "ripples": _ripples,
    "sand": _sand,
    "scales": _scales,
    "smooth": _smooth,
    "stripes": _stripes,
    "wood": _wood,
    "zigzag": _zigzag,
}


@cache
def _tone(name: str) -> Tensor:
    return PATTERNS[name]()


@cache
def _drift(number: int) -> Tensor:
    return noise(100 + number, 2.0)


def _soften(fields: Tensor) -> Tensor:
    """Return the same fields out of focus."""
    wide = F.pad(fields, [8] * 4, mode="circular")
    return F.avg_pool2d(F.avg_pool2d(wide, 9, stride=1), 9, stride=1)


@cached_by_bytes(KEPT_BYTES)
def baked_patterns(names: tuple[str, ...], side: int = SIDE) -> Tensor:
    """Return tone, blurred tone and a slow drift of each pattern, float64 (names, 3, side, side), in [0, 1].

    `side` must divide SIDE. Smaller sides are averages without aliasing. Do not modify the result.

    Raises:
        ValueError: `side` does not divide SIDE.
    """
    if SIDE % side:
        raise ValueError(f"a baked pattern of {side} cells does not divide {SIDE}; give a power of two up to {SIDE}")
    tone = torch.stack([_tone(name) for name in names])[:, None]
    drift = torch.stack([_drift(number) for number in range(len(names))])[:, None]
    return F.avg_pool2d(torch.cat([tone, _soften(tone), drift], dim=1), SIDE // side)
