"""The page of benchmarks: start, watch, cancel, resume and compare runs, as the command line does."""

import streamlit as st

# Whole and first: two threads that import different parts of it block each other.
import masking  # noqa: F401  # pyright: ignore[reportUnusedImport]
from pages.runs.compare_view import show_comparison_of_runs
from pages.runs.list_view import show_all_runs
from pages.runs.navigation import pick_view
from pages.runs.new_view import show_new_run
from pages.runs.run_view import show_one_run
from pages.shell import frame
from pages.shell.errors import show_errors
from pages.shell.links import show_link_warnings

VIEWS = {"new": show_new_run, "runs": show_all_runs, "run": show_one_run, "compare": show_comparison_of_runs}

frame.begin("Benchmarks")
view = pick_view()
warnings = st.container()
with show_errors():
    VIEWS[view]()
with warnings:
    show_link_warnings()
frame.end()
