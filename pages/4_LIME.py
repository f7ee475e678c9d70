"""The LIME page: what each segment of a picture is worth under several masking methods."""

import streamlit as st

from pages.lime.page import lime_page
from pages.pickers.classifier import pick_classifier, pick_device_name
from pages.pickers.method import pick_methods
from pages.pickers.picture import pick_picture
from pages.shell import frame
from pages.shell.links import show_link_warnings

frame.begin("LIME")
pictures, classifiers, devices = st.columns([4, 5, 2], gap="medium")
with pictures:
    picture = pick_picture()
with devices:
    pick_device_name()
with classifiers:
    classifier = pick_classifier()
methods = pick_methods(classifier)
warnings = st.container()
lime_page(classifier, picture, methods)
with warnings:
    show_link_warnings()
frame.end()
