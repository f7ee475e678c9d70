"""The protocol of an experiment: it turns a batch of images into rows, and rows into numbers.

In reading order:

image_batch.py         the images that are computed together
aggregate.py           one value per image becomes one number with its interval
experiment.py          the base of every experiment: settings, rows, curves; the registry `BENCHMARKS`
repetitions.py         conditions that differ only in a seed, joined as mean and range
row_equality.py        which columns of rows a digest covers, and how far numbers may differ
batch_answers.py       the answers to a batch of images under a masking method
methods_experiment.py  the base of experiments that measure several masking methods
batch_explanations.py  LIME for the images of a batch under several masking methods
similarity.py          how similar two classes are for a classifier
"""
