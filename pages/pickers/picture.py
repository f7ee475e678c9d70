"""The picture: from the gallery, a data set, or the user's own."""

import hashlib
import io
from typing import NoReturn

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from masking.datasets.gallery import SCENES, first_sample, open_sample, samples
from masking.masks.mask import Mask
from masking.models.classifier import Classifier
from masking.models.packaged_networks import packaged_names
from masking.models.picture_kinds import PictureKind
from masking.runtime.assets import ASSETS
from pages.pickers import data_set
from pages.pickers.classifier import KEY as CLASSIFIER
from pages.pickers.uploaded_picture import (
    UPLOAD,
    draw_upload_door,
    offer_linked_upload,
    open_upload,
    session_uploads,
    show_uploader,
)
from pages.shell import links
from pages.shell.errors import error_sentence

KEY, ERROR = "image", "picture_error"
DRAWN_INSTEAD = "drawn_instead"
"""Session key: whether the page begins with a drawn scene only because no classifier of photographs is here."""
_CURRENT, _BEFORE = "picture_shown", "picture_before"
"""Session keys: the name of the picture on the page, and what was chosen when one was last shown."""


def _titles() -> dict[str, str]:
    """Return the titles of all pictures that can be chosen, by name; uploads of the same file name are numbered."""
    offer_linked_upload(links.requested_value(KEY))
    uploaded = [(name, upload.title) for name, upload in session_uploads().items()]
    titles: dict[str, str] = {}
    for name, title in uploaded:
        earlier = [other for _, other in uploaded[: len(titles)]].count(title)
        titles[name] = f"{title} ({earlier + 1})" if earlier else title
    return titles | {name: sample.title for name, sample in samples().items()} | data_set.data_set_titles()


def pick_picture(start: PictureKind = PictureKind.DRAWN, photograph: str = "") -> Image.Image:
    """Draw the picker and the button of the uploader in a `picker_row`; return the chosen picture.

    If it cannot be had, the picker goes back to the last one, and `show_notices` says why.

    Args:
        start: the kind of picture that the page begins with.
        photograph: the photograph of the gallery that it begins with; by default the first one.
    """
    titles = _titles()
    if (requested := links.requested_value(KEY)) and requested not in titles:
        links.follow_start(CLASSIFIER)  # what the link leaves out belongs to its picture
    kind = start if packaged_names() else PictureKind.DRAWN
    first = photograph if photograph and kind is PictureKind.PHOTOGRAPH else first_sample(kind).name
    links.url_choice_or_start(KEY, list(titles), first, first_sample(PictureKind.DRAWN).name, "picture")
    name = st.selectbox(
        "Picture", list(titles), format_func=titles.__getitem__, key=KEY, persist_state="session",
        on_change=_choose, filter_mode="contains",
    )  # fmt: skip
    try:
        shown = data_set.pick_number(name) if name.startswith(data_set.PREFIX) else name
        draw_upload_door()
        picture = _open(shown)
    except (ValueError, KeyError, OSError) as error:
        _go_back(name, first, error)
    st.session_state[_CURRENT], st.session_state[_BEFORE] = shown, links.chosen_value(KEY)
    st.session_state[DRAWN_INSTEAD] = kind is not start and name == first
    return picture


def _choose() -> None:
    st.session_state.pop(ERROR, None)
    links.remember_choice(KEY)


def _go_back(name: str, first: str, error: Exception) -> NoReturn:
    """Choose the picture again that was shown before this one failed, and say why."""
    session_uploads().pop(name, None)
    links.follow_start(CLASSIFIER)
    before = st.session_state.pop(_BEFORE, None)
    links.replace_choice(KEY, None if before == name else before)
    st.session_state[ERROR] = error_sentence(error)
    if name == first:
        raise error  # a picture of the project itself
    st.rerun()


def show_upload() -> None:
    """Draw the uploader across the page, if it is open."""
    show_uploader(KEY, ERROR)


def picture_name() -> str:
    """Return the name of the picture on the page, which is not the chosen one if that cannot be had."""
    return st.session_state[_CURRENT]


def picture_kind() -> PictureKind:
    """Return whether the picture on the page is a photograph or a drawn scene; uploads count as photographs."""
    name = picture_name()
    if name.startswith(data_set.PREFIX):
        return data_set.picture_kind(name)
    return samples()[name].kind if name in samples() else PictureKind.PHOTOGRAPH


def _open(name: str) -> Image.Image:
    return data_set.open_picture(name) if name.startswith(data_set.PREFIX) else _open_kept(name)


@st.cache_data(max_size="256MB", show_spinner=False)
def _open_kept(name: str) -> Image.Image:
    return open_upload(name) if name.startswith(UPLOAD) else open_sample(name)


def original_picture_size(name: str, picture: Image.Image) -> tuple[int, int]:
    """Return (h, w) of a picture before it was made smaller to be kept, as far as that is known."""
    upload = session_uploads().get(name)
    return (upload and upload.size) or (picture.height, picture.width)


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


@st.cache_data(max_size="64MB", show_spinner=False)
def _prepare(digest: str, key: str, _picture: Image.Image, _classifier: Classifier) -> NDArray[np.float32]:
    """Prepare a picture; the underscored arguments are not hashed, since the first two name them."""
    del digest, key
    return _classifier.prepare(_picture).cpu().numpy()
