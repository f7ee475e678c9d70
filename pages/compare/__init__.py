"""Compare: one mask, every masking method side by side.

In the order of reading:

page.py     the mask editor, the cards, class entropy, downloads
figures.py  the charts of class entropy
"""
