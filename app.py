"""Missingness Explorer: `streamlit run app.py`."""

from pages.landing.page import landing_page
from pages.shell import frame
from pages.shell.link_warnings import show_link_warnings

frame.begin(frame.NAME)
landing_page()
show_link_warnings()
frame.end()
