"""Segmentations: ways of cutting an image into superpixels. One file each."""

from masking.registry import Registry
from masking.segments.segmentation import Segmentation

SEGMENTATIONS: Registry[type[Segmentation]] = Registry("segmentation", "masking.segments")

__all__ = ["SEGMENTATIONS", "Segmentation"]
