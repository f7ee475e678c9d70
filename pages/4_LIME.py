"""The LIME page: what each segment of a picture is worth under several masking methods."""

import streamlit as st

from pages.lime.page import lime_page
from pages.pickers.classifier import pick_classifier, pick_device_name
from pages.pickers.method import fold_methods, pick_methods
from pages.pickers.picture import pick_picture
from pages.shell import frame
from pages.shell.links import show_link_warnings

frame.begin("LIME")
pictures, classifiers, doors = st.columns([4, 5, 2], gap="medium", vertical_alignment="bottom")
with doors:
    method_place, device_place = fold_methods()
with pictures:
    picture = pick_picture()
with device_place:
    pick_device_name()
with classifiers:
    classifier = pick_classifier()
methods = pick_methods(classifier, method_place)
warnings = st.container()
lime_page(classifier, picture, methods)
with warnings:
    show_link_warnings()
frame.end()
