"""Pickers: the choices that every page begins with.

In reading order:

picture.py     a picture from the gallery, a data set or an upload; prepared once for a classifier
data_set.py    a picture of a data set by its number
live.py        the classifiers that `masking.explore` shows
classifier.py  a classifier and the device it runs on
target_class.py  a class keeps its name: in links, and under another classifier
method.py      masking methods with their parameters
"""
