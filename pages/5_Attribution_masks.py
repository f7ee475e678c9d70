"""Attribution masks: a picture filtered again and again by its own attribution, and whose label that writes into it."""

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
    classifier = pick_classifier("silhouettes/nib-vgg")  # masks steer it best: it is free of input bias
attributions = pick_attributions(classifier)
notices = st.container()
attribution_page(classifier, picture, attributions)
with notices:
    show_link_warnings()
frame.end()
