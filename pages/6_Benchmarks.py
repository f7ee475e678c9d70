"""Benchmarks: start, watch, cancel, resume and compare runs, as the command line does."""

import streamlit as st

from pages.runs.compare_view import compare
from pages.runs.list_view import history
from pages.runs.navigation import pick_view
from pages.runs.new_view import new_run
from pages.runs.run_view import one_run
from pages.shell import frame
from pages.shell.errors import show_errors
from pages.shell.links import show_link_warnings

frame.begin("Benchmarks")
view = pick_view()
notices = st.container()
with show_errors():
    {"new": new_run, "runs": history, "run": one_run, "compare": compare}[view]()
with notices:
    show_link_warnings()
frame.end()
