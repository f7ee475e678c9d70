"""Benchmarks: start, watch, cancel, resume and compare runs, as the command line does."""

import streamlit as st

from pages.shell import frame
from pages.shell.errors import told
from pages.shell.links import show_complaints
from pages.ui.runs_compared import compare
from pages.ui.runs_history import history
from pages.ui.runs_new import new_run
from pages.ui.runs_one import one_run
from pages.ui.runs_view import pick_view

frame.begin("Benchmarks")
view = pick_view()
notices = st.container()
with told():
    {"new": new_run, "runs": history, "run": one_run, "compare": compare}[view]()
with notices:
    show_complaints()
frame.end()
