"""Pickers: the choices that every page begins with.

In reading order:

row.py         the row in which they stand
uploaded_picture.py  a photograph of the user's own: the uploader, and what is kept of it
data_set.py    a picture of a data set by its number
picture.py     a picture from the gallery, a data set or an upload; prepared once for a classifier
live.py        the classifiers that `masking.explore` shows
availability.py  which classifiers work here and now, and which need a download
own_weights.py   own weights for one of torchvision's architectures
classifier.py  a classifier and the device it runs on
notices.py     what somebody should know about these choices: what failed, and what does not fit
known_object.py  the object of the picture, where it is known
target_class.py  a class keeps its name: in links, and under another classifier
calibration_pictures.py  the pictures that a calibration is fitted to
calibration.py what a calibrated method was fitted to, and a form that fits one
method.py      masking methods with their parameters
"""
