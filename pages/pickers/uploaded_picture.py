"""A photograph of the user's own: the uploader, and what is kept of it."""

import io
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath

import streamlit as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from streamlit.runtime.uploaded_file_manager import UploadedFile

from masking.image import open_picture
from pages.shell import links, uploads
from pages.shell.errors import error_sentence
from pages.shell.settings import operator_settings
from pages.shell.upload_memory import take_upload

UPLOAD = "upload:"
"""How the name of an upload begins."""
OPEN = "open_upload"
"""Session key: whether the uploader is open in the page."""
UNNAMED = "linked photograph"
LARGEST_SIDE = 2048
"""Uploads are kept at most this large: far more than any classifier looks at."""
LONGEST_NAME = 80
_TITLE, _SIZE = "Title", "Original size"
"""What the kept file says about itself, so that it is the same in every session that a link opens."""


@dataclass(frozen=True)
class Upload:
    """What is known of an upload: its file's name, and (h, w) before it was made smaller to be kept."""

    title: str
    size: tuple[int, int] | None = None


def draw_upload_door() -> None:
    """Draw the button that opens and closes the uploader."""
    st.button("Upload", icon=":material/upload:", key="upload-door", on_click=_toggle)


def show_uploader(picture_key: str, error_key: str) -> None:
    """Draw the uploader, if it is open: until something is uploaded, or somebody closes it.

    Args:
        picture_key: of the picker that then shows the upload.
        error_key: session key for what is wrong with a file.
    """
    if not st.session_state.get(OPEN):
        return
    with st.container(horizontal=True, border=True, key="upload-panel"):
        st.file_uploader(
            "**Try a photograph of your own.** It stays on this machine.",
            type=["png", "jpg", "jpeg", "webp"],
            key="photograph",
            on_change=_take_upload,
            args=(picture_key, error_key),
            help="The picture is turned upright as its EXIF data say; all other metadata are dropped.",
        )
        st.button("Close", icon=":material/close:", key="upload-close", on_click=_toggle, type="tertiary")


def _toggle() -> None:
    st.session_state[OPEN] = not st.session_state.get(OPEN)


def _take_upload(picture_key: str, error_key: str) -> None:
    """Keep a newly uploaded photograph and choose it; after a bad one the old choice stays."""
    state = st.session_state
    state.pop(error_key, None)
    try:
        taken = take_upload(state.get("photograph"), _keep_picture)
    except (ValueError, OSError) as error:
        state[error_key] = error_sentence(error)
        return
    if taken is None:
        return
    name, upload = taken
    session_uploads()[name] = upload
    links.replace_choice(picture_key, name)
    state[OPEN] = False


def _keep_picture(uploaded: UploadedFile) -> tuple[str, Upload]:
    """Return the name under which an uploaded photograph is kept, and what is known of it."""
    megapixels = operator_settings().limits.picture_megapixels
    picture = open_picture(uploaded.getvalue(), tidy_name(uploaded.name), most_pixels=megapixels * 1_000_000)
    upload = Upload(tidy_name(uploaded.name), (picture.height, picture.width))
    return UPLOAD + uploads.put(_encode(picture, upload)), upload


def session_uploads() -> dict[str, Upload]:
    """Return the uploads that this session offers, by name."""
    return st.session_state.setdefault("uploads", {})


def offer_linked_upload(name: str) -> None:
    """Offer an upload that a link names, under the name that its file had."""
    if name.startswith(UPLOAD) and name not in session_uploads():
        session_uploads()[name] = _read_about(name)


def tidy_name(name: str) -> str:
    """Return the name of an uploaded file as it is shown: without folders and invisible characters, not too long."""
    last = PurePosixPath(name.replace("\\", "/")).name
    visible = "".join(letter for letter in last if not unicodedata.category(letter).startswith("C")).strip()
    return visible if len(visible) <= LONGEST_NAME else f"{visible[: LONGEST_NAME - 9]}…{visible[-8:]}"


def open_upload(name: str) -> Image.Image:
    """Return an upload. Raises ValueError when it is no longer there."""
    return open_picture(uploads.get(name.removeprefix(UPLOAD)))


def _encode(picture: Image.Image, upload: Upload) -> bytes:
    """Return the PNG file that is kept; its text says what the upload was called, and how large it was."""
    about = PngInfo()
    about.add_itxt(_TITLE, upload.title)
    about.add_itxt(_SIZE, "{}x{}".format(*upload.size or ()))
    small = picture.copy()
    small.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    buffer = io.BytesIO()
    small.save(buffer, "PNG", compress_level=1, pnginfo=about)
    return buffer.getvalue()


def _read_about(name: str) -> Upload:
    """Return what a kept file says about itself; files of earlier versions, and missing ones, say nothing."""
    try:
        with Image.open(io.BytesIO(uploads.get(name.removeprefix(UPLOAD))), formats=["PNG"]) as kept:
            about = {key: str(value) for key, value in kept.info.items() if key in {_TITLE, _SIZE}}
        height, width = (int(side) for side in about[_SIZE].split("x"))
        return Upload(tidy_name(about[_TITLE]) or UNNAMED, (height, width) if min(height, width) > 0 else None)
    except (ValueError, KeyError, OSError, SyntaxError, Image.DecompressionBombError):
        return Upload(UNNAMED)
