"""Compare: one mask, every masking method side by side.

In reading order:

page.py     the mask editor, the cards, class entropy, downloads
figures.py  the charts of class entropy
"""
