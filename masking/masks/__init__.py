"""Masks: which pixels are present, and the ways to make and change a mask.

In reading order:

mask.py        the type `Mask`: `keep`, bool (n, 1, h, w), True = present; no other convention anywhere
value_counts.py  the values in a large picture, counted band by band
mask_file.py   what the author of a mask file meant: opacity, two values, palettes, colours on black, labels
framing.py     the mask of a whole picture in a classifier's frame, and masks that go from one frame to another
mask_text.py   a mask as text, for links and exports
shares.py      shares of pixels in words
description.py what a mask hides, in words
two_levels.py  where a grey picture is bright, if it is black and white with smooth edges
morphology.py  grow, shrink, box and convex hull of a hidden region
holes.py       ways to cut an object out of a scene, from its outline to holes that reveal nothing of it
drawing.py     strokes of a pen on a picture become masks
clicks.py      the mask of an object from a few clicks on it
"""
