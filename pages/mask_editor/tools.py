"""The ways to make a mask besides drawing, each with its controls."""

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray
from torch import Tensor

from masking.image import digest
from masking.masks.mask import Mask
from masking.models.classifier import Classifier
from masking.segments import SEGMENTATIONS, Segmentation
from pages.components.forms import draw_form
from pages.mask_editor.state import EditorState, current_state
from pages.shell.upload_memory import take_upload

LARGEST_PATCH, LARGEST_SEED = 512, 2**31 - 1


def change(make: Callable[[Mask], Mask]) -> None:
    """Put another mask in place of the present one; a failure is shown until the mask changes."""
    current_state().change(make)


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
    """Draw no controls: the canvas has its own tools."""
    del state, classifier, image


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
            persist_state="session",
        )
    with right:
        segmentation = draw_form(SEGMENTATIONS[name], name)
    state.segments = torch.from_numpy(_segment(repr(segmentation), digest(image), segmentation, image))


@st.cache_data(max_size="64MB", show_spinner=False)
def _segment(name: str, image_digest: str, _segmentation: Segmentation, _image: Tensor) -> NDArray[np.int64]:
    """Return the label map; the underscored arguments are not hashed, since the first two name them."""
    del name, image_digest
    return _segmentation.segments(_image).numpy()


def _scatter_patches(state: EditorState, classifier: Classifier, image: Tensor) -> None:
    del state, image
    side = min(classifier.input_size)

    def scatter() -> None:
        share, patch, seed = _patch_settings()
        change(lambda mask: Mask.random_patches(mask.size, share / 100, min(patch, side), seed))

    def scatter_anew() -> None:
        if mask_source(current_state().draft.mask):  # else the patches of the shown seed are new
            st.session_state["seed"] = (st.session_state["seed"] + 1) % (LARGEST_SEED + 1)
        scatter()

    st.slider("Share hidden (%)", 0, 100, step=5, key="share", on_change=scatter, persist_state="session")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        for label, key, low, high in (("Patch (px)", "patch", 1, LARGEST_PATCH), ("Seed", "seed", 0, LARGEST_SEED)):
            st.number_input(label, low, high, key=key, on_change=scatter, persist_state="session", width=88)
        st.button("New random patches", help="Uses the shown seed, then the next", on_click=scatter_anew)


def _type_rectangle(state: EditorState, classifier: Classifier, image: Tensor) -> None:
    del state, image
    height, width = classifier.input_size

    def box(size: tuple[int, int]) -> Mask:
        top, left, tall, wide = (int(st.session_state[f"box-{name}"]) for name in ("top", "left", "height", "width"))
        return Mask.box(size, top, left, tall, wide)

    defaults = {"top": height // 3, "left": width // 3, "height": height // 3, "width": width // 3}
    for column, (name, value) in zip(st.columns(4, gap="xsmall", wrap=False), defaults.items(), strict=True):
        column.number_input(f"{name.capitalize()} (px)", 0, 4096, value, key=f"box-{name}", persist_state="session")
    with st.container(horizontal=True, gap="xsmall"):
        st.button("Hide this rectangle", on_click=change, args=[lambda mask: mask & box(mask.size)])
        st.button("Show this rectangle", on_click=change, args=[lambda mask: mask | ~box(mask.size)])


def _open_file(state: EditorState, classifier: Classifier, image: Tensor) -> None:
    del image

    def take() -> None:
        def read(mask: Mask) -> Mask:
            taken = take_upload(
                st.session_state.get("mask-file"),
                lambda uploaded: classifier.prepare_mask(uploaded.getvalue(), state.picture_size),
            )
            return mask if taken is None else taken

        change(read)

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
    "Click": _draw,
    "Numbers": _type_rectangle,
    "File": _open_file,
}
