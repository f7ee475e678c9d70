"""LIME: what each segment is worth under several masking methods.

In reading order:

page.py        the segments on one side, the explanations on the other
segments.py    how the picture is divided into segments
form.py        class to explain, and Run; samples, seed and fit are folded
sampling.py    how samples belong together, and whether LIME stops when it is stable
request.py     one job per masking method, with progress and Cancel; finished jobs are the cache
turns.py       the jobs take turns, so that all methods settle together
cards.py       the explanations as cards on one scale
evidence.py    the samples behind one weight
comparison.py  agreement between explanations, and with the object where it is known
stability.py   are there enough samples?
ablation.py    does the answer follow the explanation?
text.py        the findings as sentences
sheet.py       the explanations as one sheet, for print
exports.py     files to download, and the same on the command line
"""
