"""The page of attribution masks: a picture multiplied by its own attribution, and the label that this writes."""

import streamlit as st

# Whole and first: two threads that import different parts of it block each other.
import masking  # noqa: F401  # pyright: ignore[reportUnusedImport]
from masking.models.picture_kinds import PictureKind
from pages.attribution.measured import PHOTOGRAPH
from pages.attribution.page import attribution_page
from pages.attribution.picker import fold_attributions, pick_attributions
from pages.pickers.classifier import load_picked, pick_classifier, pick_device_name
from pages.pickers.notices import show_notices
from pages.pickers.picture import pick_picture, picture_kind, show_upload
from pages.pickers.row import picker_row
from pages.shell import frame
from pages.shell.links import show_link_warnings

FIRST = "silhouettes/nib-vgg"
"""Of drawn scenes: this network is free of input bias, so masks steer it best."""

frame.begin("Attribution masks")
with picker_row():
    picture = pick_picture(PictureKind.PHOTOGRAPH, PHOTOGRAPH)
    name = pick_classifier(picture_kind(), FIRST)
    attribution_place, device_place = fold_attributions()
with device_place:
    pick_device_name()
notices = st.container()
with notices:
    show_upload()
    classifier = load_picked(name)
    show_notices(classifier, picture_kind(), FIRST)
attributions = pick_attributions(classifier, attribution_place)
attribution_page(classifier, picture, attributions)
with notices:
    show_link_warnings()
frame.end()
