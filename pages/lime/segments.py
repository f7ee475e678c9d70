"""How the picture is divided into segments; a click on the picture selects one."""

from dataclasses import dataclass, field

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray
from streamlit.runtime.uploaded_file_manager import UploadedFile
from torch import Tensor
from torch.nn import functional as F

from masking.attribution.lime_explainer import segment_image
from masking.image import digest, to_picture
from masking.masks.drawing import clicked_pixel
from masking.models.classifier import Classifier
from masking.registry.params import params
from masking.segments import SEGMENTATIONS, Segmentation
from masking.segments.label_map import label_map
from masking.segments.segmentation import borders
from pages.components.forms import draw_form
from pages.components.outline import draw_outline
from pages.mask_editor.canvas import Strokes, draw_canvas
from pages.shell import links, uploads
from pages.shell.digits import number_in
from pages.shell.errors import error_sentence
from pages.shell.upload_memory import take_upload

SEGMENTATION, LABELS, SEGMENT = "segments", "labels", "segment"
SELECTED = "segment-chosen"
"""Session key of a flag: the user selected the segment. Without it the segment follows the explanation."""
FILE = "file"
"""The choice of a label map that the user uploads, in place of a segmentation."""
CLICKS = "segment_clicks"
"""Session key of the clicks on the segments."""
CANVAS = "segment_canvas"
"""Session key of what the browser's canvas holds."""
SIDE = 384
"""The longer side of the picture with its segments, in pixels: borders are drawn at this size."""
LINE = 3
"""Width of the selected segment's outline, in these pixels, without its rim."""


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
    segments_place = st.container()
    with st.popover("How it is cut", icon=":material/tune:", key="segmentation-door"):
        made_by = _pick_segmentation(classifier)
    with segments_place:
        return _show_segments(made_by, image)


def _show_segments(made_by: Segmentation | None, image: Tensor) -> PictureSegments | None:
    try:
        segments = _make_segments(made_by, image)
    except (ValueError, OSError) as error:
        st.error(error_sentence(error), icon=":material/error:")
        return None
    if segments is None:
        st.info("Upload a label map that divides this picture into segments.", icon=":material/upload:")
        st.image(to_picture(F.interpolate(image, _large_size(image), mode="nearest")))
        return None
    _draw_canvas(image, segments.labels)
    st.html(f"<div class='mx-share' role='status'><b>{segments.count}</b> segments</div>")
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

    def keep(uploaded: UploadedFile) -> str:
        label_map(uploaded.getvalue(), classifier.input_size)
        return uploads.put(uploaded.getvalue())

    def keep_upload() -> None:
        st.session_state.pop("labels_error", None)
        try:
            if name := take_upload(st.session_state.get("label-map"), keep):
                st.session_state[LABELS] = name
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


@st.cache_data(max_size="64MB", show_spinner=False)
def _segment(segmentation: str, image_digest: str, _segmentation: Segmentation, _image: Tensor) -> NDArray[np.int64]:
    """Return the labels as an array; the underscored arguments are not hashed, since the first two name them."""
    del segmentation, image_digest
    return segment_image(_segmentation, _image).numpy()


@dataclass
class SegmentClicks:
    """The clicks on the segments of one picture.

    Attributes:
        strokes: which clicks have been taken.
        labels: the number of each pixel's segment (h, w).
        shown: digest of the picture with these segments.
    """

    strokes: Strokes = field(default_factory=Strokes)
    labels: Tensor | None = None
    shown: str = ""

    def take(self) -> None:
        """Select the segment under the last click on the segments that it was made on."""
        for stroke in self.strokes.take(st.session_state.get(CANVAS)):
            if self.labels is None:
                continue
            if (pixel := clicked_pixel(stroke, (self.labels.shape[0], self.labels.shape[1]))) is not None:
                st.session_state[SEGMENT], st.session_state[SELECTED] = str(int(self.labels[pixel])), True

    def show(self, image: Tensor, labels: Tensor) -> None:
        """Note which segments are on the page: on others, the numbers mean other segments."""
        state, key = st.session_state, digest(image, labels)
        if self.shown not in ("", key):
            state.pop(SEGMENT, None)
            state.pop(SELECTED, None)
            st.query_params.pop(SEGMENT, None)
        self.shown, self.labels = key, labels


def _draw_canvas(image: Tensor, labels: Tensor) -> None:
    """Draw the picture with its segments; the last click on it selects one."""
    state = st.session_state
    clicks: SegmentClicks = state.setdefault(CLICKS, SegmentClicks())
    clicks.take()
    clicks.show(image, labels)
    selected = state.get(SEGMENT, st.query_params.get(SEGMENT, ""))
    number = number_in(selected)
    which = "No segment is selected." if number is None else f"Segment {number} is outlined in yellow."
    draw_canvas(
        CANVAS,
        clicks.strokes,
        _backdrop(image, labels, number),
        name="Segments of the picture",
        description=f"The picture with the borders of its segments. {which}",
        on_stroke=clicks.take,
        tools=("segment",),
        actions={"hide": "Select"},
        hint="Click one to see the evidence for its weight.",
    )


def _large_size(image: Tensor) -> tuple[int, int]:
    """Return (h, w) of an image at which its longer side is `SIDE`."""
    height, width = image.shape[2:]
    return max(1, round(SIDE * height / max(height, width))), max(1, round(SIDE * width / max(height, width)))


def _backdrop(image: Tensor, labels: Tensor, selected: int | None) -> Tensor:
    """Return the picture, enlarged, with white or black borders and the selected segment in yellow."""
    size = _large_size(image)
    picture = F.interpolate(image, size, mode="nearest")
    large = F.interpolate(labels[None, None].double(), size, mode="nearest")[0, 0]
    contrast = (picture.mean(1, keepdim=True) < 0.55).float()  # white on dark, black on bright
    picture = torch.where(borders(large), contrast, picture)
    if selected is not None:
        picture = draw_outline(picture, large == selected, LINE)
    return picture
