"""The mask of the tests of predictions and comparisons."""

from masking import Mask

MASK = Mask.box(32, 4, 4, 16, 20)
