"""Masking methods: ways to show a classifier an image with missing pixels, one file each.

In reading order:

method.py  the base classes of all methods, `Method`, and of all fills, `Fill`
blackout.py, greyout.py, mean_colour.py, random_colour.py, noise.py, blur.py, inpaint.py, neighbour_fill.py   the fills
layer_masking.py, partial_convolution.py, token_dropping.py   methods that change how the network computes;
           their engine is `masking.layers`
calibrated.py  a method around another one, whose answers it corrects; see `masking.calibration`
"""

from masking.methods.method import Fill, Method
from masking.registry import Registry
from masking.results.series_style import Style

METHODS: Registry[type[Method]] = Registry("masking method", "masking.methods")

__all__ = ["METHODS", "Fill", "Method", "Style"]
