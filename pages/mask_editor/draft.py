"""The mask that a user works on, and the way back. No streamlit here."""

from dataclasses import dataclass, field

from masking.masks.framing import move_to_frame
from masking.masks.mask import Mask

STEPS_BACK = 50
SQUARE = (1000, 1000)

Framed = tuple[Mask, float]
"""A mask with the share of the picture that its frame shows."""


@dataclass
class MaskDraft:
    """A mask under work in one classifier's frame.

    Attributes:
        mask: the mask as it stands.
        view_share: share of the largest centred box of its shape that the frame shows; see `Classifier`.
        picture_size: (h, w) of the picture below; where it is unknown, a mask is carried over as on a square picture.
        version: counts the changes; another frame is no change.
    """

    mask: Mask
    view_share: float
    picture_size: tuple[int, int] | None = None
    version: int = 0
    _origin: Framed = field(init=False)
    """What `mask` was before it was carried over to this frame."""
    _past: list[Framed] = field(default_factory=list)
    _future: list[Framed] = field(default_factory=list)

    def __post_init__(self):
        self._origin = self.mask, self.view_share

    def replace(self, mask: Mask) -> None:
        """Put another mask in place, and remember this one."""
        if mask.digest != self.mask.digest:
            self.replace_framed((mask, self.view_share))

    def replace_framed(self, framed: Framed) -> None:
        """Put a mask of any frame in place, as `framed` gave it, and remember this one."""
        self._past = [*self._past, self._origin][-STEPS_BACK:]
        self._future = []
        self._put(framed)

    @property
    def framed(self) -> Framed:
        """The mask in the frame in which it was made."""
        return self._origin

    @property
    def can_undo(self) -> bool:
        """Whether there is something to take back."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether something was taken back, and nothing was changed since."""
        return bool(self._future)

    def undo(self) -> None:
        """Take the last change back."""
        if self._past:
            self._future.append(self._origin)
            self._put(self._past.pop())

    def redo(self) -> None:
        """Put back what the last Undo took back."""
        if self._future:
            self._past.append(self._origin)
            self._put(self._future.pop())

    def fit(self, size: tuple[int, int], view_share: float) -> None:
        """Carry the mask over to another classifier's frame; going there and back loses nothing."""
        if size != self.mask.size or view_share != self.view_share:
            self.view_share = view_share
            self.mask = self._in_frame(self._origin, size)

    def _put(self, framed: Framed) -> None:
        self.mask, self._origin = self._in_frame(framed, self.mask.size), framed
        self.version += 1

    def _in_frame(self, framed: Framed, size: tuple[int, int]) -> Mask:
        mask, view_share = framed
        return move_to_frame(mask, view_share, size, self.view_share, self.picture_size or SQUARE)
