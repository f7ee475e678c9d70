"""Compare: one mask, every masking method side by side.

In reading order:

page.py           the mask editor, the cards, downloads
fill_values.py    what goes into the network at the hidden pixels
class_entropy.py  the answers to many random masks, on request
figures.py        the charts of class entropy
"""
