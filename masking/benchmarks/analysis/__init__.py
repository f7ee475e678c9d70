"""Analysis: rows become tables, charts and files.

In reading order:

statistics.py  every condition with its interval, and paired differences
chart.py       curves and bars with intervals as SVG
report.py      a run, or several, as CSV, Parquet, LaTeX and HTML
"""
