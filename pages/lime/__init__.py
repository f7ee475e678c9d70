"""LIME: what each segment is worth under several masking methods.

In the order of reading:

page.py        the segments on one side, the explanations on the other
segments.py    how the picture is divided into segments
form.py        target, samples, seed and fit; Run
target.py      the class to explain
request.py     one job per masking method, kept under what it computes
progress.py    running jobs: their progress and Cancel
cards.py       the explanations as cards on one scale
evidence.py    the samples behind one weight
comparison.py  the explanations compared with each other, with fewer samples, the object and the answer
agreement.py   do explanations agree, and do they lie on the object?
stability.py   are there enough samples?
ablation.py    does the answer follow the explanation?
text.py        the findings in words
exports.py     files to download
command.py     the same on the command line
"""
