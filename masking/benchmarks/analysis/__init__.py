"""Analysis: rows become tables, charts and files.

In reading order:

statistics.py     every condition with its interval, and paired differences
row_digest.py     the digest of a run's rows, and what it covers
series.py         these numbers as the series of a chart
chart.py          curves and points with intervals as figures of a page
html_report.py    a run as one HTML page
report.py         a run as CSV, Parquet, LaTeX and all other files
"""
