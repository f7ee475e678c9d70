"""Missingness Explorer: `streamlit run app.py`."""

from pages.landing.page import landing
from pages.shell import frame

frame.begin(frame.NAME)
landing()
frame.end()
