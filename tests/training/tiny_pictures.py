"""A training on stored pictures that takes a second."""

import io

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file

NAMES = ("dark", "light")

TINY = """
name = "tiny"
architecture = "nib_vgg"
seed = 5
[arguments]
layers = "4 M 8 M"
head = 16
input_size = 8
dropout = 0.1
[data]
source = "jpeg_archive"
train = "train.npz"
test = "test.npz"
size = 8
mean = [0.5, 0.4, 0.3]
std = [0.2, 0.2, 0.2]
[training]
epochs = 6
batch = 16
learning_rate = 0.1
crop = 1
flip = 0.5
gradient_clip = 5.0
checkpoint_every = 5
"""


def write_archive(path, count, seed):
    """Noise, darker for one class than for the other."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count)
    pixels = rng.integers(0, 96, (count, 8, 8, 3)) + 160 * labels[:, None, None, None]
    files = []
    for picture in pixels:
        file = io.BytesIO()
        Image.fromarray(picture.astype(np.uint8)).save(file, "PNG")
        files.append(np.frombuffer(file.getvalue(), dtype=np.uint8))
    offsets = np.cumsum([0, *map(len, files)])
    np.savez(path, data=np.concatenate(files), offsets=offsets, labels=labels, classes=np.array(NAMES))


def same(path, other_path):
    ours, theirs = load_file(path), load_file(other_path)
    return ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)
