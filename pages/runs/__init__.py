"""Benchmarks: start, watch, cancel, resume, compare and export runs.

In reading order:

owner.py         whose runs they are, on a public server
store.py         the store of runs, and the callbacks that act on a run
navigation.py    the views in the page's address; Back and Forward
new_view.py      a new run: form, estimate, Start
form.py          the form, drawn from the parameters that each part declares
list_view.py     all runs: filter, sort, open, tag, delete
run_view.py      one run: progress or numbers, notes, specification, files
progress.py      a busy run, block by block; a run that stopped early
compare_view.py  two to six runs of one experiment
curves.py        curves and tables of a run
figures.py       the charts
text.py          runs in words
"""
