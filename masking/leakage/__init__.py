"""Shape leakage: hide an object and see what the model still knows of it; then it was the hole that told.

>>> found = measure_leakage(classifier, Rendered(world, 512), ["greyout", "layer_masking"], ["exact", "box"])
>>> print(found.bits("greyout", "exact"))
"""

from masking.leakage.measuring import able, measure_leakage
from masking.leakage.result import Answers, Leakage

__all__ = ["Answers", "Leakage", "able", "measure_leakage"]
