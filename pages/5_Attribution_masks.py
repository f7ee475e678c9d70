"""The page of attribution masks: a picture multiplied by its own attribution, and the label that this writes."""

import streamlit as st

from pages.attribution.page import attribution_page
from pages.attribution.picker import pick_attributions
from pages.pickers.classifier import pick_classifier, pick_device_name
from pages.pickers.picture import pick_picture
from pages.shell import frame
from pages.shell.links import show_link_warnings

frame.begin("Attribution masks")
pictures, classifiers, devices = st.columns([4, 5, 2], gap="medium")
with pictures:
    picture = pick_picture()
with devices:
    pick_device_name()
with classifiers:
    classifier = pick_classifier("silhouettes/nib-vgg")  # free of input bias, so masks steer it best
attributions = pick_attributions(classifier)
warnings = st.container()
attribution_page(classifier, picture, attributions)
with warnings:
    show_link_warnings()
frame.end()
