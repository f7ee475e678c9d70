"""Masking methods measured side by side on the same pictures and masks, with intervals of paired differences.

In reading order:

intervals.py   means, rates and paired differences with their 95 % intervals
pictures.py    rendered scenes, photographs and CIFAR pictures, each with the classifier that knows their classes
comparison.py  the methods of a study, their calibration heads, and which method each is compared with
cross_fit.py   heads that correct one half of the pictures and were fitted to the other
removal.py     accuracy and class entropy with random patches hidden
among_classes.py  the answers among the few classes that the pictures show
outline.py     what the hole of a hidden object reveals: shape leakage and reliance error
lime_fit.py    LIME: fit on unseen answers, and agreement of two seeds
results.py     the result file, written after every step, so that an interrupted study goes on
steps.py       the steps of a study on one set of pictures
"""
