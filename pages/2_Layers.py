"""Layers: how a mask and the activations travel through the network, layer by layer."""

import streamlit as st

from masking.models.picture_kinds import PictureKind
from pages.layers.page import can_trace, layers_page, pick_fill
from pages.pickers.classifier import pick_classifier, pick_device_name
from pages.pickers.notices import show_notices
from pages.pickers.picture import pick_picture, picture_kind, show_upload
from pages.shell import frame
from pages.shell.links import show_link_warnings

frame.begin("Layers")
with st.container(key="layers-pickers"):
    pictures, classifiers, fills, devices = st.columns([4, 5, 2, 2], gap="medium")
with pictures:
    picture = pick_picture(PictureKind.PHOTOGRAPH)
with devices:
    pick_device_name()
with fills:
    fill = pick_fill()
notices = st.container()
with notices:
    show_upload()
with classifiers:
    classifier = pick_classifier(picture_kind())
with notices:
    show_notices(classifier, picture_kind())
if can_trace(classifier):
    layers_page(classifier, picture, fill)
with notices:
    show_link_warnings()
frame.end()
