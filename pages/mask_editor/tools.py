"""The ways to make a mask, each with its controls. Those that take clicks take no strokes."""

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
from pages.components.forms import draw_form
from pages.mask_editor.draft import canvas_size
from pages.mask_editor.state import EditorState, current_state
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


def change(make: Callable[[Mask], Mask]) -> None:
    """Put another mask in place of the present one; a failure is shown until the mask changes."""
    state = current_state()
    try:
        state.draft.replace(make(state.draft.mask()))
    except ValueError as error:
        state.fail(error_sentence(error))


def commit() -> None:
    """Make picked superpixels part of the mask."""
    current_state().draft.commit()


def undo() -> None:
    """Take the last stroke or change back."""
    current_state().draft.undo()


def redo() -> None:
    """Put back what the last Undo took back."""
    current_state().draft.redo()


def mask_source(mask: Mask) -> dict[str, Any]:
    """Return share, patch and seed if the mask is the random patches that the controls describe; else nothing."""
    share, patch, seed = _patch_settings()
    share, patch = share / 100, min(patch, *mask.size)
    settings = {"share": share, "patch": patch, "seed": seed}
    again = Mask.random_patches(mask.size, share, patch, seed)
    return {"random_patches": settings} if again.digest == mask.digest else {}


def _patch_settings() -> tuple[int, int, int]:
    """Return the share hidden (%), the side of a patch (px) and the seed, as the controls stand."""
    share, patch, seed = (st.session_state[key] for key in ("share", "patch", "seed"))
    return share, patch, seed


def _draw(state: EditorState, classifier: Classifier, image: Tensor) -> None:
    del state, classifier, image
    left, right = st.columns([5, 4], vertical_alignment="bottom", wrap=False, gap="xsmall")
    name = left.segmented_control(
        "Tool",
        list(ICONS),
        default="brush",
        required=True,
        format_func=lambda tool: ICONS[tool],
        help="Brush, lasso, rectangle, ellipse, polygon (close it by clicking its first corner)",
        key="tool",
        persist_state="session",
    )
    right.segmented_control(
        "Brush",
        ["hide", "show"],
        default="hide",
        required=True,
        format_func=lambda action: {"hide": "Hide", "show": "Show again"}[action],
        help="What every drawing tool does: hide pixels, or show hidden pixels again",
        key="action",
        persist_state="session",
    )
    if name == "brush":
        st.slider("Brush width", 4, 120, BRUSH, key="brush-width", persist_state="session")


def _pick_superpixels(state: EditorState, classifier: Classifier, image: Tensor) -> None:
    del classifier
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    with left:
        name = st.selectbox(
            "Segmentation",
            list(SEGMENTATIONS),
            index=list(SEGMENTATIONS).index("slic"),
            format_func=lambda name: SEGMENTATIONS[name].title,
            key="segmentation",
            on_change=commit,
            persist_state="session",
        )
    with right:
        segmentation = draw_form(SEGMENTATIONS[name], name, on_change=commit)
    labels = torch.from_numpy(_segment(repr(segmentation), digest(image), segmentation, image))
    state.draft.segments = labels
    st.caption(f"{int(labels.max()) + 1} superpixels. Click one to hide it; click it again to show it.")


@st.cache_data(max_entries=32, show_spinner=False)
def _segment(name: str, image_digest: str, _segmentation: Segmentation, _image: Tensor) -> NDArray[np.int64]:
    """Return the label map; the underscored arguments are not hashed, since the first two name them."""
    del name, image_digest
    return _segmentation.segments(_image).numpy()


def _click(state: EditorState, classifier: Classifier, image: Tensor) -> None:
    """Take clicks on the object and beside it; each makes the mask anew from all of them."""
    del classifier
    st.segmented_control(
        "A click marks",
        ["hide", "show"],
        default="hide",
        required=True,
        format_func=lambda action: {"hide": "Object", "show": "Background"}[action],
        key="click-action",
        persist_state="session",
    )
    draft = state.draft
    if new := clicks(draft.objects, canvas_size(draft.base.size), draft.base.size):
        draft.objects = draft.objects[: -len(new)]
        marked = [*state.clicks_so_far(), *new]
        inside, outside = (
            [(row, column) for row, column, action in marked if action == kind] for kind in ("hide", "show")
        )
        try:
            state.replace_by_clicks(segment_from_clicks(image, inside, outside), marked)
        except ValueError as error:
            state.fail(error_sentence(error))
            draft.turn += 1
    st.caption("Click on the object. Click on more of it, or on the background, until the mask fits.")


def _scatter_patches(state: EditorState, classifier: Classifier, image: Tensor) -> None:
    del state, image
    side = min(classifier.input_size)

    def scatter() -> None:
        share, patch, seed = _patch_settings()
        change(lambda mask: Mask.random_patches(mask.size, share / 100, min(patch, side), seed))

    def scatter_anew() -> None:
        st.session_state["seed"] += 1
        scatter()

    st.slider("Share hidden (%)", 0, 100, step=5, key="share", on_change=scatter, persist_state="session")
    patch, seed = st.columns(2, vertical_alignment="bottom")
    patch.number_input("Patch (px)", 1, LARGEST_PATCH, key="patch", on_change=scatter, persist_state="session")
    seed.number_input("Seed", 0, LARGEST_SEED, key="seed", on_change=scatter, persist_state="session")
    st.button("New random patches", help="Uses the next seed", on_click=scatter_anew, width="stretch")


def _type_rectangle(state: EditorState, classifier: Classifier, image: Tensor) -> None:
    del state, image
    height, width = classifier.input_size

    def hide() -> None:
        sides = [int(st.session_state[f"box-{name}"]) for name in ("top", "left", "height", "width")]
        change(lambda mask: Mask.box(mask.size, *sides))

    defaults = {"top": height // 3, "left": width // 3, "height": height // 3, "width": width // 3}
    for column, (name, value) in zip(st.columns(4), defaults.items(), strict=True):
        column.number_input(f"{name.capitalize()} (px)", 0, 4096, value, key=f"box-{name}", persist_state="session")
    st.button("Hide this rectangle", on_click=hide)


def _open_file(state: EditorState, classifier: Classifier, image: Tensor) -> None:
    del image

    def take() -> None:
        uploaded = st.session_state.get("mask-file")
        if uploaded is not None:
            change(lambda _: classifier.prepare_mask(uploaded.getvalue(), state.picture_size))

    st.file_uploader(
        "Mask file (white or opaque is visible, black or transparent is hidden; as large as the picture or as the "
        "classifier's input)",
        type=["png", "jpg", "jpeg", "webp"],
        key="mask-file",
        on_change=take,
    )


WAYS: dict[str, Callable[[EditorState, Classifier, Tensor], None]] = {
    "Draw": _draw,
    "Patches": _scatter_patches,
    "Superpixels": _pick_superpixels,
    "Click": _click,
    "Numbers": _type_rectangle,
    "File": _open_file,
}
CLICKING = {"Superpixels": "pick-action", "Click": "click-action"}
"""Ways in which the canvas takes clicks instead of strokes, and the key of what a click does (by default it hides)."""
