"""The landing page: what the tool is for.

In reading order:

page.py  what missingness bias is, one live example, doors to the pages
"""
