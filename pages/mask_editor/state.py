"""What the mask editor remembers in a session. Widgets keep their own values under their keys."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import streamlit as st
from torch import Tensor

from masking.image import digest
from masking.masks.clicks import segment_from_clicks
from masking.masks.drawing import Stroke, action_of, clicked_pixel, draw
from masking.masks.mask import Mask
from pages.mask_editor.canvas import Strokes
from pages.mask_editor.draft import STEPS_BACK, Framed, MaskDraft
from pages.shell.errors import error_sentence

KEY = "mask_editor"
CANVAS = "mask_canvas"
"""Session key of what the browser's canvas holds."""
MARK = "mark"
"""The tool whose strokes mark the object or the background."""
Click = tuple[int, int, str]
"""Row and column in the mask, and what the click marks: "hide" is the object, "show" the background."""


@dataclass
class EditorState:
    """The mask under work, and what belongs to it.

    Attributes:
        draft: the mask.
        strokes: which strokes of the canvas are part of it.
        image: the picture (1, 3, h, w) as it lay below the mask last.
        picture: the name of that picture.
        picture_size: (h, w) of the picture before it was prepared, for mask files of that size.
        segments: the label map (h, w) that clicks on superpixels refer to; None while there are none to click.
        clicks: the clicks on object and background, by the picture and the mask that they made.
        made_for: the version of the draft, and the name of the picture on which it was made.
        untouched: the version of the draft that nobody has made: what a picture starts with.
        set_aside: masks that gave way to what another picture starts with, by the picture that they were made on.
        error: why the last change could not be made, and the digest of the mask that it left.
    """

    draft: MaskDraft
    strokes: Strokes = field(default_factory=Strokes)
    image: Tensor | None = None
    picture: str = ""
    picture_size: tuple[int, int] | None = None
    segments: Tensor | None = None
    clicks: dict[str, list[Click]] = field(default_factory=dict)
    made_for: tuple[int, str] | None = None
    untouched: int | None = None
    set_aside: dict[str, Framed] = field(default_factory=dict[str, Framed])
    error: tuple[str, str] = ("", "")

    def take(self, strokes: Sequence[Stroke]) -> None:
        """Make strokes part of the mask, each as one change, on the picture and superpixels they were drawn on."""
        before = self.draft.version
        for stroke in strokes:
            if stroke.get("tool") == "undo":
                self.draft.undo()
            elif stroke.get("tool") == "redo":
                self.draft.redo()
            elif stroke.get("tool") == MARK:
                self._mark(stroke)
            else:
                self.draft.replace(draw(self.draft.mask, [stroke], self.segments))
        if self.draft.version != before:
            self.keep()

    def change(self, make: Callable[[Mask], Mask]) -> None:
        """Put another mask in place of the present one; a failure is shown until the mask changes."""
        try:
            self.draft.replace(make(self.draft.mask))
            self.error = "", ""
        except ValueError as error:
            self.error = error_sentence(error), self.draft.mask.digest

    @property
    def failure(self) -> str:
        """Why the last change could not be made; nothing once the mask has changed since."""
        sentence, left = self.error
        return sentence if left == self.draft.mask.digest else ""

    # --- pictures ------------------------------------------------------------------------------

    def show_picture(self, image: Tensor, name: str, first: Mask) -> None:
        """Note which picture lies below.

        A mask that nobody has made gives way to the first mask of another picture, or to the one set aside for it.
        """
        is_other = bool(self.picture) and name != self.picture
        self.image, self.picture = image, name
        if is_other and self.is_untouched:
            if (own := self.set_aside.pop(name, None)) is not None:
                self.draft.replace_framed(own)
            else:
                self.put_first(first)
        if self.made_for is None or self.made_for[0] != self.draft.version:
            self.keep()

    def put_first(self, first: Mask) -> None:
        """Put in place what another picture starts with; a mask that somebody made waits until its own is back."""
        if not self.is_untouched and self.made_for is not None:
            self.set_aside[self.made_for[1]] = self.draft.framed
            for oldest in list(self.set_aside)[:-STEPS_BACK]:
                del self.set_aside[oldest]
        self.draft.replace(first)
        self.untouched = self.draft.version

    def keep(self) -> None:
        """Take the mask as made for the picture below."""
        self.made_for = self.draft.version, self.picture

    @property
    def is_untouched(self) -> bool:
        """Whether nobody has made the mask: it is what a picture starts with."""
        return self.untouched == self.draft.version

    @property
    def is_from_another_picture(self) -> bool:
        """Whether the mask was made on another picture than the one below, and hides some of it."""
        return self.made_for is not None and self.made_for[1] != self.picture and 0 < self.draft.mask.hidden_share < 1

    # --- clicks on object and background -------------------------------------------------------

    def clicks_so_far(self) -> list[Click]:
        """Return the clicks that made the present mask on the present picture.

        Clicks made before something else changed the mask, or on another picture, no longer count. After Undo, those
        before the last one do.
        """
        return self.clicks.get(self._click_key(), [])

    def _click_key(self) -> str:
        return self.draft.mask.digest + (digest(self.image) if self.image is not None else "")

    def _mark(self, stroke: Stroke) -> None:
        """Make the mask anew from all clicks until now and this one."""
        image, pixel = self.image, clicked_pixel(stroke, self.draft.mask.size)
        if image is None or pixel is None or tuple(image.shape[2:]) != self.draft.mask.size:
            return
        try:
            marked = [*self.clicks_so_far(), (*pixel, action_of(stroke))]
        except ValueError:
            return
        inside, outside = ([(row, column) for row, column, what in marked if what == kind] for kind in ("hide", "show"))
        self.change(lambda _: segment_from_clicks(image, inside, outside))
        if not self.failure:
            self.clicks[self._click_key()] = marked


def has_state() -> bool:
    """Return whether this session has a mask."""
    return KEY in st.session_state


def start(draft: MaskDraft) -> None:
    """Begin this session's editor with a mask."""
    st.session_state[KEY] = EditorState(draft)


def current_state() -> EditorState:
    """Return this session's editor with the strokes that the browser has sent by now."""
    state: EditorState = st.session_state[KEY]
    state.take(state.strokes.take(st.session_state.get(CANVAS)))
    return state


def take_strokes() -> None:
    """Make what the browser has sent part of the mask."""
    current_state()


def undo() -> None:
    """Take the last change back."""
    current_state().draft.undo()


def redo() -> None:
    """Put back what the last Undo took back."""
    current_state().draft.redo()
