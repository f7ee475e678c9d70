"""Shape leakage: hide an object and see what the model still knows of it; then it was the hole that told.

>>> found = measure_leakage(classifier, rendered_scenes(world, 512), ["greyout", "layer_masking"], ["exact", "box"])
>>> print(found.bits("greyout", "exact"))
"""

from masking.leakage.measuring import measure_leakage, supported_methods
from masking.leakage.result import Answers, Leakage
from masking.leakage.single import Cutout, cut_out

__all__ = ["Answers", "Cutout", "Leakage", "cut_out", "measure_leakage", "supported_methods"]
