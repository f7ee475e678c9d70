"""Missingness Explorer: `streamlit run app.py`."""

from pages.ui import frame
from pages.ui.landing import landing

frame.begin(frame.NAME)
landing()
frame.end()
