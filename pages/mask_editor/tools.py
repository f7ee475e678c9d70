"""The ways to make a mask, each with its controls; drawing works beside all of them but picking superpixels."""

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray
from torch import Tensor

from masking.image import digest
from masking.masks.clicks import segment_from_clicks
from masking.masks.drawing import clicks
from masking.masks.mask import Mask
from masking.models.classifier import Classifier
from masking.segments import SEGMENTATIONS, Segmentation
from pages.components.forms import form
from pages.mask_editor.draft import CANVAS, MaskDraft
from pages.shell.errors import error_sentence

BRUSH = 36
LARGEST_PATCH, LARGEST_SEED = 512, 2**31 - 1
ICONS = {
    "brush": ":material/brush:",
    "lasso": ":material/gesture:",
    "rectangle": ":material/crop_square:",
    "ellipse": ":material/circle:",
    "polygon": ":material/pentagon:",
}


def current_draft() -> MaskDraft:
    """The session's sheet with what the browser's canvas holds: a click may overtake the rerun of a stroke."""
    page: MaskDraft = st.session_state["sheet"]
    held = st.session_state.get(f"canvas-{page.turn}") or {}
    page.objects = ((held.get("drawing") or {}).get("raw") or {}).get("objects", page.objects)
    return page


def change(make: Callable[[Mask], Mask]) -> None:
    """Put another mask in place of the present one; what cannot be done is told until the mask changes."""
    page = current_draft()
    try:
        page.replace(make(page.mask()))
    except ValueError as error:
        st.session_state["mask_error"] = error_sentence(error), page.mask().digest


def source_of(mask: Mask) -> dict[str, Any]:
    """The numbers that make this very mask again, if it is the random patches that the controls are set to."""
    share, patch, seed = (st.session_state[key] for key in ("share", "patch", "seed"))
    made = {"share": share / 100, "patch": min(patch, *mask.size), "seed": seed}
    again = Mask.random_patches(mask.size, made["share"], made["patch"], seed)
    return {"random_patches": made} if again.digest == mask.digest else {}


def commit() -> None:
    """Make picked superpixels plain mask."""
    current_draft().commit()


def undo() -> None:
    """Take the last stroke or change back."""
    current_draft().undo()


def _tools(page: MaskDraft, classifier: Classifier, image: Tensor) -> None:
    del page, classifier, image
    left, right = st.columns([5, 3], vertical_alignment="bottom", wrap=False, gap="xsmall")
    name = left.segmented_control(
        "Tool",
        list(ICONS),
        default="brush",
        required=True,
        format_func=lambda tool: ICONS[tool],
        help="Brush, lasso, rectangle, ellipse, polygon (close it by clicking its first corner).",
        key="tool",
        persist_state="session",
    )
    right.segmented_control(
        "It will",
        ["hide", "show"],
        default="hide",
        required=True,
        format_func=lambda one: {"hide": "Hide", "show": "Erase"}[one],
        help="Erase makes hidden pixels visible again.",
        key="action",
        persist_state="session",
    )
    if name == "brush":
        st.slider("Brush width", 4, 120, BRUSH, key="brush-width", persist_state="session")


def _superpixels(page: MaskDraft, classifier: Classifier, image: Tensor) -> None:
    del classifier
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    with left:
        name = st.selectbox(
            "Segmentation",
            list(SEGMENTATIONS),
            index=list(SEGMENTATIONS).index("slic"),
            format_func=lambda one: SEGMENTATIONS[one].title,
            key="segmentation",
            on_change=commit,
            persist_state="session",
        )
    with right:
        method = form(SEGMENTATIONS[name], name, on_change=commit)
    page.segments = torch.from_numpy(_cut(repr(method), digest(image), method, image))
    st.caption(f"{int(page.segments.max()) + 1} superpixels; click one to hide it, click it again to show it.")


@st.cache_data(max_entries=32, show_spinner=False)
def _cut(method: str, image_digest: str, _method: Segmentation, _image: Tensor) -> NDArray[np.int64]:
    """Labels as an array, kept under what made them; the underscored arguments are not hashed."""
    del method, image_digest
    return _method.segments(_image).numpy()


