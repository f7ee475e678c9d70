"""LIME: what each segment of a picture is worth, under several masking methods side by side."""

import streamlit as st

from pages.compare.page import pick_methods
from pages.lime.page import lime_page
from pages.pickers.classifier import pick_classifier, pick_device_name
from pages.pickers.picture import pick_picture
from pages.shell import frame
from pages.shell.links import show_link_warnings

frame.begin("LIME")
pictures, classifiers, places = st.columns([4, 5, 2], gap="medium")
with pictures:
    picture = pick_picture()
with places:
    pick_device_name()
with classifiers:
    classifier = pick_classifier()
methods = pick_methods(classifier)
notices = st.container()
lime_page(classifier, picture, methods)
with notices:
    show_link_warnings()
frame.end()
