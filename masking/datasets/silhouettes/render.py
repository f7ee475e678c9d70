"""Scenes with known answers: one object on a textured ground, its exact mask, and cues of known strength.

A class has an outline, a surface and a background. A cue strength says how often a scene shows the class's own;
otherwise the scene borrows that cue from a class drawn at random, so that it says nothing. Whoever sees only
the background of a world with `background=0` can do no better than chance.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from masking.datasets.silhouettes.classes import CLASSES
from masking.datasets.silhouettes.outlines import BOARD, baked_outlines
from masking.datasets.silhouettes.patterns import SIDE, SPAN, baked_patterns
from masking.datasets.silhouettes.seeded_rng import PerSceneRandom
from masking.datasets.silhouettes.surfaces import BACKGROUNDS, SURFACES, Surface, painted
from masking.datasets.silhouettes.worlds import World


@dataclass(frozen=True, eq=False)
class Scenes:
    """Rendered scenes: images float32 (n, 3, h, w) in [0, 1], objects bool (n, 1, h, w), labels int64 (n,).

    `objects` is True at every pixel that the object touches, partly covered ones included. Its negation is the
    mask that hides the object exactly: `Mask(~scenes.objects)`.
    """

    images: Tensor
    objects: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)


# --- pieces of a scene; coordinates are picture widths, [-0.5, 0.5], y grows down ------------------


def _plane(values: Tensor) -> Tensor:
    """(n,) as (n, 1, 1), to meet pixel coordinates."""
    return values[:, None, None]


def _direction(angle: Tensor) -> tuple[Tensor, Tensor]:
    """Cosine and sine, rounded from float64 so that they are the same in every batch."""
    return angle.double().cos().float(), angle.double().sin().float()


@dataclass(frozen=True)
class _Pose:
    """Where the object lies; the frame (radius) is the same for all outlines, so it says nothing about the class."""

    x: Tensor
    y: Tensor
    radius: Tensor
    cos: Tensor
    sin: Tensor
    flip: Tensor

    @classmethod
    def draw(cls, dice: PerSceneRandom) -> "_Pose":
        radius = dice.uniform(0.32, 0.45)
        x, y = (dice.uniform(-1, 1) * (0.5 - radius) for _ in range(2))
        return cls(x, y, radius, *_direction(dice.uniform(-0.35, 0.35)), dice.sign())

    def turned(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """A direction in the picture, (n,) or (n, h, w), as a direction on the object's own board."""
        cos, sin, flip = (part.reshape(-1, *[1] * (x.ndim - 1)) for part in (self.cos, self.sin, self.flip))
        return (cos * x + sin * y) * flip, cos * y - sin * x

    def board(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Points of the picture on the object's own board, where its radius is 1."""
        return self.turned((x - _plane(self.x)) / _plane(self.radius), (y - _plane(self.y)) / _plane(self.radius))


def _tile(tiles: Tensor, index: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, ...]:
    """The channels of tile index[i] of (k, c, s, s) at x, y (n, h, w) in [-1, 1], bilinear, each (n, h, w).

    All tiles hang below one another in a single picture, so that a batch that mixes them is one call.
    """
    count, channels, side, _ = tiles.shape
    tower = tiles.transpose(0, 1).reshape(1, channels, count * side, side).expand(len(index), -1, -1, -1)
    limit = 1 - 1 / side  # the middle of the outermost cells: no neighbour shows through
    row = (y.clamp(-limit, limit) + 1 + 2 * _plane(index)) / count - 1
    grid = torch.stack([x.clamp(-limit, limit), row], dim=-1)
    return F.grid_sample(tower, grid, padding_mode="border", align_corners=False).unbind(1)


def _patterned(
    dice: PerSceneRandom,
    surfaces: Sequence[Surface],
    index: Tensor,
    points: tuple[Tensor, Tensor],
    size: int,
    turn: float,
) -> tuple[Tensor, ...]:
    """Tone, soft tone and drift (n, h, w) of surface index[i], turned, shifted and enlarged at random."""
    side = SIDE
    while side >= 2 * SPAN * size:  # about one cell per pixel
        side //= 2
    names = tuple(dict.fromkeys(surface.pattern for surface in surfaces))
    pattern = torch.tensor([names.index(surface.pattern) for surface in surfaces])[index]
    (cos, sin), zoom = _direction(dice.uniform(-turn, turn)), dice.uniform(0.6, 1) * (2 / SPAN)
    cos, sin, flip = _plane(cos * zoom), _plane(sin * zoom), _plane(dice.sign())
    left, top = (_plane(dice.uniform(-0.28, 0.28)) for _ in range(2))
    x, y = points
    return _tile(baked_patterns(names, side), pattern, (cos * x - sin * y) * flip + left, sin * x + cos * y + top)


def _ground(
    dice: PerSceneRandom, surfaces: Sequence[Surface], index: Tensor, points: tuple[Tensor, Tensor], size: int
) -> Tensor:
    """The background without light, RGB (n, 3, h, w): sharp, out of focus or between."""
    tone, soft, drift = _patterned(dice, surfaces, index, points, size, turn=math.pi)
    tone = torch.lerp(tone, soft, _plane(dice.uniform(0, 1))) + 0.5 * (drift - 0.5)
    return painted(surfaces, index, tone.clamp(0, 1)) * dice.tint(0.08)


def _shadow(dice: PerSceneRandom, pose: _Pose, light: tuple[Tensor, Tensor], points: tuple[Tensor, Tensor]) -> Tensor:
    """Brightness (n, h, w) under a blurred ellipse beside the object's frame: it knows nothing of the outline."""
    wide, high = (_plane(pose.radius * dice.uniform(0.7, 0.85)) for _ in range(2))
    away = pose.radius * dice.uniform(0.1, 0.22)
    across, down = (
        (point - _plane(centre - away * lamp)) / span
        for point, centre, lamp, span in zip(points, (pose.x, pose.y), light, (wide, high), strict=True)
    )
    reach = across**2 + down**2
    return 1 - _plane(dice.uniform(0.35, 0.6)) * torch.exp(-0.7 * reach * reach.sqrt())


def _material(
    dice: PerSceneRandom,
    surfaces: Sequence[Surface],
    index: Tensor,
    board: tuple[Tensor, Tensor],
    facing: Tensor,
    size: int,
) -> Tensor:
    """The object's surface, RGB (n, 3, h, w), bright where its relief faces the lamp."""
    scale = 0.4  # picture widths per radius: patterns are as coarse on the object as on the ground
    tone, _, drift = _patterned(dice, surfaces, index, (board[0] * scale, board[1] * scale), size, turn=0.6)
    paint = painted(surfaces, index, (tone + 0.35 * (drift - 0.5)).clamp(0, 1)) * dice.tint(0.1)
    gloss = _plane(dice.uniform(0.05, 0.4)) * (facing - 0.45).clamp(0, 1)
    return paint * (0.95 + 0.4 * facing.clamp(-1.2, 1.2))[:, None] + gloss[:, None]


def _borrowed(dice: PerSceneRandom, label: Tensor, strength: float, count: int) -> Tensor:
    """The class that lends a cue: the label itself with probability `strength`, else any class."""
    return torch.where(dice.chance(strength), label, dice.choice(count))


def _render(world: World, seeds: Sequence[int]) -> Scenes:
    dice, size, count = PerSceneRandom(seeds), world.size, len(world.classes)
    looks = [CLASSES[name] for name in world.classes]
    label = dice.choice(count)
    outline, surface, background = (
        _borrowed(dice, label, strength, count) for strength in (world.outline, world.texture, world.background)
    )
    axis = (torch.arange(size) + 0.5) / size - 0.5
    y, x = axis[None, :, None].expand(1, size, size), axis[None, None, :].expand(1, size, size)
    light, pose = _direction(dice.uniform(-2.6, -0.5)), _Pose.draw(dice)  # the lamp stands above

    lamp = 1 + _plane(dice.uniform(0.2, 0.7)) * (x * _plane(light[0]) + y * _plane(light[1]))
    vignette = 1 - _plane(dice.uniform(0.1, 0.7)) * (x * x + y * y)
    grounds = [BACKGROUNDS[look.background] for look in looks]
    scene = _ground(dice, grounds, background, (x, y), size)
    scene = scene * (lamp * vignette * _shadow(dice, pose, light, (x, y)))[:, None]

    u, v = pose.board(x, y)
    outlines = baked_outlines(tuple(look.outline for look in looks))
    distance, slope_u, slope_v = _tile(outlines, outline, u / BOARD, v / BOARD)
    light_u, light_v = pose.turned(*light)
    facing = -(slope_u * _plane(light_u) + slope_v * _plane(light_v))
    surfaces = [SURFACES[look.surface] for look in looks]
    material = _material(dice, surfaces, surface, (u, v), facing, size) * (0.5 + 0.5 * lamp)[:, None]

    cover = (0.5 - distance * _plane(pose.radius * size)).clamp(0, 1)[:, None]  # one pixel of soft edge
    return Scenes(torch.lerp(scene, material, cover).clamp(0, 1), cover > 0, label)


_CHUNK_PIXELS = 2**18
"""Pixels rendered at once: intermediate results stay in the processor's cache."""


def render(world: World, seeds: Iterable[int] | Tensor) -> Scenes:
    """Render one scene per seed (whole numbers from 0), on the CPU; ValueError for a negative seed.

    A seed gives the same scene in any batch, the same composition at any size, and the same label, pose and light
    in worlds that differ only in cue strengths. Outside `objects` no pixel depends on the outline: the shadow is
    a blurred ellipse whose place and size follow from the object's frame, which is alike for all outlines.
    """
    listed = [int(seed) for seed in seeds]
    if listed and min(listed) < 0:
        raise ValueError(f"seed {min(listed)} is negative; scenes are numbered from 0")
    step = max(1, _CHUNK_PIXELS // world.size**2)
    chunks = [_render(world, listed[start : start + step]) for start in range(0, len(listed), step)]
    nothing = torch.zeros(0, 3, world.size, world.size)
    return Scenes(
        torch.cat([nothing, *(chunk.images for chunk in chunks)]),
        torch.cat([nothing[:, :1].bool(), *(chunk.objects for chunk in chunks)]),
        torch.cat([torch.zeros(0, dtype=torch.int64), *(chunk.labels for chunk in chunks)]),
    )
