"""How the picture is cut into segments, shown on the picture; a click there chooses one."""

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
from pages.components.forms import form
from pages.components.outline import outlined
from pages.mask_editor.draft import CANVAS
from pages.shell import links, uploads
from pages.shell.errors import error_sentence

WAY, LABELS, SEGMENT = "segments", "labels", "segment"
CHOSEN = "segment-chosen"
"""Whether the segment is somebody's choice; else it follows the explanation."""
FILE = "file"
"""In place of a segmentation: a label map of the user's."""
LINE = 3
"""Width of the chosen segment's outline on the canvas, in its pixels, without its rim."""


@dataclass(frozen=True, eq=False)
class PictureSegments:
    """A picture's segments: int64 (h, w), and what made them: a segmentation, or None for a label map."""

    labels: Tensor
    made_by: Segmentation | None

    @property
    def count(self) -> int:
        """How many segments there are."""
        return int(self.labels.max()) + 1


def pick_segments(classifier: Classifier, image: Tensor) -> PictureSegments | None:
    """The pickers, and the segments drawn on the image (1, 3, h, w); None, with a sentence, where there are none."""
    made_by = _pick(classifier)
    try:
        found = _labels(made_by, image)
    except (ValueError, OSError) as error:
        st.error(error_sentence(error), icon=":material/error:")
        return None
    if found is None:
        st.info("Upload a label map to go on; this is what it has to cut up.", icon=":material/upload:")
        st.image(to_picture(F.interpolate(image, (CANVAS, CANVAS), mode="nearest")))
        return None
    _canvas(image, found.labels)
    st.html(
        f"<div class='mx-share' role='status'><b>{found.count}</b> segments "
        "<span style='opacity:.65'>click one to see what its weight rests on</span></div>"
    )
    return found


def _pick(classifier: Classifier) -> Segmentation | None:
    """The segmentation with its parameters; None for a label map."""
    links.url_choice(WAY, [*SEGMENTATIONS, FILE], "slic", "segmentation")
    left, right = st.columns([1, 2], vertical_alignment="bottom")
    with left:
        name = st.selectbox(
            "Segments", [*SEGMENTATIONS, FILE], key=WAY, persist_state="session",
            format_func=lambda one: "Label map" if one == FILE else SEGMENTATIONS[one].title,
            help="  \n".join(f"**{one.title}**: {one.meaning}" for one in SEGMENTATIONS.values()),
        )  # fmt: skip
    links.write_to_url(WAY, "slic")
    if name == FILE:
        with right:
            _uploader(classifier)
        return None
    wide = len(params(SEGMENTATIONS[name])) > 2
    with st.container() if wide else right:
        return form(SEGMENTATIONS[name], name)


def _uploader(classifier: Classifier) -> None:
    height, width = classifier.input_size

    def take() -> None:
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
        f"PNG or NPY, {height}×{width} px", type=["png", "npy"], key="label-map", on_change=take,
        help="Every grey value, palette entry or colour of a PNG is a segment, as is every whole number of an array.",
    )  # fmt: skip
    if error := st.session_state.get("labels_error"):
        st.error(error, icon=":material/error:")


def _labels(made_by: Segmentation | None, image: Tensor) -> PictureSegments | None:
    """The image's segments. Raises ValueError where it cannot be cut so."""
    if made_by is not None:
        return PictureSegments(torch.from_numpy(_cut(repr(made_by), digest(image), made_by, image)), made_by)
    name = st.session_state.setdefault(LABELS, st.query_params.get(LABELS, ""))
    links.write_to_url(LABELS, "")
    if not name:
        return None
    return PictureSegments(segment_image(label_map(uploads.get(name), (image.shape[2], image.shape[3])), image), None)


@st.cache_data(max_entries=32, show_spinner=False)
def _cut(method: str, image_digest: str, _method: Segmentation, _image: Tensor) -> NDArray[np.int64]:
    """Labels as an array, kept under what made them; the underscored arguments are not hashed."""
    del method, image_digest
    return segment_image(_method, _image).numpy()


def _canvas(image: Tensor, labels: Tensor) -> None:
    """The picture with its segments; the last click on it chooses."""
    key = f"segments-{digest(image, labels)}"
    state = st.session_state
    if state.setdefault("segments_shown", key) != key:  # segment 7 is another now
        state["segments_shown"] = key
        state.pop(SEGMENT, None)
        state.pop(CHOSEN, None)
        st.query_params.pop(SEGMENT, None)
    held = state.get(key) or {}
    objects = ((held.get("drawing") or {}).get("raw") or {}).get("objects", [])
    made = clicks(objects, (CANVAS, CANVAS), (labels.shape[0], labels.shape[1]))
    if len(made) > state.get(f"{key}-seen", 0):
        row, column, _ = made[-1]
        state[SEGMENT], state[CHOSEN] = str(int(labels[row, column])), True
    state[f"{key}-seen"] = len(made)
    st_canvas(
        fill_color=TOOLS["segment"].fill("hide"),
        stroke_color=TOOLS["segment"].ink("hide"),
        stroke_width=0,
        point_display_radius=0,
        background_image=_backdrop(image, labels, state.get(SEGMENT, st.query_params.get(SEGMENT, ""))),
        drawing_mode=TOOLS["segment"].mode,
        height=CANVAS,
        width=CANVAS,
        key=key,
    )


def _backdrop(image: Tensor, labels: Tensor, chosen: str) -> Image.Image:
    """The picture at the canvas's size, borders in white on dark and in black on bright, the chosen one in yellow."""
    shown = F.interpolate(image, (CANVAS, CANVAS), mode="nearest")
    large = F.interpolate(labels[None, None].double(), (CANVAS, CANVAS), mode="nearest")[0, 0]
    contrast = (shown.mean(1, keepdim=True) < 0.55).float()
    shown = torch.where(borders(large), contrast, shown)
    if chosen.isdecimal():
        shown = outlined(shown, large == int(chosen), LINE)
    return to_picture(shown)
