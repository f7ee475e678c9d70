"""What the mask editor remembers in a session. Widgets keep their own values under their keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from torch import Tensor

from masking.image import digest
from masking.masks.mask import Mask
from pages.mask_editor.draft import MaskDraft, Objects

KEY = "mask_editor"
Click = tuple[int, int, str]
"""Row and column in the mask, and what the click does: "hide" or "show"."""


@dataclass
class EditorState:
    """The mask under work, and what belongs to it.

    Attributes:
        draft: the mask.
        picture: digest of the prepared picture that the draft was last drawn on.
        picture_size: (h, w) of the picture before it was prepared, for mask files of that size.
        canvas_start: the strokes that the present canvas began with.
        clicks: the clicks on object and background, by the picture and the mask that they made.
        error: why the last change could not be made, and the digest of the mask that it left.
    """

    draft: MaskDraft
    picture: str = ""
    picture_size: tuple[int, int] | None = None
    canvas_start: Objects = ()
    clicks: dict[str, list[Click]] = field(default_factory=dict)
    error: tuple[str, str] = ("", "")

    @property
    def canvas_key(self) -> str:
        """The widget key of the present canvas."""
        return f"canvas-{self.draft.turn}"

    def read_canvas(self, canvas: Mapping[str, Any] | None) -> None:
        """Take over the strokes that the browser's canvas holds: a click may overtake the rerun of a stroke."""
        drawing = (canvas or {}).get("drawing") or {}
        self.draft.objects = (drawing.get("raw") or {}).get("objects", self.draft.objects)

    def begin_canvas(self) -> None:
        """Begin a canvas with the strokes of the draft."""
        self.canvas_start = list(self.draft.objects)

    def show_picture(self, image: Tensor) -> None:
        """Note which picture (1, 3, h, w) lies below: what was picked on another one becomes plain mask."""
        seen = digest(image)
        if self.picture and self.picture != seen:
            self.draft.commit()
        self.picture = seen

    def fail(self, sentence: str) -> None:
        """Remember why a change could not be made."""
        self.error = sentence, self.draft.mask().digest

    def failure(self, mask: Mask) -> str:
        """Return why the last change could not be made; nothing once the mask has changed since."""
        sentence, left = self.error
        return sentence if left == mask.digest else ""

    def clicks_so_far(self) -> list[Click]:
        """Return the clicks that made the present mask on the present picture.

        Clicks made before something else changed the mask, or on another picture, no longer count. After Undo, those
        before the last one do.
        """
        return self.clicks.get(self.draft.mask().digest + self.picture, [])

    def replace_by_clicks(self, mask: Mask, clicks: Sequence[Click]) -> None:
        """Put the mask that these clicks made in place."""
        self.draft.replace(mask)
        self.clicks[self.draft.base.digest + self.picture] = list(clicks)


def has_state() -> bool:
    """Return whether this session has a mask."""
    return KEY in st.session_state


def start(draft: MaskDraft) -> None:
    """Begin this session's editor with a mask."""
    st.session_state[KEY] = EditorState(draft)


def current_state() -> EditorState:
    """Return this session's editor with the strokes that the browser's canvas holds by now."""
    state: EditorState = st.session_state[KEY]
    state.read_canvas(st.session_state.get(state.canvas_key))
    return state
