"""The mask that a user works on: what is committed, what is drawn on top, and the way back. No streamlit here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from torch import Tensor

from masking.image import view_extent
from masking.masks.drawing import draw
from masking.masks.mask import Mask

CANVAS = 384
"""The longer side of the canvas in its own pixels."""
STEPS_BACK = 50

Objects = Sequence[Mapping[str, Any]]
Framed = tuple[Mask, float]
"""A mask with the share of the picture that its frame shows."""


def canvas_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return (h, w) of the canvas for a mask of `size` (h, w): the same shape, with `CANVAS` as its longer side."""
    return max(1, round(CANVAS * size[0] / max(size))), max(1, round(CANVAS * size[1] / max(size)))


@dataclass
class MaskDraft:
    """A mask under work in one classifier's frame.

    Attributes:
        base: the committed mask.
        view_share: share of the largest centred box of its shape that the frame shows; see `Classifier`.
        objects: the strokes that the canvas holds on top of it.
        turn: counts canvases: a new one begins whenever the strokes of the last have been committed or taken back.
        segments: the label map (h, w) that clicks on superpixels refer to.
        picture_size: (h, w) of the picture below; where it is unknown, a mask is carried over as on a square picture.
    """

    base: Mask
    view_share: float
    objects: Objects = ()
    turn: int = 0
    segments: Tensor | None = None
    picture_size: tuple[int, int] | None = None
    _origin: Framed = field(init=False)
    """What `base` was before it was carried over to this frame."""
    _past: list[Framed] = field(default_factory=list)
    _future: list[tuple[str, Framed]] = field(default_factory=list)
    """What Undo took back, the next last: the digest of the mask that was left, and the mask before."""

    def __post_init__(self):
        self._origin = self.base, self.view_share

    def mask(self) -> Mask:
        """Return the mask as it stands, strokes included."""
        return self._add_strokes(self.base, self.objects)

    def replace(self, mask: Mask) -> None:
        """Put another mask in place, remembering this one and each stroke that led to it."""
        steps = accumulate(self.objects, lambda step, stroke: self._add_strokes(step, [stroke]), initial=self.base)
        framed = [(mask_before, self.view_share) for mask_before in steps]
        self._past = [*self._past, self._origin, *framed[1:]][-STEPS_BACK:]
        self._set_base(mask)

    def commit(self) -> None:
        """Make picked superpixels part of the base, so that other segments or another picture leave them alone."""
        if self.segments is not None:
            self._flatten()
        self.segments = None

    @property
    def can_undo(self) -> bool:
        """Whether there is something to take back."""
        return bool(self.objects or self._past)

    @property
    def can_redo(self) -> bool:
        """Whether the last Undo can be taken back: the mask is still the one that it left."""
        return bool(self._future) and self._future[-1][0] == self.mask().digest

    def redo(self) -> None:
        """Put back what the last Undo took back, as plain mask."""
        if not self.can_redo:
            return
        (_, (mask, share)), future = self._future[-1], self._future[:-1]
        self.replace(self._carry_over((mask, share), self.base.size, self.view_share))
        self._future = future

    def undo(self) -> None:
        """Take the last stroke back, or the last change before it."""
        before = self.mask(), self.view_share
        had_future = self.can_redo
        self._take_back()
        if (left := self.mask().digest) != before[0].digest:
            self._future = [*(self._future if had_future else []), (left, before)][-STEPS_BACK:]

    def _take_back(self) -> None:
        if self.objects:
            self.objects = self.objects[:-1]
            self.turn += 1
        elif self._past:
            mask, share = self._past.pop()
            self._set_base(self._carry_over((mask, share), self.base.size, self.view_share))
            self._origin = mask, share

    def fit(self, size: tuple[int, int], view_share: float) -> None:
        """Carry the mask over to another classifier's frame; going there and back loses nothing."""
        if size == self.base.size and view_share == self.view_share:
            return
        self._flatten()
        self.segments = None
        origin = self._origin
        self.view_share = view_share
        self._set_base(self._carry_over(origin, size, view_share))
        self._origin = origin

    def _carry_over(self, framed: Framed, size: tuple[int, int], view_share: float) -> Mask:
        """Return a mask in another frame, so that it lies on the same part of the picture."""
        mask, share = framed
        if mask.size[0] == mask.size[1] and size[0] == size[1]:
            return mask.resized(size, zoom=share / view_share)
        picture = self.picture_size or (CANVAS, CANVAS)
        before = view_extent(picture, round(min(mask.size) / share), mask.size)
        after = view_extent(picture, round(min(size) / view_share), size)
        return mask.resized(size, zoom=(before[0] / after[0], before[1] / after[1]))

    def _add_strokes(self, base: Mask, objects: Objects) -> Mask:
        return draw(base, objects, canvas_size(base.size), self.segments) if objects else base

    def _flatten(self) -> None:
        if self.objects:
            self.replace(self.mask())
            self._past.pop()  # the last stroke led to the present base

    def _set_base(self, mask: Mask) -> None:
        self.base, self.objects, self.turn = mask, (), self.turn + 1
        self._origin = mask, self.view_share
