"""Inference: images and masks become batches, and batches become answers.

In reading order:

batching.py        many masks of one image in batches that fit the free memory; running out of memory halves them
prediction.py      a classifier's answer to one image
removal.py         the classes predicted for one image under many random masks
answer_sheet.py    answers as contact sheets show them: bars, legends, numbers
comparison.py      one image under several masking methods, with verdicts and exports
predict.py         the verbs `predict` and `compare`: one image, one mask, one or several masking methods
calibrate.py       the verb `calibrate`: fit a correction of answers to masked images
random_removal.py  many random masks on one image, and how each masking method answers them
"""
