"""The specification of a run: one small document that says everything about it.

In reading order:

plugins.py        experiments from files outside the package
stored_values.py  the values of a stored document, of the right types
spec.py           the document, in JSON or TOML
loaded_spec.py    the document with everything it names loaded, ready to compute any shard
feasibility.py    whether the document can run on this machine, found out before it becomes a run
allowance.py      what a visitor of the dashboard may start
"""
