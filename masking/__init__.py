"""What does an image classifier do when this part of the image is missing?

from masking import Mask, compare, load_classifier

classifier = load_classifier("silhouettes/resnet")
mask = Mask.random_patches(classifier.input_size, hidden_share=0.5, patch=16, seed=0)
comparison = compare(classifier, "photograph.jpg", mask)
print(comparison.sentence)

In reading order:

image.py      images, from files to tensors
masks/        which pixels are present
models/       classifiers
calibration/  affine maps that correct answers to masked images (MCal)
methods/      masking methods, one file each
layers/       the engine of layer masking
inference/    batches, and the verbs `predict`, `compare`, `calibrate` and `random_removal`
segments/     ways to divide an image into superpixels
attribution/  attributions, LIME and attribution masks
leakage/      what the shape of a hole reveals
layer_trace/  an image followed through a network, layer by layer
measures/     pure functions from predictions to numbers
datasets/     the rendered world, sources of labelled pictures, the gallery
training/     a recipe becomes a classifier file
benchmarks/   experiments on many images, as runs
lessons/      the lesson: eight ideas, their words, and what surrounds them
registry/     named entries and their parameters
results/      manifests, tables, sentences and pictures
runtime/      devices, memory, settings and bundled files
commands/     the command line
dashboard.py  `explore`: the dashboard from a notebook or a script
"""

import os

# Threads of torch that wait for each other soon sleep: by default they spin, and where several processes want the
# cores, all of them take ten times as long. Read when torch is imported.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")

from masking.attribution import (
    ATTRIBUTIONS,
    Attribution,
    AttributionMasks,
    LimeExplanation,
    attribute,
    attribution_masks,
    lime,
)
from masking.benchmarks import BENCHMARKS
from masking.calibration import CalibrationHead, CalibrationSettings
from masking.dashboard import Dashboard, explore
from masking.inference.calibrate import calibrate
from masking.inference.comparison import Comparison
from masking.inference.predict import compare, predict
from masking.inference.prediction import Prediction
from masking.inference.random_removal import random_removal
from masking.inference.removal import Removal
from masking.layers import layer_masked
from masking.masks.mask import Mask
from masking.methods import METHODS, Fill, Method
from masking.models.classifier import Classifier
from masking.models.zoo import load_classifier
from masking.registry.params import param
from masking.results.manifest import __version__
from masking.segments import SEGMENTATIONS, Segmentation

__all__ = [
    "ATTRIBUTIONS",
    "BENCHMARKS",
    "METHODS",
    "SEGMENTATIONS",
    "Attribution",
    "AttributionMasks",
    "CalibrationHead",
    "CalibrationSettings",
    "Classifier",
    "Comparison",
    "Dashboard",
    "Fill",
    "LimeExplanation",
    "Mask",
    "Method",
    "Prediction",
    "Removal",
    "Segmentation",
    "__version__",
    "attribute",
    "attribution_masks",
    "calibrate",
    "compare",
    "explore",
    "layer_masked",
    "lime",
    "load_classifier",
    "param",
    "predict",
    "random_removal",
]
