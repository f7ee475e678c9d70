"""Variations of layer masking that keep its invariants: hidden pixels do not matter, and the mask alone decides.

In reading order:

cell_statistics.py  means and deviations of visible cells, moved to those of whole pictures
last_map.py         the mean of the last map, with cells weighted by what they show
rims.py             neighbour padding with weights that fall with the distance
answers.py          logits of every variation on the same pictures and masks
"""
