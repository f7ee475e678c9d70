"""Maps of activations of which a part is hidden.

In reading order:

neighbours.py  neighbour padding, the method's one arithmetic idea
keep.py        the mask and everything that follows from it alone, computed once
masked.py      the value that travels: activations and their mask
"""
