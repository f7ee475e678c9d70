"""The mask editor: draw, type, generate, pick superpixels or upload; one mask, whatever made it."""

from collections.abc import Callable

import streamlit as st
from PIL import Image
from streamlit_drawable_canvas import st_canvas
from torch import Tensor

from masking.image import digest, to_picture
from masking.masks.drawing import LASSO_WIDTH, TOOLS
from masking.masks.mask import Mask
from masking.models.classifier import Classifier
from masking.results.hatching import hatched
from masking.segments.segmentation import borders
from pages.mask_editor.draft import CANVAS, MaskDraft
from pages.mask_editor.tools import (
    BRUSH,
    LARGEST_PATCH,
    LARGEST_SEED,
    PICKING,
    WAYS,
    change,
    commit,
    current_draft,
    undo,
)
from pages.shell import links, uploads
from pages.shell.errors import error_sentence, show_errors

KEY = "mask"
UPLOADED = "shelf."
"""How a link names a mask kept among the uploads; the word is that of version 0.1, so that old links open."""
LONGEST_IN_LINK = 1500


def open_draft(classifier: Classifier, known_object: Mask | None = None) -> MaskDraft:
    """This session's mask in the classifier's frame; on the first visit the link's, the scene's object or a box."""
    if "sheet" not in st.session_state:
        first = _linked() or known_object or middle_box(classifier)
        st.session_state["sheet"] = MaskDraft(first, classifier.view_share)
    current = current_draft()
    current.fit(classifier.input_size, classifier.view_share)
    return current


def middle_box(classifier: Classifier) -> Mask:
    """What is hidden before anybody has hidden anything."""
    height, width = classifier.input_size
    return Mask.box((height, width), height // 3, width // 3, height // 3, width // 3)


def _linked() -> Mask | None:
    text = st.query_params.get(KEY)
    if not text:
        return None
    try:
        packed = (
            uploads.get(text.removeprefix(UPLOADED)).decode("ascii", "replace") if text.startswith(UPLOADED) else text
        )
        return Mask.from_text(packed)
    except ValueError as error:
        links.add_link_warning(KEY, error_sentence(error))
        return None


def put_in_link(mask: Mask) -> None:
    """Write the mask into the page's address: itself when it is short, else where it is kept."""
    text = mask.to_text()
    with show_errors():
        if len(text) > LONGEST_IN_LINK:
            text = UPLOADED + uploads.put(text.encode())
        if st.query_params.get(KEY) != text:
            st.query_params[KEY] = text


def edit_mask(classifier: Classifier, image: Tensor, known_object: Mask | None = None) -> Mask:
    """The editor for an image (1, 3, h, w); the mask as it stands.

    `known_object` hides the picture's object exactly, where that is known.
    """
    page = open_draft(classifier, known_object)
    links.url_number("share", 50, 0, 100)
    links.url_number("patch", 16, 1, LARGEST_PATCH)
    links.url_number("seed", 0, 0, LARGEST_SEED)
    _new_picture(page, image)
    way = st.segmented_control(
        "Make a mask",
        list(WAYS),
        default="Draw",
        required=True,
        key="way",
        on_change=commit,
        persist_state="session",
        width="stretch",
    )
    WAYS[way](page, classifier, image)
    _canvas(page, image, way)
    mask = page.mask()
    st.html(
        f"<div class='mx-share' role='status'><b>{mask.hidden_share:.1%}</b> hidden "
        f"<span style='opacity:.65'>at {mask.size[0]}×{mask.size[1]} px</span></div>"
    )
    _changes(page, known_object)
    error, before = st.session_state.get("mask_error", ("", ""))
    if before == mask.digest:
        st.error(error, icon=":material/error:")
    put_in_link(mask)
    for key, default in (("share", 50), ("patch", 16), ("seed", 0)):
        links.write_to_url(key, default)
    return mask


def _new_picture(page: MaskDraft, image: Tensor) -> None:
    """A drawing made on one picture becomes plain mask on the next: superpixels differ there."""
    seen = digest(image)
    if st.session_state.setdefault("mask_picture", seen) != seen:
        page.commit()
        st.session_state["mask_picture"] = seen


def _canvas(page: MaskDraft, image: Tensor, way: str) -> None:
    name = "segment" if way in PICKING else st.session_state.get("tool", "brush")
    action = st.session_state.get(PICKING.get(way, "action"), "hide")
    key = f"canvas-{page.turn}"
    if key not in st.session_state:  # a canvas just begun, or begun again after a visit to another page
        st.session_state["canvas_start"] = list(page.objects)
    st_canvas(
        fill_color=TOOLS[name].fill(action),
        stroke_color=TOOLS[name].ink(action),
        stroke_width={"brush": st.session_state.get("brush-width", BRUSH), "lasso": LASSO_WIDTH}.get(name, 0),
        point_display_radius=3,
        background_image=_backdrop(image, page.mask(), page.segments),
        drawing_mode=TOOLS[name].mode,
        initial_drawing={"objects": st.session_state["canvas_start"]},
        height=CANVAS,
        width=CANVAS,
        key=key,
    )


def _backdrop(image: Tensor, mask: Mask, segments: Tensor | None) -> Image.Image:
    """The picture behind the canvas: hidden pixels hatched, superpixel borders drawn."""
    shown = hatched(image.cpu(), mask)
    if segments is not None:
        shown = shown.masked_fill(borders(segments), 1.0)
    return to_picture(shown).resize((CANVAS, CANVAS), Image.Resampling.NEAREST)


def _changes(page: MaskDraft, known_object: Mask | None) -> None:
    """The row of changes that work on any mask."""
    pixels = st.session_state.get("grow-by", 4)
    changes: list[tuple[str, str, Callable[[Mask], Mask]]] = [
        ("Clear", "Show everything", lambda mask: Mask.full(mask.size)),
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
            disabled=not page.can_undo,
            key="undo",
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
