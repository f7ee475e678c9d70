"""Classifiers: frozen networks together with their preprocessing, normalisation and categories.

In reading order:

family.py      a vision transformer or a convolutional network, guessed from the modules
network_digest.py  the digest of a network that comes from no file
categories.py  names and numbers of classes, one reading for all
input_checks.py  checks of sizes, normalisation, images and logits
answer.py      tensors in a network's answer, and the module that turns them into logits
endings.py     the operation that made a tensor, such as softmax
precision.py   a network in the precision in which it runs, without wrappers
trial.py       trial runs on noise: which images a network takes
probe.py       which numbers of an answer are the logits
picture_kinds.py  drawn scenes and photographs: what a picture is, what a classifier was trained on
classifier.py  the type `Classifier`
checkpoints.py how people save weights: entries of checkpoints, prefixes and old names
weights_description.py  what a file of weights says about its own classifier
weights.py     weights from files and downloads
binary_heads.py  weights with one output for two classes
torchvision_networks.py, timm_networks.py   the classifiers of these packages
packaged_networks.py  the ImageNet classifier whose weights are a package of their own
described_network.py  classifiers that a file of weights describes itself
own_network.py networks that a Python function of the operator makes
zoo.py         the classifiers that can be named
small_resnet.py, small_vit.py, cifar_resnet.py, wide_resnet.py, nib_vgg.py, efficientnet_lite.py   architectures in
               this project's own code
mean_free_batch_norm.py  batch norm without mean, for networks without input bias (NIB)
nib.py         the test whether a network is free of input bias
"""

from collections.abc import Callable

from torch import nn

from masking.registry import Registry

ARCHITECTURES: Registry[Callable[..., nn.Module]] = Registry("architecture", "masking.models")
"""This project's own architectures by name; a bundled weights file names the one it belongs to."""
