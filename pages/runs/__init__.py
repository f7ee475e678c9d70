"""Benchmarks: start, watch, cancel, resume, compare and export runs.

In the order of reading:

store.py         the store of runs and what can be done with one
navigation.py    the views in the page's address; Back and Forward
new_view.py      a new run: form, estimate, Start
form.py          the form, drawn from what each part declares
list_view.py     all runs: filter, sort, open, tag, delete
run_view.py      one run: progress or numbers, specification, files
notes.py         title, tags and note of a run
progress.py      a run under way, shard by shard
compare_view.py  two to six runs of one experiment
curves.py        curves and tables of a run
figures.py       the charts
text.py          runs in words
"""
