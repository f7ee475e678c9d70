"""How the picture is divided into segments; a click on the picture selects one."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray
from PIL import Image
from streamlit_drawable_canvas import st_canvas
from torch import Tensor
from torch.nn import functional as F

from masking.attribution.lime_explainer import segment_image
from masking.image import digest, to_picture
from masking.masks.drawing import TOOLS, clicks
from masking.models.classifier import Classifier
from masking.registry.params import params
from masking.segments import SEGMENTATIONS, Segmentation
from masking.segments.label_map import label_map
from masking.segments.segmentation import borders
from pages.components.forms import draw_form
from pages.components.outline import draw_outline
from pages.mask_editor.draft import canvas_size
from pages.shell import links, uploads
from pages.shell.errors import error_sentence

SEGMENTATION, LABELS, SEGMENT = "segments", "labels", "segment"
SELECTED = "segment-chosen"
"""Session key of a flag: the user selected the segment. Without it the segment follows the explanation."""
FILE = "file"
"""The choice of a label map that the user uploads, in place of a segmentation."""
LINE = 3
"""Width of the selected segment's outline, in pixels of the canvas, without its rim."""


@dataclass(frozen=True, eq=False)
class PictureSegments:
    """A picture's segments.

    Attributes:
        labels: the number of each pixel's segment, int64 (h, w).
        made_by: the segmentation; None for a label map.
    """

    labels: Tensor
    made_by: Segmentation | None

    @property
    def count(self) -> int:
        """Number of segments."""
        return int(self.labels.max()) + 1


def pick_segments(classifier: Classifier, image: Tensor) -> PictureSegments | None:
    """Draw the pickers and the image (1, 3, h, w) with its segments; None, with a sentence, if there are none."""
    made_by = _pick_segmentation(classifier)
    try:
        segments = _make_segments(made_by, image)
    except (ValueError, OSError) as error:
        st.error(error_sentence(error), icon=":material/error:")
        return None
    if segments is None:
        st.info("Upload a label map that divides this picture into segments.", icon=":material/upload:")
        st.image(to_picture(F.interpolate(image, canvas_size(_size_of(image)), mode="nearest")))
        return None
    _draw_canvas(image, segments.labels)
    st.html(
        f"<div class='mx-share' role='status'><b>{segments.count}</b> segments "
        "<span style='opacity:.65'>Click one to see the evidence for its weight.</span></div>"
    )
    return segments


def _pick_segmentation(classifier: Classifier) -> Segmentation | None:
    """Return the segmentation with its parameters; None for a label map."""
    links.url_choice(SEGMENTATION, [*SEGMENTATIONS, FILE], "slic", "segmentation")
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    with left:
        name = st.selectbox(
            "Segments", [*SEGMENTATIONS, FILE], key=SEGMENTATION, persist_state="session",
            format_func=lambda name: "Label map" if name == FILE else SEGMENTATIONS[name].title,
            help="  \n".join(f"**{kind.title}**: {kind.meaning}" for kind in SEGMENTATIONS.values()),
        )  # fmt: skip
    links.write_to_url(SEGMENTATION, "slic")
    if name == FILE:
        with right:
            _draw_uploader(classifier)
        return None
    wide = len(params(SEGMENTATIONS[name])) > 2
    with st.container() if wide else right:
        return draw_form(SEGMENTATIONS[name], name)


def _draw_uploader(classifier: Classifier) -> None:
    height, width = classifier.input_size

    def keep_upload() -> None:
        uploaded = st.session_state.get("label-map")
        st.session_state.pop("labels_error", None)
        if uploaded is None:
            return
        try:
            label_map(uploaded.getvalue(), classifier.input_size)
            st.session_state[LABELS] = uploads.put(uploaded.getvalue())
        except (ValueError, OSError) as error:
            st.session_state["labels_error"] = error_sentence(error)

    st.file_uploader(
        f"PNG or NPY, {height}×{width} px", type=["png", "npy"], key="label-map", on_change=keep_upload,
        help="Each grey value, palette entry or colour of a PNG is one segment; so is each whole number of an array.",
    )  # fmt: skip
    if error := st.session_state.get("labels_error"):
        st.error(error, icon=":material/error:")


def _make_segments(made_by: Segmentation | None, image: Tensor) -> PictureSegments | None:
    """Return the image's segments; None if there is no label map yet. Raises ValueError if they cannot be made."""
    if made_by is not None:
        return PictureSegments(torch.from_numpy(_segment(repr(made_by), digest(image), made_by, image)), made_by)
    name = st.session_state.setdefault(LABELS, st.query_params.get(LABELS, ""))
    links.write_to_url(LABELS, "")
    if not name:
        return None
    return PictureSegments(segment_image(label_map(uploads.get(name), (image.shape[2], image.shape[3])), image), None)


@st.cache_data(max_entries=32, show_spinner=False)
def _segment(segmentation: str, image_digest: str, _segmentation: Segmentation, _image: Tensor) -> NDArray[np.int64]:
    """Return the labels as an array; the underscored arguments are not hashed, since the first two name them."""
    del segmentation, image_digest
    return segment_image(_segmentation, _image).numpy()


def _draw_canvas(image: Tensor, labels: Tensor) -> None:
    """Draw the picture with its segments; the last click on it selects one."""
    key = f"segments-{digest(image, labels)}"
    state = st.session_state
    if state.setdefault("segments_shown", key) != key:  # the numbers mean other segments now
        state["segments_shown"] = key
        state.pop(SEGMENT, None)
        state.pop(SELECTED, None)
        st.query_params.pop(SEGMENT, None)
    canvas = state.get(key) or {}
    objects = ((canvas.get("drawing") or {}).get("raw") or {}).get("objects", [])
    height, width = canvas_size(_size_of(image))
    all_clicks = clicks(objects, (height, width), (labels.shape[0], labels.shape[1]))
    if len(all_clicks) > state.get(f"{key}-seen", 0):
        row, column, _ = all_clicks[-1]
        state[SEGMENT], state[SELECTED] = str(int(labels[row, column])), True
    state[f"{key}-seen"] = len(all_clicks)
    st_canvas(
        fill_color=TOOLS["segment"].fill("hide"),
        stroke_color=TOOLS["segment"].ink("hide"),
        stroke_width=0,
        point_display_radius=0,
        background_image=_backdrop(image, labels, state.get(SEGMENT, st.query_params.get(SEGMENT, ""))),
        drawing_mode=TOOLS["segment"].mode,
        height=height,
        width=width,
        key=key,
    )


def _size_of(image: Tensor) -> tuple[int, int]:
    return image.shape[2], image.shape[3]


def _backdrop(image: Tensor, labels: Tensor, selected: str) -> Image.Image:
    """Return the picture at the canvas's size with white or black borders and the selected segment in yellow."""
    size = canvas_size(_size_of(image))
    picture = F.interpolate(image, size, mode="nearest")
    large = F.interpolate(labels[None, None].double(), size, mode="nearest")[0, 0]
    contrast = (picture.mean(1, keepdim=True) < 0.55).float()  # white on dark, black on bright
    picture = torch.where(borders(large), contrast, picture)
    if selected.isdecimal():
        picture = draw_outline(picture, large == int(selected), LINE)
    return to_picture(picture)
