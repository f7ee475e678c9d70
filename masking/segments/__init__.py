"""Segmentations: ways to divide an image into superpixels, one file each.

In reading order:

segmentation.py  the base class of all segmentations
label_map.py     label maps from outside: tensors, arrays and uploaded files
slic.py, quickshift.py, felzenszwalb.py, grid.py   the segmentations
"""

from masking.registry import Registry
from masking.segments.segmentation import Segmentation

SEGMENTATIONS: Registry[type[Segmentation]] = Registry("segmentation", "masking.segments")

__all__ = ["SEGMENTATIONS", "Segmentation"]
