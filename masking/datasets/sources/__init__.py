"""Sources of labelled pictures, with object masks where there are any. One file per kind, found by `SOURCES`.

Training, benchmarks, leakage and the dashboard all read pictures here. In reading order:

source.py           the base of every kind of source: settings that open to an `ImageSource`
image_source.py     an opened source: its pictures by number, and images in a classifier's frame
labels.py           a classifier's categories for the class names and numbers of a data set
listing.py          what tells the pictures of a data set apart, so that a run notices a change
folder.py           pictures in folders named like their classes; pictures with masks of the same names
masked_folder.py    pictures in one folder, masks of their objects in another
jpeg_archive.py     one .npz file with many encoded pictures
listed.py           a CSV file of paths and labels
torchvision_set.py  torchvision's sets, some with object masks
cifar.py            CIFAR-10 and CIFAR-100, for training and for runs
silhouettes.py      rendered scenes without end, with exact object masks
named_sets.py       the data sets that the settings file names, as sources
fit_pictures.py      pictures as images for a calibration; labels are not used
object_scenes.py    any of these as scenes with known objects, for `masking.leakage`
"""

from masking.datasets.sources.image_source import ImageSource, LabelledImages, LabelledPicture
from masking.datasets.sources.source import Source, TrainingPart
from masking.registry import Registry

SOURCES: Registry[type[Source]] = Registry("data source", "masking.datasets.sources")

__all__ = ["SOURCES", "ImageSource", "LabelledImages", "LabelledPicture", "Source", "TrainingPart"]
