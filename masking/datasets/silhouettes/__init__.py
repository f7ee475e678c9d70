"""Silhouettes: a rendered world in which the right answer is known.

In reading order:

classes.py     the object classes: outline, surface and background of each
worlds.py      worlds: which classes there are, how strong each cue is, and the best possible accuracy
outlines.py    outlines as signed distances
patterns.py    grey patterns for surfaces and backgrounds
surfaces.py    a pattern with three colours
seeded_rng.py  random numbers per scene that do not depend on the batch
render.py      scenes from seeds: images, object masks and labels
"""
