"""The mask editor: draw, type, generate, pick superpixels or upload; one mask, however it was made."""

from collections.abc import Callable

import streamlit as st
from torch import Tensor

from masking.masks.description import describe
from masking.masks.mask import Mask
from masking.masks.shares import share_text
from masking.models.classifier import Classifier
from masking.results.hatching import hatched
from masking.segments.segmentation import borders
from pages.mask_editor.canvas import DRAWING, PEN, draw_canvas
from pages.mask_editor.draft import MaskDraft
from pages.mask_editor.state import CANVAS, MARK, EditorState, current_state, has_state, redo, start, take_strokes, undo
from pages.mask_editor.tools import LARGEST_PATCH, LARGEST_SEED, WAYS, change, mask_source
from pages.shell import links, uploads
from pages.shell.errors import error_sentence, show_errors

KEY = "mask"
UPLOADED = "shelf."
"""How a link names a mask that is among the uploads; the word is that of version 0.1, so that old links open."""
LONGEST_IN_LINK = 1500
_LINKED = "mask_linked"
"""Session key: how the link that opened the editor writes its mask."""
NUMBERS = {"share": (50, 0, 100), "patch": (16, 1, LARGEST_PATCH), "seed": (0, 0, LARGEST_SEED)}
"""The link's numbers: default, smallest and largest."""


def open_editor(
    classifier: Classifier, first: Mask | None = None, picture_size: tuple[int, int] | None = None
) -> EditorState:
    """Return this session's editor with its mask in the classifier's frame.

    On the first visit the mask is the link's, else `first`, else random patches. `picture_size` is (h, w) of the
    picture below; by default it is that of the last one.
    """
    if not has_state():
        linked = _read_link()
        start(MaskDraft(linked or first or usual_patches(classifier.input_size), classifier.view_share))
        current_state().untouched = None if linked else 0
    state = current_state()
    state.picture_size = state.draft.picture_size = picture_size or state.picture_size
    state.draft.fit(classifier.input_size, classifier.view_share)
    return state


