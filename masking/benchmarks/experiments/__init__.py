"""Experiments, one per file; the registry `masking.benchmarks.BENCHMARKS` finds them.

In reading order:

patch_removal.py    more and more patches are hidden
shape_leakage.py    the object is hidden: does the outline of the hole reveal its class?
reliance_error.py   a part is hidden: how far is the accuracy from the best that is possible?
lime_agreement.py   do LIME explanations agree across methods and samples?
lime_ablation.py    LIME explanations are judged by hiding segments
linearity.py        do features of segments add up?
concordance.py      do two pictures stay as similar when they are shrunk?
mia.py              attribution masks made for a label, beside controls
student_teacher.py  attribution masks read by another network
throughput.py       how long a method takes
"""
