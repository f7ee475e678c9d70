"""The type `Mask`: which pixels are present. It has one convention: `keep`, True = present.

image     keep        hidden = ~keep
a b c     T T F       . . x
d e f     T T F       . . x
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from masking.image import digest
from masking.masks import morphology
from masking.masks.mask_file import read_present
from masking.masks.mask_text import keep_from_text, keep_to_text

Size = int | tuple[int, int]


def _height_width(size: Size) -> tuple[int, int]:
    height, width = (size, size) if isinstance(size, int) else size
    if height < 1 or width < 1:
        raise ValueError(f"a mask of {height}x{width} pixels is empty; give at least 1x1")
    return height, width


def _check_share(hidden_share: float) -> None:
    if not 0 <= hidden_share <= 1:
        raise ValueError(f"the hidden share is {hidden_share}; it must be between 0 and 1")


def _check_distance(pixels: float) -> None:
    if not pixels >= 0:
        raise ValueError(f"{pixels} pixels is not a distance; give 0 or more")


@dataclass(frozen=True, eq=False)
class Mask:
    """Which pixels are present: `keep`, bool (n, 1, h, w), True = present.

    `&` keeps the pixels that both keep, `|` those that either keeps; `~` swaps present and hidden.
    """

    keep: Tensor

    def __post_init__(self):
        keep = self.keep
        if keep.dtype != torch.bool or keep.ndim != 4 or keep.shape[1] != 1:
            raise ValueError(
                f"a mask is bool of shape (n, 1, h, w), True = present; this is {keep.dtype} {tuple(keep.shape)}"
            )

    # --- algebra -------------------------------------------------------------------------------

    def _check_same_size(self, other: "Mask") -> None:
        if self.size != other.size:
            raise ValueError("one mask is {}x{} but the other is {}x{}".format(*self.size, *other.size))

    def __and__(self, other: "Mask") -> "Mask":
        self._check_same_size(other)
        return Mask(self.keep & other.keep)

    def __or__(self, other: "Mask") -> "Mask":
        self._check_same_size(other)
        return Mask(self.keep | other.keep)

    def __invert__(self) -> "Mask":
        return Mask(~self.keep)

    def __len__(self) -> int:
        return self.keep.shape[0]

    def __getitem__(self, index: int | slice) -> "Mask":
        return Mask(self.keep[index] if isinstance(index, slice) else self.keep[index].unsqueeze(0))

    @property
    def size(self) -> tuple[int, int]:
        """(h, w) in pixels."""
        return self.keep.shape[2], self.keep.shape[3]

    @property
    def hidden_share(self) -> float:
        """The share of hidden pixels, 0 … 1, over the whole batch."""
        return (~self.keep).double().mean().item()

    def visible_share_of(self, hiding: "Mask") -> float | None:
        """Return the share of the pixels that another mask hides which this one leaves visible, 0 … 1.

        With the mask that hides an object exactly, this is the visible share of the object. None if it hides nothing.
        """
        self._check_same_size(hiding)
        return None if hiding.keep.all() else self.keep[~hiding.keep].double().mean().item()

    @property
    def digest(self) -> str:
        """sha256 (hex) of shape and contents: equal digests mean equal masks."""
        return digest(self.keep)

    def to(self, device: torch.device | str) -> "Mask":
        """Return the same mask on another device."""
        return Mask(self.keep.to(device))

    # --- making masks --------------------------------------------------------------------------

    @classmethod
    def full(cls, size: Size) -> Self:
        """Return a mask in which every pixel is present."""
        return cls(torch.ones(1, 1, *_height_width(size), dtype=torch.bool))

    @classmethod
    def empty(cls, size: Size) -> Self:
        """Return a mask in which every pixel is hidden."""
        return cls(torch.zeros(1, 1, *_height_width(size), dtype=torch.bool))

    @classmethod
    def box(cls, size: Size, top: int, left: int, height: int, width: int) -> Self:
        """Hide one rectangle, in pixels; parts outside the image are cut off."""
        if height < 0 or width < 0:
            raise ValueError(f"the box is {height}x{width} pixels; its sides cannot be negative")
        keep = cls.full(size).keep
        keep[..., max(0, top) : max(0, top + height), max(0, left) : max(0, left + width)] = False
        return cls(keep)

    @classmethod
    def from_segments(cls, segments: Tensor, hidden_ids: Iterable[int] | Tensor) -> Self:
        """Hide whole segments.

        Args:
            segments: integer label map (h, w), 0 … s−1.
            hidden_ids: the labels to hide; or a bool matrix (n, s), True = hidden, for n masks at once.

        Raises:
            ValueError: a label that no pixel has.
        """
        count = int(segments.max()) + 1
        if isinstance(hidden_ids, Tensor) and hidden_ids.dtype == torch.bool:
            if hidden_ids.ndim != 2 or hidden_ids.shape[1] != count:
                raise ValueError(f"there are {count} segments but the matrix has shape {tuple(hidden_ids.shape)}")
            hidden = hidden_ids
        else:
            hidden = torch.zeros(1, count, dtype=torch.bool)
            for label in map(int, hidden_ids):
                if not 0 <= label < count:
                    raise ValueError(f"there is no segment {label}; they go from 0 to {count - 1}")
                hidden[0, label] = True
        return cls(~hidden[:, segments.long()].unsqueeze(1))

    @classmethod
    def random_patches(cls, size: Size, hidden_share: float, patch: int = 16, seed: int = 0, count: int = 1) -> Self:
        """Hide round(share x patches) random patches of a square grid (Jain et al. 2022).

        The first masks of a larger `count` are those of a smaller one under the same seed.

        Raises:
            ValueError: a share outside 0 … 1, a patch larger than the image, no masks, or a negative seed.
        """
        _check_share(hidden_share)
        if count < 1:
            raise ValueError(f"{count} masks were asked for; ask for at least 1")
        if seed < 0:
            raise ValueError(f"the seed is {seed}; give a whole number from 0")
        order = np.random.default_rng(seed).random((count, _grid_cells(size, patch))).argsort(axis=1)
        return cls(_hide_first(torch.from_numpy(order), size, hidden_share, patch))

    @classmethod
    def by_heat(
        cls, heat: Tensor, hidden_share: float, most_salient: bool = True, patch: int = 16, ties: int | None = None
    ) -> Self:
        """Hide the round(share x patches) patches of the highest (or lowest) mean heat; one mask per heat.

        Args:
            heat: attribution (n, 1, h, w) or (n, 3, h, w); channels are summed.
            hidden_share: 0 … 1.
            most_salient: True hides the patches of the highest heat first, False those of the lowest.
            patch: side of a patch in pixels; 1 orders single pixels.
            ties: seed of the random order of patches with equal heat; default row by row.

        Raises:
            ValueError: a share outside 0 … 1, a patch larger than the image, or a heat of another shape or not finite.
        """
        _check_share(hidden_share)
        if heat.ndim != 4 or heat.shape[1] not in {1, 3}:
            raise ValueError(f"the heat has shape {tuple(heat.shape)}; give (n, 1, h, w) or (n, 3, h, w)")
        size = (heat.shape[2], heat.shape[3])
        cells = _grid_cells(size, patch)
        summed = heat.detach().float().cpu().sum(1, keepdim=True)
        score = F.avg_pool2d(summed, patch, ceil_mode=True, count_include_pad=False).flatten(1)
        if score.shape[1] != cells or not score.isfinite().all():
            raise ValueError("the heat holds NaN or infinite values; check the attribution")
        first = torch.from_numpy(np.arange(cells) if ties is None else np.random.default_rng(ties).permutation(cells))
        order = first[score[:, first].argsort(dim=1, descending=most_salient, stable=True)]
        return cls(_hide_first(order, size, hidden_share, patch))

    # --- the hidden region ---------------------------------------------------------------------

    def grow(self, pixels: float) -> "Mask":
        """Hide all pixels within `pixels` (Euclidean distance) of a hidden one too."""
        _check_distance(pixels)
        return self._on_hidden(lambda hidden: morphology.grow(hidden, pixels))

    def shrink(self, pixels: float) -> "Mask":
        """Hide only the pixels further than `pixels` (Euclidean distance) from every visible one."""
        _check_distance(pixels)
        return self._on_hidden(lambda hidden: morphology.shrink(hidden, pixels))

    def bounding_box(self) -> "Mask":
        """Hide the smallest upright rectangle around the hidden region."""
        return self._on_hidden(morphology.bounding_box)

    def convex_hull(self) -> "Mask":
        """Hide the convex hull of the hidden region."""
        return self._on_hidden(morphology.convex_hull)

    def _on_hidden(self, change: morphology.Change) -> "Mask":
        hidden = (~self.keep).cpu().numpy()[:, 0]
        changed = np.stack([change(region) for region in hidden])
        return Mask(~torch.from_numpy(changed).unsqueeze(1).to(self.keep.device))

    def resized(self, size: Size, zoom: float | tuple[float, float] = 1.0) -> "Mask":
        """Return the same region at another size (nearest pixel), its content magnified by `zoom`.

        If the new frame shows more than the old one (zoom < 1), the added border is present.

        Args:
            size: (h, w) in pixels, or the side of a square.
            zoom: one factor, or one for rows and one for columns.
        """
        height, width = _height_width(size)
        along_rows, along_columns = zoom if isinstance(zoom, tuple) else (zoom, zoom)
        if (height, width) == self.size and along_rows == along_columns == 1.0:
            return self
        rows = ((torch.arange(height) + 0.5) / height - 0.5) / along_rows + 0.5
        columns = ((torch.arange(width) + 0.5) / width - 0.5) / along_columns + 0.5
        inside = ((rows >= 0) & (rows < 1))[:, None] & ((columns >= 0) & (columns < 1))[None]
        row = (rows * self.size[0]).long().clamp(0, self.size[0] - 1)
        column = (columns * self.size[1]).long().clamp(0, self.size[1] - 1)
        return Mask(self.keep.cpu()[:, :, row][:, :, :, column] | ~inside)

    # --- in and out ----------------------------------------------------------------------------

    def to_png(self) -> bytes:
        """Encode the first mask as a black-and-white PNG: white = present, black = hidden."""
        buffer = io.BytesIO()
        Image.fromarray(self.keep[0, 0].cpu().numpy()).save(buffer, "PNG", optimize=True)
        return buffer.getvalue()

    _repr_png_ = to_png  # how a notebook shows it

    @classmethod
    def from_png(cls, data: bytes, size: Size | None = None) -> Self:
        """Read a mask file; opaque pixels, the higher of two values, or what is not black are present.

        Raises:
            ValueError: not a picture, one that can be read in two ways, or of another size than `size` (h, w).
        """
        mask = cls(torch.from_numpy(read_present(data).copy())[None, None])
        if size is not None and mask.size != _height_width(size):
            raise ValueError("mask is {}x{} but the image is {}x{}".format(*mask.size, *_height_width(size)))
        return mask

    def to_text(self) -> str:
        """Encode the first mask as URL-safe text, e.g. `224x224.eJz…`; smooth regions take a few hundred characters."""
        return keep_to_text(self.keep[0, 0].cpu().numpy())

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read the text that `to_text` wrote. Raises ValueError on any other text."""
        return cls(torch.from_numpy(keep_from_text(text))[None, None])


def _grid_cells(size: Size, patch: int) -> int:
    height, width = _height_width(size)
    if not 1 <= patch <= max(height, width):
        raise ValueError(f"the patch is {patch} pixels wide; it must be between 1 and {max(height, width)}")
    return -(-height // patch) * -(-width // patch)


def _hide_first(order: Tensor, size: Size, hidden_share: float, patch: int) -> Tensor:
    """Return keep (n, 1, h, w) with the first round(share x cells) patches of each row of `order` hidden."""
    height, width = _height_width(size)
    rows, columns = -(-height // patch), -(-width // patch)
    hidden = order[:, : round(hidden_share * rows * columns)]
    kept = torch.ones(order.shape, dtype=torch.bool).scatter_(1, hidden, False)
    grid = kept.view(-1, 1, rows, columns)
    return grid.repeat_interleave(patch, 2).repeat_interleave(patch, 3)[:, :, :height, :width].contiguous()
