"""The landing page: what the tool is for.

In the order of reading:

page.py  what missingness bias is, one live example, doors to the pages
"""
