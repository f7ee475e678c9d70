"""LIME: what each segment of a picture is worth, under several masking methods side by side."""

import streamlit as st

from pages.ui import frame
from pages.ui.bench import pick_methods
from pages.ui.classifiers import pick_classifier, pick_device_name
from pages.ui.lime import explain
from pages.ui.links import show_complaints
from pages.ui.pictures import pick_picture

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
explain(classifier, picture, methods)
with notices:
    show_complaints()
frame.end()
