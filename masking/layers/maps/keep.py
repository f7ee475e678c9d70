"""Masks on their way through a network: all that follows from the mask alone, computed once and shared.

A mask has one channel, however many the layer has. It is the same for all layers of a stage, for all images that
share it and for all calls that repeat it. Everything derived from a mask is therefore cached with it.
"""

from __future__ import annotations

import hashlib
import math
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Sequence
from functools import reduce
from typing import Any, NamedTuple, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor

from .neighbours import Ring, positions, rings_around

T = TypeVar("T")

REMEMBERED_CELLS = 2**22  # of input masks and all derived from them: 83 masks of 224 x 224, about 100 MB

VOTES_NEEDED: dict[str, Callable[[int], int]] = {  # for a cell to be visible where that many maps are joined
    "intersection": lambda maps: maps,
    "majority": lambda maps: maps // 2 + 1,
    "union": lambda maps: 1,
}


class Window(NamedTuple):
    """A sliding window as (rows, columns): kernel, stride, padding before the first cell, dilation."""

    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    dilation: tuple[int, int] = (1, 1)

    @property
    def reach(self) -> int:
        """Largest distance, in cells, between two cells of one window."""
        return max((k - 1) * d for k, d in zip(self.kernel, self.dilation, strict=True))


class Keep:
    """The visible cells of one layer: bool (n, 1, h, w), True = visible; n = 1 is used for every image.

    Equal masks derived from the same input mask are one object, so they share what is derived from them.
    """

    def __init__(self, cells: Tensor, family: Family) -> None:
        self.cells = cells
        self.size = (cells.shape[2], cells.shape[3])
        self.full = bool(cells.all())
        self._family = family

    def through(self, window: Window, size: tuple[int, int]) -> Keep:
        """Return the mask behind a window, of the given size: visible if any cell in the window is (section 1.3).

        A window outside the image sees nothing; of an image without hidden cells it is visible all the same.
        """

        def seen() -> Tensor:
            cells = _over_window(torch.logical_or, self.cells, window, size)
            return cells | self._whole_images() if _leaves_the_image(window, self.size, size) else cells

        return self._keep(("through", window, size), seen)

    def weights(self, window: Window, size: tuple[int, int], dtype: torch.dtype) -> Tensor:
        """Return the factor that scales a sum over the visible cells of each window to all of its cells.

        It is cells inside the image / visible cells (Liu et al. 2018, equation 1): exactly 1 where all of them are
        visible, and 1 where none is. `size` is that of the map behind the window.
        """

        def shares() -> Tensor:
            cells = self.cells.int()
            inside, visible = (
                _over_window(torch.add, c, window, size).to(dtype) for c in (torch.ones_like(cells), cells)
            )
            return (inside / visible).where(visible > 0, 1.0)

        return self._once(("weights", window, size, dtype), shares)

    def pooled(
        self, pool: Callable[..., Tensor], settings: tuple[Hashable, ...], dtype: torch.dtype
    ) -> tuple[Tensor, Keep]:
        """Return the visible share of each window of an average pool, and the mask behind it.

        The share is relative to the cells inside the image: exactly 1 where all of them are visible. It is a divisor,
        so it is 1 where none is.
        """

        def shares() -> tuple[Tensor, Keep]:
            cells = self.cells.to(dtype)
            inside = pool(torch.ones_like(cells), *settings)
            share = pool(cells, *settings) / inside
            visible = (share > 0) | (self._whole_images() & (inside == 0))
            return share.where(share > 0, 1.0), self._family.interned(visible)

        return self._once(("pooled", pool, settings, dtype), shares)

    def padded(self, pad: tuple[int, int, int, int], mode: str = "constant") -> Keep:
        """Return the mask with cells on the left, right, above and below: visible, or copies in a mode of `F.pad`."""

        def surrounded() -> Tensor:
            if mode == "constant":
                return F.pad(self.cells, pad, value=True)
            return F.pad(self.cells.float(), pad, mode=mode) > 0

        return self._keep(("padded", pad, mode), surrounded)

    def selected(self, rows: slice, columns: slice) -> Keep:
        """Return the mask of some rows and columns."""
        key = ("selected", rows.start, rows.stop, rows.step, columns.start, columns.stop, columns.step)
        return self._keep(key, lambda: self.cells[:, :, rows, columns])

    def flipped(self, dims: tuple[int, ...]) -> Keep:
        """Return the mask with rows (2), columns (3) or both in reverse order."""
        return self._keep(("flipped", dims), lambda: self.cells.flip(dims))

    def enlarged(self, factor: int) -> Keep:
        """Return the mask with each cell as a square of that many rows and columns."""

        def squares() -> Tensor:
            return self.cells.repeat_interleave(factor, dim=2).repeat_interleave(factor, dim=3)

        return self._keep(("enlarged", factor), squares)

    def spread(self, settings: tuple[Hashable, ...]) -> Keep:
        """Return the mask behind a transposed convolution: visible if a visible cell contributes, or if none can.

        Args:
            settings: kernel, stride, padding, output padding and dilation, each as (rows, columns).
        """

        def reached() -> Tensor:
            visible, all_cells = (_contributions(c, *settings) for c in (self.cells, torch.ones_like(self.cells)))
            return (visible > 0) | (all_cells == 0)

        return self._keep(("spread", settings), reached)

    def spread_weights(self, settings: tuple[Hashable, ...], dtype: torch.dtype) -> Tensor:
        """Return the factor that scales a sum over contributing visible cells to all of them, as `weights` does."""

        def shares() -> Tensor:
            visible, all_cells = (
                _contributions(c, *settings).to(dtype) for c in (self.cells, torch.ones_like(self.cells))
            )
            return (all_cells / visible).where(visible > 0, 1.0)

        return self._once(("spread weights", settings, dtype), shares)

    def counts(self, dtype: torch.dtype) -> Tensor:
        """Return how many cells are visible in each image, but at least 1, (n, 1, 1, 1)."""
        return self._once(("counts", dtype), lambda: self.cells.sum((2, 3), keepdim=True).clamp(min=1).to(dtype))

    def hidden(self, images: int) -> Tensor:
        """Return the positions of hidden cells in a batch of that many images: int64, in (n, h, w) flattened."""
        return self._once(("hidden", images), lambda: positions(~self.cells.expand(images, -1, -1, -1)))

    def factors(self, dtype: torch.dtype) -> Tensor:
        """Return 1 at visible cells and 0 at hidden ones, (n, 1, h, w)."""
        return self._once(("factors", dtype), lambda: self.cells.to(dtype))

    def ceilings(self, dtype: torch.dtype) -> Tensor:
        """Return infinity at visible cells and the least finite number at hidden ones, (n, 1, h, w)."""

        def ceilings() -> Tensor:
            return torch.full(self.cells.shape, math.inf, dtype=dtype, device=self.cells.device).masked_fill_(
                ~self.cells, torch.finfo(dtype).min
            )

        return self._once(("ceilings", dtype), ceilings)

    def rings(self, rounds: int, images: int, dtype: torch.dtype, diagonal: float = 1.0) -> tuple[Ring, ...]:
        """Return the cells that neighbour padding fills, by round, in a batch of that many images (section 1.2).

        `diagonal` is the weight of a diagonal neighbour; that of the others is 1.
        """
        if not rounds:
            return ()

        def planned() -> tuple[Ring, ...]:
            rings = rings_around(self.cells[:, 0], rounds, dtype)
            if diagonal != 1:
                rings = tuple(ring.weighted(diagonal, self.size[1]) for ring in rings)
            copies = images // len(self.cells)
            return rings if copies == 1 else tuple(ring.repeated(copies, self.cells.numel()) for ring in rings)

        return self._once(("rings", rounds, images, dtype, diagonal), planned)

    def covers(self, other: Keep) -> bool:
        """Return whether every cell visible in the other mask is visible in this one."""
        return other is self or self._once(("covers", other), lambda: not (other.cells & ~self.cells).any())

    @staticmethod
    def voted(keeps: Sequence[Keep | None], rule: str) -> Keep:
        """Return one mask for maps that are joined (None: all visible), by a rule of `VOTES_NEEDED`."""
        ballots = Counter(keep for keep in keeps if keep is not None)
        needed = VOTES_NEEDED[rule](len(keeps)) - keeps.count(None)
        first, times = next(iter(ballots.items()))
        if 0 < needed <= times == ballots.total():
            return first  # all masks are this one

        def elected() -> Tensor:
            return reduce(torch.add, (keep.cells.int() * times for keep, times in ballots.items())) >= needed

        return first._keep(("voted", frozenset(ballots.items()), needed), elected)

    def _whole_images(self) -> Tensor:
        """Return for each image whether nothing of it is hidden, bool (n, 1, 1, 1)."""
        return self.cells.flatten(1).all(1).view(-1, 1, 1, 1)

    def _keep(self, key: tuple[Hashable, ...], cells: Callable[[], Tensor]) -> Keep:
        return self._once(key, lambda: self._family.interned(cells()))

    def _once(self, key: tuple[Hashable, ...], make: Callable[[], T]) -> T:
        return self._family.once((self, *key), make)


