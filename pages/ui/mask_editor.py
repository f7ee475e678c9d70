"""The mask editor: draw, type, generate, pick superpixels or upload; one mask, whatever made it."""

from collections.abc import Callable
from typing import Any

import streamlit as st
from PIL import Image
from streamlit_drawable_canvas import st_canvas
from torch import Tensor

from masking.drawing import LASSO_WIDTH, TOOLS
from masking.hatch import hatched
from masking.image import digest, to_picture
from masking.mask import Mask
from masking.models.classifier import Classifier
from masking.segments import SEGMENTATIONS
from masking.segments.segmentation import borders
from pages.ui import links, shelf
from pages.ui.errors import sentence
from pages.ui.forms import form
from pages.ui.sheet import CANVAS, Sheet

KEY = "mask"
SHELF = "shelf."
LONGEST_IN_LINK = 1500
LARGEST_PATCH, LARGEST_SEED = 512, 2**31 - 1
WAYS = ("Draw", "Patches", "Superpixels", "Numbers", "File")
DRAWN = ("brush", "lasso", "rectangle", "ellipse", "polygon")
ICONS = {
    "brush": ":material/brush:",
    "lasso": ":material/gesture:",
    "rectangle": ":material/crop_square:",
    "ellipse": ":material/circle:",
    "polygon": ":material/pentagon:",
}


def sheet(classifier: Classifier, known_object: Mask | None = None) -> Sheet:
    """This session's mask in the classifier's frame; on the first visit the link's, the scene's object or a box."""
    if "sheet" not in st.session_state:
        first = _linked(classifier) or known_object or _middle_box(classifier)
        st.session_state["sheet"] = Sheet(first, classifier.view_share)
    current: Sheet = st.session_state["sheet"]
    current.fit(classifier.input_size, classifier.view_share)
    return current


def _middle_box(classifier: Classifier) -> Mask:
    height, width = classifier.input_size
    return Mask.box((height, width), height // 3, width // 3, height // 3, width // 3)


def _linked(classifier: Classifier) -> Mask | None:
    text = st.query_params.get(KEY)
    if not text:
        return None
    try:
        packed = shelf.get(text.removeprefix(SHELF)).decode() if text.startswith(SHELF) else text
        return Mask.from_text(packed).resized(classifier.input_size)
    except ValueError as error:
        links.complain(KEY, sentence(error))
        return None


def put_in_link(mask: Mask) -> None:
    """Write the mask into the page's address: itself when it is short, else where it is kept."""
    text = mask.to_text()
    if len(text) > LONGEST_IN_LINK:
        text = SHELF + shelf.put(text.encode())
    if st.query_params.get(KEY) != text:
        st.query_params[KEY] = text


def edit_mask(classifier: Classifier, image: Tensor, known_object: Mask | None = None) -> Mask:
    """The editor for an image (1, 3, h, w); the mask as it stands.

    `known_object` hides the picture's object exactly, where that is known.
    """
    page = sheet(classifier, known_object)
    links.number("share", 50, 0, 100)
    links.number("patch", 16, 1, LARGEST_PATCH)
    links.number("seed", 0, 0, LARGEST_SEED)
    _new_picture(page, image)
    way = st.segmented_control(
        "Make a mask", WAYS, default=WAYS[0], required=True, key="way", persist_state="session", width="stretch"
    )
    segments = _segments(image) if way == "Superpixels" else None
    _canvas(page, image, way, segments)
    mask = page.mask(segments)
    st.html(
        f"<div class='mx-share' role='status'><b>{mask.hidden_share:.1%}</b> hidden "
        f"<span style='opacity:.65'>at {mask.size[0]}×{mask.size[1]} px</span></div>"
    )
    _changes(page, known_object)
    {"Patches": _patches, "Numbers": _numbers, "File": _file}.get(way, _nothing)(page, classifier)
    if error := st.session_state.pop("mask_error", None):
        st.error(error, icon=":material/error:")
    put_in_link(mask)
    for key, default in (("share", 50), ("patch", 16), ("seed", 0)):
        links.keep(key, default)
    return mask


def _nothing(page: Sheet, classifier: Classifier) -> None:
    del page, classifier


def _new_picture(page: Sheet, image: Tensor) -> None:
    """A drawing made on one picture becomes plain mask on the next: superpixels differ there."""
    seen = digest(image)
    if st.session_state.setdefault("mask_picture", seen) != seen:
        page.commit()
        st.session_state["mask_picture"] = seen


def _canvas(page: Sheet, image: Tensor, way: str, segments: Tensor | None) -> None:
    if way == "Superpixels":
        tool, action, width = TOOLS["segment"], "hide", 0
    else:
        tool, action, width = _tools(disabled=way != "Draw")
    key = f"canvas-{page.turn}"
    held = st.session_state.get(key)
    if held:  # what the browser holds, before it is drawn again, so that the picture behind it is up to date
        page.objects = ((held.get("drawing") or {}).get("raw") or {}).get("objects", page.objects)
    else:  # a canvas just begun, or begun again after a visit to another page
        st.session_state["canvas_start"] = list(page.objects)
    st_canvas(
        fill_color=tool.fill(action),
        stroke_color=tool.ink(action),
        stroke_width=width,
        point_display_radius=3,
        background_image=_backdrop(image, page.mask(segments), segments),
        drawing_mode=tool.mode,
        initial_drawing={"objects": st.session_state["canvas_start"]},
        height=CANVAS,
        width=CANVAS,
        key=key,
    )


def _tools(disabled: bool) -> tuple[Any, Any, int]:
    left, right = st.columns([5, 3], vertical_alignment="bottom", wrap=False, gap="xsmall")
    name = left.segmented_control(
        "Tool",
        DRAWN,
        default="brush",
        required=True,
        format_func=lambda tool: ICONS[tool],
        help="Brush, lasso, rectangle, ellipse, polygon (close it by clicking its first corner).",
        key="tool",
        persist_state="session",
        disabled=disabled,
    )
    action = right.segmented_control(
        "It will",
        ["hide", "show"],
        default="hide",
        required=True,
        format_func=lambda one: {"hide": "Hide", "show": "Erase"}[one],
        help="Erase makes hidden pixels visible again.",
        key="action",
        persist_state="session",
        disabled=disabled,
    )
    width = {"brush": 0, "lasso": LASSO_WIDTH}.get(name, 0)
    if name == "brush":
        width = st.slider("Brush width", 4, 120, 36, key="brush-width", persist_state="session", disabled=disabled)
    return TOOLS[name], action, width


def _backdrop(image: Tensor, mask: Mask, segments: Tensor | None) -> Image.Image:
    """The picture behind the canvas: hidden pixels hatched, superpixel borders drawn."""
    shown = hatched(image.cpu(), mask)
    if segments is not None:
        shown = shown.masked_fill(borders(segments), 1.0)
    return to_picture(shown).resize((CANVAS, CANVAS), Image.Resampling.NEAREST)


def _segments(image: Tensor) -> Tensor:
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    with left:
        name = st.selectbox(
            "Segmentation",
            list(SEGMENTATIONS),
            index=list(SEGMENTATIONS).index("slic"),
            format_func=lambda one: SEGMENTATIONS[one].title,
            key="segmentation",
            on_change=_commit,
            persist_state="session",
        )
    with right:
        method = form(SEGMENTATIONS[name], f"segments-{name}", on_change=_commit)
    found = _cut(method, digest(image), image.cpu().numpy())
    st.session_state["segments"] = found
    st.caption(f"{int(found.max()) + 1} superpixels; click one to hide it, click it again to show it.")
    return found


@st.cache_data(max_entries=32, show_spinner=False)
def _cut_numpy(method: str, image_digest: str, _method: Any, _pixels: Any) -> Any:
    import torch

    del method, image_digest
    return _method.segments(torch.from_numpy(_pixels)).numpy()


def _cut(method: Any, image_digest: str, pixels: Any) -> Tensor:
    import torch

    return torch.from_numpy(_cut_numpy(repr(method), image_digest, method, pixels))


def _commit() -> None:
    st.session_state["sheet"].commit(st.session_state.get("segments"))


def _change(make: Callable[[Mask], Mask]) -> None:
    page: Sheet = st.session_state["sheet"]
    try:
        page.replace(make(page.mask(st.session_state.get("segments"))))
    except ValueError as error:
        st.session_state["mask_error"] = sentence(error)


def _changes(page: Sheet, known_object: Mask | None) -> None:
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
            on_click=page.undo,
            disabled=not page.can_undo,
            key="undo",
        )
        for label, meaning, make in changes:
            st.button(label, help=meaning, on_click=_change, args=[make], key=f"change-{label}")
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


