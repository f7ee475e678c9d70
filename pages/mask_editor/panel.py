"""The mask editor as pages show it: the picked picture, its mask, and whom to thank for it."""

import streamlit as st
from PIL import Image
from torch import Tensor

from masking.masks.mask import Mask
from masking.models.classifier import Classifier
from pages.mask_editor.editor import edit_mask
from pages.pickers.picture import (
    object_mask_for,
    original_picture_size,
    picture_credit,
    picture_name,
    picture_title,
    prepare_picture,
)
from pages.shell.errors import escape_markdown

EDITOR_WIDTH = 400


def show_editor(classifier: Classifier, picture: Image.Image) -> tuple[Tensor, Mask]:
    """Draw the editor; return the picture as the classifier takes it (1, 3, h, w), and the mask as it stands."""
    name = picture_name()
    title, known_object = picture_title(name), object_mask_for(classifier, name)
    image, size = prepare_picture(classifier, picture), original_picture_size(name, picture)
    with st.container(width=EDITOR_WIDTH, key="editor"):
        mask = edit_mask(classifier, image, known_object, size, name=name, title=title)
        st.caption(escape_markdown(f"Picture: {picture_credit(name)}."))
    return image, mask