def usual_patches(size: tuple[int, int]) -> Mask:
    """Return what is hidden before anybody has hidden anything: half of the picture, so that something is left of all.

    Where the classifier's input is small, the patches are smaller than the 16 px of the papers.
    """
    share, patch, seed = (NUMBERS[name][0] for name in ("share", "patch", "seed"))
    return Mask.random_patches(size, share / 100, min(patch, max(1, min(size) // 4)), seed)


def _read_link() -> Mask | None:
    text = st.query_params.get(KEY)
    if not text:
        return None
    st.session_state[_LINKED] = text
    try:
        if text.startswith(UPLOADED):
            text = uploads.get(text.removeprefix(UPLOADED)).decode("ascii", "replace")
        return Mask.from_text(text)
    except ValueError as error:
        links.add_link_warning(KEY, error_sentence(error))
        return None


def _write_link(state: EditorState) -> None:
    """Write the mask into the page's address: itself when it is short, else the name of its upload.

    Only masks that somebody has made here are uploaded: opening links fills no disk.
    """
    text = state.draft.mask.to_text()
    with show_errors():
        if len(text) > LONGEST_IN_LINK:
            if state.is_untouched:  # the picture starts with it
                st.query_params.pop(KEY, None)
                return
            linked = st.session_state.get(_LINKED) if state.draft.version == 0 else None
            text = linked or UPLOADED + uploads.put(text.encode())
        if st.query_params.get(KEY) != text:
            st.query_params[KEY] = text


def edit_mask(
    classifier: Classifier,
    image: Tensor,
    known_object: Mask | None = None,
    picture_size: tuple[int, int] | None = None,
    *,
    first: Mask | None = None,
    name: str = "picture",
    title: str = "the picture",
) -> Mask:
    """Draw the editor for an image (1, 3, h, w) and return the mask as it stands.

    Args:
        classifier: its frame is the mask's.
        image: the picture as the classifier takes it.
        known_object: hides the picture's object exactly, where that is known.
        picture_size: (h, w) of the picture itself; a mask file may have that size too.
        first: what is hidden before anybody has hidden anything; by default the object, else random patches.
        name: tells this picture from others: a mask made on one of them is not this one's.
        title: what the alternative text calls the picture.
    """
    first = first or known_object or usual_patches(classifier.input_size)
    state = open_editor(classifier, first, picture_size)
    for key, (default, low, high) in NUMBERS.items():
        links.url_number(key, default, low, high)
    state.show_picture(image, name, first)
    state.segments = None
    way = st.segmented_control(
        "Make a mask",
        list(WAYS),
        default="Draw",
        required=True,
        key="way",
        persist_state="session",
        width="stretch",
        label_visibility="collapsed",
    )
    WAYS[way](state, classifier, image)
    _ask_about_another_picture(state)
    _show_canvas(state, image, way, title)
    mask = state.draft.mask
    st.html(
        f"<div class='mx-share' role='status'><b>{share_text(mask.hidden_share)}</b> hidden "
        f"<span>at {mask.size[0]}×{mask.size[1]} px</span></div>"
    )
    _show_changes(state.draft, known_object)
    if failure := state.failure:
        st.error(failure, icon=":material/error:")
    _write_link(state)
    for key, (default, _, _) in NUMBERS.items():
        links.write_to_url(key, default)
    return mask


def _ask_about_another_picture(state: EditorState) -> None:
    """Ask what becomes of a mask that was made on another picture; random patches belong to none."""
    if not state.is_from_another_picture or mask_source(state.draft.mask):
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="other-picture"):
        st.html("<span role='status'>Mask of another picture</span>", width="content")
        st.button("Clear it", on_click=change, args=[_show_everything], key="clear-other")
        st.button("Keep it", on_click=state.keep, key="keep-other")


def _show_canvas(state: EditorState, image: Tensor, way: str, title: str) -> None:
    """Draw the picture to draw on: hidden pixels hatched, superpixel borders white."""
    mask = state.draft.mask
    backdrop = hatched(image.cpu(), mask)
    tools, actions, hint = DRAWING, PEN, ""
    if state.segments is not None:
        backdrop = backdrop.masked_fill(borders(state.segments), 1.0)
        count = int(state.segments.max()) + 1
        tools, actions = ("segment",), {"hide": "Hide"}
        hint = f"{count} superpixels. Click one to hide it; click it again to show it."
    elif way == "Click":
        tools, actions = (MARK,), {"hide": "Object", "show": "Background"}
        hint = "Click the object. Click more of it, or the background, until the mask fits."
    draw_canvas(
        CANVAS,
        state.strokes,
        backdrop,
        name=f"Mask of {title}",
        description=f"{title[:1].upper()}{title[1:]} with what is hidden hatched. {describe(mask)}",
        on_stroke=take_strokes,
        tools=tools,
        actions=actions,
        hint=hint,
    )


def _show_everything(mask: Mask) -> Mask:
    return Mask.full(mask.size)


def _show_changes(draft: MaskDraft, known_object: Mask | None) -> None:
    """Draw the row of changes that work on any mask."""
    pixels = st.session_state.get("grow-by", 4)
    changes: list[tuple[str, str, Callable[[Mask], Mask]]] = [
        ("Clear", "Show everything", _show_everything),
        ("Invert", "Swap hidden and visible", lambda mask: ~mask),
        ("Box", "Hide the bounding box of what is hidden", Mask.bounding_box),
        ("Hull", "Hide the convex hull of what is hidden", Mask.convex_hull),
        ("Grow", "Hide a rim around what is hidden", lambda mask: mask.grow(pixels)),
        ("Shrink", "Show a rim of what is hidden", lambda mask: mask.shrink(pixels)),
    ]
    if known_object is not None:
        changes.insert(0, ("Object", "Hide this scene's object exactly", lambda _: known_object))
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="bottom", key="changes"):
        st.button(
            "Undo",
            help="Take the last stroke or change back",
            on_click=undo,
            disabled=not draft.can_undo,
            key="undo",
        )
        st.button(
            "Redo",
            help="Put back what Undo took back; a new stroke or change ends this",
            on_click=redo,
            disabled=not draft.can_redo,
            key="redo",
        )
        for label, meaning, make in changes:
            st.button(label, help=meaning, on_click=change, args=[make], key=f"change-{label}")
        st.selectbox(
            "How far Grow and Shrink go, in pixels of the classifier's input",
            (1, 2, 4, 8, 16, 32),
            index=2,
            format_func=lambda reach: f"by {reach} px",
            key="grow-by",
            persist_state="session",
            label_visibility="collapsed",
            width=112,
        )
