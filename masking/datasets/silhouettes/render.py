"""Scenes with known answers: one object on a textured ground, its exact mask, and cues of known strength.

A class has an outline, a surface and a background. A cue strength says how often a scene shows the cue of its own
class. Otherwise the scene borrows the cue from a random class, so the cue carries no information. A classifier that
sees only the background of a world with `background=0` is never better than chance.
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
from masking.datasets.silhouettes.surfaces import BACKGROUNDS, SURFACES, Surface, paint
from masking.datasets.silhouettes.worlds import World
from masking.image import round_to_levels


@dataclass(frozen=True, eq=False)
class Scenes:
    """Rendered scenes: images float32 (n, 3, h, w) in [0, 1], objects bool (n, 1, h, w), labels int64 (n,).

    Images have the 256 levels of a picture file.

    `objects` is True at every pixel that the object touches, even if it covers it only partly. The mask that hides the
    object exactly is its negation, `Mask(~scenes.objects)`.
    """

    images: Tensor
    objects: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)


# --- pieces of a scene; coordinates are picture widths, [-0.5, 0.5], y grows down ------------------


def _plane(values: Tensor) -> Tensor:
    """Return values (n,) as (n, 1, 1), for arithmetic with pixel coordinates."""
    return values[:, None, None]


def _direction(angle: Tensor) -> tuple[Tensor, Tensor]:
    """Return cosine and sine of angles in radians."""
    return angle.cos(), angle.sin()


@dataclass(frozen=True)
class _Pose:
    """The position of the object. Its frame (radius) is alike for all outlines, so it says nothing about the class."""

    x: Tensor
    y: Tensor
    radius: Tensor
    cos: Tensor
    sin: Tensor
    flip: Tensor

    @classmethod
    def draw(cls, rng: PerSceneRandom) -> "_Pose":
        radius = rng.uniform(0.32, 0.45)
        x, y = (rng.uniform(-1, 1) * (0.5 - radius) for _ in range(2))
        return cls(x, y, radius, *_direction(rng.uniform(-0.35, 0.35)), rng.sign())

    def turned(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return a direction in the picture, (n,) or (n, h, w), as a direction on the object's own board."""
        cos, sin, flip = (values.reshape(-1, *[1] * (x.ndim - 1)) for values in (self.cos, self.sin, self.flip))
        return (cos * x + sin * y) * flip, cos * y - sin * x

    def board(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return points of the picture as points on the object's own board, where its radius is 1."""
        return self.turned((x - _plane(self.x)) / _plane(self.radius), (y - _plane(self.y)) / _plane(self.radius))


def _tile(tiles: Tensor, index: Tensor, x: Tensor, y: Tensor) -> tuple[Tensor, ...]:
    """Sample tile index[i] of tiles (k, c, s, s) at x, y (n, h, w) in [-1, 1], bilinear: c channels (n, h, w).

    All tiles are stacked in one tall picture, so a batch that mixes them needs one call.
    """
    count, channels, side, _ = tiles.shape
    stacked = tiles.transpose(0, 1).reshape(1, channels, count * side, side).expand(len(index), -1, -1, -1)
    limit = 1 - 1 / side  # the centre of the outermost cells, so that no neighbour is mixed in
    row = (y.clamp(-limit, limit) + 1 + 2 * _plane(index)) / count - 1
    grid = torch.stack([x.clamp(-limit, limit), row], dim=-1)
    return F.grid_sample(stacked, grid, padding_mode="border", align_corners=False).unbind(1)


def _sample_patterns(
    rng: PerSceneRandom,
    surfaces: Sequence[Surface],
    index: Tensor,
    points: tuple[Tensor, Tensor],
    size: int,
    turn: float,
) -> tuple[Tensor, ...]:
    """Return tone, soft tone and drift (n, h, w) of surface index[i], turned, shifted and enlarged at random."""
    side = SIDE
    while side >= 2 * SPAN * size:  # about one cell per pixel
        side //= 2
    names = tuple(dict.fromkeys(surface.pattern for surface in surfaces))
    pattern = torch.tensor([names.index(surface.pattern) for surface in surfaces])[index]
    (cos, sin), zoom = _direction(rng.uniform(-turn, turn)), rng.uniform(0.6, 1) * (2 / SPAN)
    cos, sin, flip = _plane(cos * zoom), _plane(sin * zoom), _plane(rng.sign())
    left, top = (_plane(rng.uniform(-0.28, 0.28)) for _ in range(2))
    x, y = points
    return _tile(baked_patterns(names, side), pattern, (cos * x - sin * y) * flip + left, sin * x + cos * y + top)


def _ground(
    rng: PerSceneRandom, surfaces: Sequence[Surface], index: Tensor, points: tuple[Tensor, Tensor], size: int
) -> Tensor:
    """Return the background without light, RGB (n, 3, h, w): sharp, out of focus or between."""
    tone, soft, drift = _sample_patterns(rng, surfaces, index, points, size, turn=math.pi)
    tone = torch.lerp(tone, soft, _plane(rng.uniform(0, 1))) + 0.5 * (drift - 0.5)
    return paint(surfaces, index, tone.clamp(0, 1)) * rng.tint(0.08)


def _shadow(rng: PerSceneRandom, pose: _Pose, light: tuple[Tensor, Tensor], points: tuple[Tensor, Tensor]) -> Tensor:
    """Return the brightness (n, h, w) under a blurred ellipse that depends on the object's frame, not its outline."""
    wide, high = (_plane(pose.radius * rng.uniform(0.7, 0.85)) for _ in range(2))
    away = pose.radius * rng.uniform(0.1, 0.22)
    across, down = (
        (point - _plane(centre - away * lamp)) / span
        for point, centre, lamp, span in zip(points, (pose.x, pose.y), light, (wide, high), strict=True)
    )
    reach = across**2 + down**2
    return 1 - _plane(rng.uniform(0.35, 0.6)) * torch.exp(-0.7 * reach * reach.sqrt())


def _material(
    rng: PerSceneRandom,
    surfaces: Sequence[Surface],
    index: Tensor,
    board: tuple[Tensor, Tensor],
    facing: Tensor,
    size: int,
) -> Tensor:
    """Return the object's surface, RGB (n, 3, h, w), bright where its relief faces the lamp."""
    scale = 0.4  # picture widths per radius: patterns are as coarse on the object as on the ground
    tone, _, drift = _sample_patterns(rng, surfaces, index, (board[0] * scale, board[1] * scale), size, turn=0.6)
    colours = paint(surfaces, index, (tone + 0.35 * (drift - 0.5)).clamp(0, 1)) * rng.tint(0.1)
    gloss = _plane(rng.uniform(0.05, 0.4)) * (facing - 0.45).clamp(0, 1)
    return colours * (0.95 + 0.4 * facing.clamp(-1.2, 1.2))[:, None] + gloss[:, None]


def _borrow_cue(rng: PerSceneRandom, label: Tensor, strength: float, count: int) -> Tensor:
    """Return the class that a cue comes from: the label itself with probability `strength`, otherwise any class."""
    return torch.where(rng.chance(strength), label, rng.choice(count))


def _render(world: World, seeds: Sequence[int]) -> Scenes:
    rng, size, count = PerSceneRandom(seeds), world.size, len(world.classes)
    classes = [CLASSES[name] for name in world.classes]
    label = rng.choice(count)
    outline, surface, background = (
        _borrow_cue(rng, label, strength, count) for strength in (world.outline, world.texture, world.background)
    )
    axis = (torch.arange(size, dtype=torch.float64) + 0.5) / size - 0.5
    y, x = axis[None, :, None].expand(1, size, size), axis[None, None, :].expand(1, size, size)
    light, pose = _direction(rng.uniform(-2.6, -0.5)), _Pose.draw(rng)  # the lamp stands above

    lamp = 1 + _plane(rng.uniform(0.2, 0.7)) * (x * _plane(light[0]) + y * _plane(light[1]))
    vignette = 1 - _plane(rng.uniform(0.1, 0.7)) * (x * x + y * y)
    grounds = [BACKGROUNDS[each.background] for each in classes]
    scene = _ground(rng, grounds, background, (x, y), size)
    scene = scene * (lamp * vignette * _shadow(rng, pose, light, (x, y)))[:, None]

    u, v = pose.board(x, y)
    outlines = baked_outlines(tuple(each.outline for each in classes))
    distance, slope_u, slope_v = _tile(outlines, outline, u / BOARD, v / BOARD)
    light_u, light_v = pose.turned(*light)
    facing = -(slope_u * _plane(light_u) + slope_v * _plane(light_v))
    surfaces = [SURFACES[each.surface] for each in classes]
    material = _material(rng, surfaces, surface, (u, v), facing, size) * (0.5 + 0.5 * lamp)[:, None]

    cover = (0.5 - distance * _plane(pose.radius * size)).clamp(0, 1)[:, None]  # one pixel of soft edge
    return Scenes(round_to_levels(torch.lerp(scene, material, cover)), cover > 0, label)


def draw_labels(world: World, seeds: Sequence[int]) -> Tensor:
    """Return the classes of the scenes with these seeds as `render` gives them, int64 (n,), without rendering them."""
    return PerSceneRandom(seeds).choice(len(world.classes))


_CHUNK_PIXELS = 2**18
"""Pixels rendered at once, so that intermediate results stay in the processor's cache."""


def render(world: World, seeds: Iterable[int] | Tensor) -> Scenes:
    """Render one scene per seed (whole numbers from 0), on the CPU.

    A seed gives the same scene in any batch, and the same composition at any size. In worlds that differ only in cue
    strengths, it gives the same label, pose and light. Outside `objects` no pixel depends on the outline: the shadow
    is a blurred ellipse, and its position and size follow from the object's frame, which is alike for all outlines.

    Raises:
        ValueError: a seed is negative.
    """
    numbers = [int(seed) for seed in seeds]
    if numbers and min(numbers) < 0:
        raise ValueError(f"seed {min(numbers)} is negative; scenes are numbered from 0")
    step = max(1, _CHUNK_PIXELS // world.size**2)
    chunks = [_render(world, numbers[start : start + step]) for start in range(0, len(numbers), step)]
    no_images = torch.zeros(0, 3, world.size, world.size)
    return Scenes(
        torch.cat([no_images, *(chunk.images for chunk in chunks)]),
        torch.cat([no_images[:, :1].bool(), *(chunk.objects for chunk in chunks)]),
        torch.cat([torch.zeros(0, dtype=torch.int64), *(chunk.labels for chunk in chunks)]),
    )
