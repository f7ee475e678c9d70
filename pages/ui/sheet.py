"""The mask a user works on: what is committed, what is drawn on top, and the way back. No streamlit in here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from masking.drawing import draw
from masking.mask import Mask

CANVAS = 384
"""Side of the canvas in its own pixels."""
STEPS_BACK = 50

Objects = Sequence[Mapping[str, Any]]


@dataclass
class Sheet:
    """A mask under work in one classifier's frame.

    `base` is committed, `objects` is what the canvas holds on top of it, `segments` the label map (h, w) that its
    superpixel clicks refer to. `turn` counts canvases: a new one is begun whenever what is on it has been committed
    or taken back.
    """

    base: Mask
    view_share: float
    objects: Objects = ()
    turn: int = 0
    segments: Tensor | None = None
    _origin: tuple[Mask, float] | None = None
    _past: list[tuple[Mask, Objects]] = field(default_factory=list)

    def mask(self) -> Mask:
        """The mask as it stands, drawing included."""
        return draw(self.base, self.objects, (CANVAS, CANVAS), self.segments) if self.objects else self.base

    def replace(self, mask: Mask) -> None:
        """Put another mask in place, remembering this one."""
        self.commit()
        self._remember(self.objects)
        self._lay(mask)

    def commit(self) -> None:
        """Make picked superpixels part of the base, so that other segments or another picture leave them alone."""
        if self.objects and self.segments is not None:
            mask = self.mask()
            self._remember(())
            self._lay(mask)
        self.segments = None

    @property
    def can_undo(self) -> bool:
        """Whether there is a way back."""
        return bool(self.objects or self._past)

    def undo(self) -> None:
        """Take the last stroke back, or the last change before it."""
        if self.objects:
            self.objects = self.objects[:-1]
            self.turn += 1
        elif self._past:
            mask, objects = self._past.pop()
            self._lay(mask if mask.size == self.base.size else mask.resized(self.base.size))
            self.objects = objects
        self._origin = None

    def fit(self, size: tuple[int, int], view_share: float) -> None:
        """Carry the mask over to another classifier's frame; going back and forth loses nothing."""
        if size == self.base.size and view_share == self.view_share:
            return
        origin, share = self._origin or (self.mask(), self.view_share)
        self._lay(origin.resized(size, zoom=share / view_share))
        self._past = [(old.resized(size, zoom=self.view_share / view_share), ()) for old, _ in self._past]
        self.view_share = view_share
        self._origin = (origin, share)

    def _remember(self, objects: Objects) -> None:
        self._past = [*self._past, (self.base, objects)][-STEPS_BACK:]
        self._origin = None

    def _lay(self, mask: Mask) -> None:
        self.base, self.objects, self.turn = mask, (), self.turn + 1