def _patches(page: Sheet, classifier: Classifier) -> None:
    del page
    side = min(classifier.input_size)

    def scatter() -> None:
        state = st.session_state
        _change(
            lambda mask: Mask.random_patches(mask.size, state["share"] / 100, min(state["patch"], side), state["seed"])
        )

    def throw_dice() -> None:
        st.session_state["seed"] = st.session_state["seed"] + 1
        scatter()

    share, patch, seed, again = st.columns([3, 2, 2, 2], vertical_alignment="bottom")
    share.slider("Share hidden (%)", 0, 100, step=5, key="share", on_change=scatter, persist_state="session")
    patch.number_input("Patch (px)", 1, LARGEST_PATCH, key="patch", on_change=scatter, persist_state="session")
    seed.number_input("Seed", 0, LARGEST_SEED, key="seed", on_change=scatter, persist_state="session")
    again.button("Scatter", icon=":material/casino:", help="Another seed", on_click=throw_dice, width="stretch")


def _numbers(page: Sheet, classifier: Classifier) -> None:
    del page
    height, width = classifier.input_size

    def place() -> None:
        state = st.session_state
        top, left, tall, wide = (int(state[f"box-{name}"]) for name in ("top", "left", "height", "width"))
        _change(lambda mask: Mask.box(mask.size, top, left, tall, wide))

    defaults = {"top": height // 3, "left": width // 3, "height": height // 3, "width": width // 3}
    for column, (name, value) in zip(st.columns(4), defaults.items(), strict=True):
        column.number_input(f"{name.capitalize()} (px)", 0, 4096, value, key=f"box-{name}", persist_state="session")
    st.button("Hide this rectangle", on_click=place)


def _file(page: Sheet, classifier: Classifier) -> None:
    def take() -> None:
        uploaded = st.session_state.get("mask-file")
        if uploaded is not None:
            picture_size = st.session_state.get("picture_size")
            _change(lambda _: classifier.prepare_mask(uploaded.getvalue(), picture_size))

    del page
    st.file_uploader(
        "Mask (PNG: white = present, black = hidden; of the picture's size or the classifier's)",
        type=["png"],
        key="mask-file",
        on_change=take,
    )