class Family:
    """All masks derived from one input mask, and everything else derived from them."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Any] = {}

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the cached value, or make it; threads that race for it get the same object."""
        if key not in self._known:
            with torch.inference_mode(mode=False):  # so that operations that record gradients can use the value later
                return self._known.setdefault(key, make())
        return self._known[key]

    def interned(self, cells: Tensor) -> Keep:
        """Return the one `Keep` of this family with these cells."""
        return self.once(_digest(cells), lambda: Keep(cells, self))

    def forget(self) -> None:
        """Drop everything, including the reference cycles that would keep large tensors alive for a while."""
        self._known.clear()


class Recent:
    """A thread-safe cache of the families of recent masks, so that a repeated mask costs only its digest."""

    def __init__(self, cells: int) -> None:
        self._room = cells
        self._families: OrderedDict[Hashable, tuple[int, Family]] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, cells: Tensor) -> Keep:
        """Return the `Keep` of an input mask, bool (n, 1, h, w)."""
        key = _digest(cells)
        with self._lock:
            _, family = self._families.setdefault(key, (cells.numel(), Family()))
            self._families.move_to_end(key)
            while len(self._families) > 1 and sum(size for size, _ in self._families.values()) > self._room:
                _, (_, oldest) = self._families.popitem(last=False)
                oldest.forget()
        return family.interned(cells)


