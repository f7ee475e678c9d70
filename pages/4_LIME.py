"""The LIME page: what each segment of a picture is worth under several masking methods."""

import streamlit as st

# Whole and first: two threads that import different parts of it block each other.
import masking  # noqa: F401  # pyright: ignore[reportUnusedImport]
from masking.models.picture_kinds import PictureKind
from pages.lime.page import lime_page
from pages.pickers.classifier import load_picked, pick_classifier, pick_device_name
from pages.pickers.method import fold_methods, pick_methods
from pages.pickers.notices import show_notices
from pages.pickers.picture import pick_picture, picture_kind, show_upload
from pages.pickers.row import picker_row
from pages.shell import frame
from pages.shell.links import show_link_warnings

frame.begin("LIME")
with picker_row():
    picture = pick_picture(PictureKind.PHOTOGRAPH)
    name = pick_classifier(picture_kind())
    method_place, device_place = fold_methods()
with device_place:
    pick_device_name()
notices = st.container()
with notices:
    show_upload()
    classifier = load_picked(name)
    show_notices(classifier, picture_kind())
methods = pick_methods(classifier, method_place)
lime_page(classifier, picture, methods)
with notices:
    show_link_warnings()
frame.end()
