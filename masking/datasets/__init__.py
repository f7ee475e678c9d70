"""Data: pictures with known answers.

In reading order:

silhouettes/  a rendered world with exact object masks and known cue strengths
sources/      labelled pictures from folders, archives, lists, torchvision's sets and the rendered world
gallery.py    the pictures that come with the project
fitting.py    which classifier fits which kind of picture
"""