def _digest(cells: Tensor) -> Hashable:
    contents = cells.contiguous().cpu().numpy()
    return str(cells.device), contents.shape, hashlib.sha256(contents.data).digest()


def _leaves_the_image(window: Window, before: tuple[int, int], after: tuple[int, int]) -> bool:
    """Return whether some window lies outside the image, between sizes before and behind it."""
    return any(
        padding > (kernel - 1) * dilation or (length - 1) * stride >= size + padding or dilation > size
        for kernel, stride, padding, dilation, size, length in zip(*window, before, after, strict=True)
    )


def _contributions(cells: Tensor, kernel: Any, stride: Any, padding: Any, output_padding: Any, dilation: Any) -> Tensor:
    """Count the cells that each cell behind a transposed convolution gets a share of."""
    window = torch.ones(1, 1, *kernel, device=cells.device)
    return F.conv_transpose2d(cells.float(), window, None, stride, padding, output_padding, 1, dilation).round()


def _over_window(
    combine: Callable[[Tensor, Tensor], Tensor], cells: Tensor, window: Window, size: tuple[int, int]
) -> Tensor:
    """Combine the cells of each window, first along rows, then along columns: is any visible, or how many?

    Unlike `max_pool2d` and `avg_pool2d` it takes any padding and dilation.
    """
    for dim, kernel, stride, padding, dilation, length in zip((2, 3), *window, size, strict=True):
        last = (length - 1) * stride  # where the last window starts
        after = max(0, last + (kernel - 1) * dilation + 1 - padding - cells.shape[dim])
        padded = F.pad(cells, (0, 0, padding, after) if dim == 2 else (padding, after))
        starts = [slice(tap * dilation, tap * dilation + last + 1, stride) for tap in range(kernel)]
        seen = (padded[:, :, start] if dim == 2 else padded[..., start] for start in starts)
        cells = reduce(combine, seen)
    return cells
