"""Training: a recipe becomes a classifier file.

In reading order:

tables.py             tables of a configuration file as dataclasses, with the types of their values checked
recipe.py             the configuration file: network, data, schedule and augmentation
pictures.py           stored pictures as whole tensors in memory
batches.py            training and test batches; batch k depends on the seed and on k alone
augmentation.py       random changes of training pictures: moved, mirrored, blurred, brightened, partly hidden
localisation_loss.py  an auxiliary loss for vision transformers: each token predicts the object under it
teacher.py            a teacher that masks pictures for their labels before a student sees them
training.py           the training loop, which can be resumed
"""