def _clicks(page: MaskDraft, classifier: Classifier, image: Tensor) -> None:
    """Clicks on the object and beside it; each makes the mask anew from all of them."""
    del classifier
    state = st.session_state
    st.segmented_control(
        "A click marks",
        ["hide", "show"],
        default="hide",
        required=True,
        format_func=lambda one: {"hide": "Object", "show": "Background"}[one],
        key="click-action",
        persist_state="session",
    )
    clicked: dict[str, list[tuple[int, int, str]]] = state.setdefault("clicked", {})  # by the mask they made
    new = clicks(page.objects, (CANVAS, CANVAS), page.base.size)
    if new:
        page.objects = page.objects[: -len(new)]
        # Clicks made before something else changed the mask, or on another picture, no longer count; after Undo, those
        # before the last do.
        found = [*clicked.get(page.mask().digest + digest(image), []), *new]
        inside, outside = ([(row, column) for row, column, one in found if one == kind] for kind in ("hide", "show"))
        try:
            page.replace(segment_from_clicks(image, inside, outside))
            clicked[page.base.digest + digest(image)] = found
        except ValueError as error:
            state["mask_error"] = error_sentence(error), page.mask().digest
            page.turn += 1
    st.caption("Click on the object; click more of it, or on the background, until it fits.")


def _patches(page: MaskDraft, classifier: Classifier, image: Tensor) -> None:
    del page, image
    side = min(classifier.input_size)

    def scatter() -> None:
        share, patch, seed = (st.session_state[key] for key in ("share", "patch", "seed"))
        change(lambda mask: Mask.random_patches(mask.size, share / 100, min(patch, side), seed))

    def throw_dice() -> None:
        st.session_state["seed"] += 1
        scatter()

    st.slider("Share hidden (%)", 0, 100, step=5, key="share", on_change=scatter, persist_state="session")
    patch, seed, again = st.columns(3, vertical_alignment="bottom")
    patch.number_input("Patch (px)", 1, LARGEST_PATCH, key="patch", on_change=scatter, persist_state="session")
    seed.number_input("Seed", 0, LARGEST_SEED, key="seed", on_change=scatter, persist_state="session")
    again.button("Scatter", help="Random patches with the next seed", on_click=throw_dice, width="stretch")


def _numbers(page: MaskDraft, classifier: Classifier, image: Tensor) -> None:
    del page, image
    height, width = classifier.input_size

    def place() -> None:
        state = st.session_state
        top, left, tall, wide = (int(state[f"box-{name}"]) for name in ("top", "left", "height", "width"))
        change(lambda mask: Mask.box(mask.size, top, left, tall, wide))

    defaults = {"top": height // 3, "left": width // 3, "height": height // 3, "width": width // 3}
    for column, (name, value) in zip(st.columns(4), defaults.items(), strict=True):
        column.number_input(f"{name.capitalize()} (px)", 0, 4096, value, key=f"box-{name}", persist_state="session")
    st.button("Hide this rectangle", on_click=place)


def _file(page: MaskDraft, classifier: Classifier, image: Tensor) -> None:
    del page, image

    def take() -> None:
        uploaded = st.session_state.get("mask-file")
        if uploaded is not None:
            picture_size = st.session_state.get("picture_size")
            change(lambda _: classifier.prepare_mask(uploaded.getvalue(), picture_size))

    st.file_uploader(
        "Mask (PNG: white = present, black = hidden; of the picture's size or the classifier's)",
        type=["png"],
        key="mask-file",
        on_change=take,
    )


WAYS: dict[str, Callable[[MaskDraft, Classifier, Tensor], None]] = {
    "Draw": _tools,
    "Patches": _patches,
    "Superpixels": _superpixels,
    "Click": _clicks,
    "Numbers": _numbers,
    "File": _file,
}
PICKING = {"Superpixels": "pick-action", "Click": "click-action"}
"""Ways in which the canvas takes clicks instead of strokes, and the key of what a click does (hide, if nothing is)."""
