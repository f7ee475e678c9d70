"""Layers: how a mask and the activations travel through the network, layer by layer."""

import streamlit as st

# Whole and first: two threads that import different parts of it block each other.
import masking  # noqa: F401  # pyright: ignore[reportUnusedImport]
from masking.models.picture_kinds import PictureKind
from pages.layers.page import can_trace, layers_page, pick_fill
from pages.pickers.classifier import load_picked, pick_classifier, pick_device_name
from pages.pickers.notices import show_notices
from pages.pickers.picture import pick_picture, picture_kind, show_upload
from pages.pickers.row import picker_row
from pages.shell import frame
from pages.shell.links import show_link_warnings

frame.begin("Layers")
with picker_row():
    picture = pick_picture(PictureKind.PHOTOGRAPH)
    name = pick_classifier(picture_kind())
    fill = pick_fill()
    pick_device_name()
notices = st.container()
with notices:
    show_upload()
    classifier = load_picked(name)
    show_notices(classifier, picture_kind())
if can_trace(classifier):
    layers_page(classifier, picture, fill)
with notices:
    show_link_warnings()
frame.end()
