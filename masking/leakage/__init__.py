"""Shape leakage: hide an object; if the model still names it, the hole has revealed it.

In reading order:

result.py           every answer of a measurement, and the statistics that follow from them
left_out.py         scenes that a measurement leaves out: which, and why
measuring.py        the measurement: all scenes, all holes, all methods
cutout_sentence.py  what revealed the object of one scene, in words
single.py           one scene under every hole and method, with its files

>>> leakage = measure_leakage(classifier, rendered_scenes(world, 512), ["greyout", "layer_masking"], ["exact", "box"])
>>> print(leakage.bits("greyout", "exact"))
"""

from masking.leakage.measuring import measure_leakage, supported_methods
from masking.leakage.result import Answers, Leakage
from masking.leakage.single import Cutout, cut_out

__all__ = ["Answers", "Cutout", "Leakage", "cut_out", "measure_leakage", "supported_methods"]
