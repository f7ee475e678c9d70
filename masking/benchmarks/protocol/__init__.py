"""The protocol of an experiment: a batch of images in, rows out, rows to numbers.

In the order of reading:

image_batch.py         the images that are computed together
aggregate.py           one value per image becomes one number with its interval
experiment.py          the base of every experiment: settings, rows, curves; the registry `BENCHMARKS`
batch_answers.py       the answers to a batch of images under a masking method
batch_explanations.py  LIME for the images of a batch under several masking methods
similarity.py          how alike two classes are to a classifier
"""
