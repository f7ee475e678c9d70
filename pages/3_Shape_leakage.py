"""Shape leakage: hide an object; does the shape of the hole reveal it?"""

import streamlit as st

# Whole and first: two threads that import different parts of it block each other.
import masking  # noqa: F401  # pyright: ignore[reportUnusedImport]
from masking.models.picture_kinds import PictureKind
from pages.leakage.page import leakage_page
from pages.leakage.scene import open_scene, pick_cues, pick_kind, pick_scene
from pages.pickers.classifier import load_picked, pick_classifier, pick_device_name
from pages.pickers.method import fold_methods, pick_methods
from pages.pickers.notices import show_notices
from pages.pickers.picture import picture_kind, show_upload
from pages.pickers.row import picker_row
from pages.shell import frame
from pages.shell.links import show_link_warnings

frame.begin("Shape leakage")
with picker_row():
    kind = pick_kind()
    picture = pick_scene(kind)
    drawn_or_photograph = PictureKind.DRAWN if picture is None else picture_kind()
    name = pick_classifier(drawn_or_photograph)
    method_place, device_place = fold_methods()
with device_place:
    pick_device_name()
pick_cues(kind)
notices = st.container()
with notices:
    show_upload()
    classifier = load_picked(name)
    show_notices(classifier, drawn_or_photograph)
methods = pick_methods(classifier, method_place)
leakage_page(classifier, open_scene(classifier, picture), methods)
with notices:
    show_link_warnings()
frame.end()
