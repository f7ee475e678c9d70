"""Compare: hide part of a picture and see what every masking method makes of it."""

import streamlit as st

from pages.compare.page import compare_page
from pages.pickers.classifier import pick_classifier, pick_device_name
from pages.pickers.method import fold_methods, pick_methods
from pages.pickers.picture import pick_picture
from pages.shell import frame
from pages.shell.links import show_link_warnings

frame.begin("Compare")
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
notices = st.container()
compare_page(classifier, picture, methods)
with notices:
    show_link_warnings()
frame.end()
