"""The picture: from the gallery, a data set, or the user's own."""

import hashlib
import io

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from masking.datasets.gallery import SCENES, open_sample, samples
from masking.image import open_picture
from masking.masks.mask import Mask
from masking.models.classifier import Classifier
from masking.runtime.assets import ASSETS
from pages.pickers import data_set
from pages.shell import links, uploads
from pages.shell.errors import error_sentence, show_errors

KEY = "image"
UPLOAD = "upload:"
_CURRENT = "picture_shown"
LARGEST_SIDE = 2048
"""Uploads are kept at most this large: far more than any classifier looks at."""


def _take_upload() -> None:
    """Keep a newly uploaded photograph and choose it; after a bad one the old choice stays."""
    uploaded = st.session_state.get("photograph")
    st.session_state.pop("photograph_error", None)
    if uploaded is None:
        return
    try:
        picture = open_picture(uploaded.getvalue(), uploaded.name)
        size = picture.height, picture.width
        picture.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
        buffer = io.BytesIO()
        picture.save(buffer, "PNG", compress_level=1)
        name = UPLOAD + uploads.put(buffer.getvalue())
    except (ValueError, OSError) as error:
        st.session_state["photograph_error"] = error_sentence(error)
        return
    st.session_state.setdefault("uploads", {})[name] = uploaded.name
    st.session_state.setdefault("upload_sizes", {})[name] = size
    st.session_state[KEY] = name


def _titles() -> dict[str, str]:
    """Return the titles of all pictures that can be chosen, by name; uploads of the same file name are numbered."""
    uploaded: dict[str, str] = st.session_state.setdefault("uploads", {})
    linked = st.session_state.get(KEY) or st.query_params.get(KEY, "")
    if linked.startswith(UPLOAD):
        uploaded.setdefault(linked, "linked photograph")
    titles: dict[str, str] = {}
    for name, title in uploaded.items():
        earlier = list(uploaded.values())[: len(titles)].count(title)
        titles[name] = f"{title} ({earlier + 1})" if earlier else title
    return titles | {name: sample.title for name, sample in samples().items()} | data_set.data_set_titles()


def pick_picture() -> Image.Image:
    """Draw the picker and the uploader; return the chosen picture, or the first sample if that cannot be had."""
    titles = _titles()
    default = next(iter(samples()))
    links.url_choice(KEY, list(titles), default, "picture")
    row = st.container(horizontal=True, vertical_alignment="bottom", wrap=False, gap="small", key="picture-row")
    name = row.selectbox("Picture", list(titles), format_func=titles.__getitem__, key=KEY, persist_state="session")
    links.write_to_url(KEY, default)
    with row.popover("Upload", icon=":material/upload:", key="upload-door"):
        st.file_uploader(
            "A photograph of your own (PNG, JPEG or WEBP)",
            type=["png", "jpg", "jpeg", "webp"],
            key="photograph",
            on_change=_take_upload,
        )
        st.caption("The picture is turned upright as its EXIF data say; all other metadata are dropped.")
    if error := st.session_state.get("photograph_error"):
        st.error(error, icon=":material/error:")
    with show_errors():
        name = data_set.pick_number(name) if name.startswith(data_set.PREFIX) else name
        picture = _open(name)
        st.session_state[_CURRENT] = name
        return picture
    st.session_state[_CURRENT] = default
    return open_sample(default)


def picture_name() -> str:
    """Return the name of the picture on the page, which is not the chosen one if that cannot be had."""
    return st.session_state[_CURRENT]


def _open(name: str) -> Image.Image:
    return data_set.open_picture(name) if name.startswith(data_set.PREFIX) else _open_kept(name)


@st.cache_data(max_entries=32, show_spinner=False)
def _open_kept(name: str) -> Image.Image:
    return open_picture(uploads.get(name.removeprefix(UPLOAD))) if name.startswith(UPLOAD) else open_sample(name)


def original_picture_size(name: str, picture: Image.Image) -> tuple[int, int]:
    """Return (h, w) of a picture before it was made smaller to be kept, as far as this session knows."""
    return st.session_state.get("upload_sizes", {}).get(name, (picture.height, picture.width))


def picture_credit(name: str) -> str:
    """Return whom to thank for a picture."""
    if name.startswith(data_set.PREFIX):
        return data_set.credit(name)
    return samples()[name].credit if name in samples() else "Your own picture"


def picture_path(name: str) -> str:
    """Return where the command line finds a picture; a photograph has to be saved there first."""
    sample = samples().get(name)
    if sample is None or sample.object_mask is None:
        file_name = name.removeprefix(UPLOAD).removeprefix(data_set.PREFIX)
        return f"{file_name.replace(':', ' ').replace('/', ' ')}.png"
    return str((SCENES / sample.object_mask.name).relative_to(ASSETS.parent))


def picture_title(name: str) -> str:
    """Return a scene's title, a picture's number in its data set, or the name of an upload's file."""
    if name.startswith(data_set.PREFIX):
        return data_set.credit(name)
    return _titles()[name]


def picture_png(name: str) -> bytes:
    """Return a picture as a PNG file, pixel by pixel as the page takes it."""
    buffer = io.BytesIO()
    _open(name).save(buffer, "PNG")
    return buffer.getvalue()


def is_in_project(name: str) -> bool:
    """Return whether the command line finds a picture that nobody has saved first."""
    return (ASSETS.parent / picture_path(name)).is_file()


def picture_object_mask(name: str) -> bytes | None:
    """Return the mask picture that hides a scene's object exactly; None for photographs."""
    if name.startswith(data_set.PREFIX):
        return data_set.object_mask(name)
    path = samples()[name].object_mask if name in samples() else None
    return path.read_bytes() if path else None


def object_mask_for(classifier: Classifier, name: str) -> Mask | None:
    """Return the mask that hides a picture's object exactly, in the classifier's frame; None where it is unknown."""
    data = picture_object_mask(name)
    return None if data is None else classifier.prepare_mask(data, Mask.from_png(data).size)


def prepare_picture(classifier: Classifier, picture: Image.Image) -> Tensor:
    """Return a picture as the classifier takes it: float32 (1, 3, h, w) in [0, 1], on the CPU.

    It is computed once per picture and classifier, however often a page asks.
    """
    digest = hashlib.sha256(f"{picture.mode} {picture.size} ".encode() + picture.tobytes()).hexdigest()
    return torch.from_numpy(_prepare(digest, classifier.key, picture, classifier))


@st.cache_data(max_entries=16, show_spinner=False)
def _prepare(digest: str, key: str, _picture: Image.Image, _classifier: Classifier) -> NDArray[np.float32]:
    """Prepare a picture; the underscored arguments are not hashed, since the first two name them."""
    del digest, key
    return _classifier.prepare(_picture).cpu().numpy()
