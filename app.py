"""Missingness Explorer: `streamlit run app.py`."""

from pages.landing.page import landing_page
from pages.shell import frame

frame.begin(frame.NAME)
landing_page()
frame.end()
