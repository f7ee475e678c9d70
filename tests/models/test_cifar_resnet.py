import io

import numpy as np
import pytest
import torch
from PIL import Image

from masking import Classifier
from masking.image import to_image
from masking.layers import layer_masked
from masking.models import ARCHITECTURES
from masking.models.cifar_resnet import cifar_resnet


def test_it_is_the_published_size():
    count = sum(weights.numel() for weights in ARCHITECTURES["cifar_resnet"]().parameters())
    assert count == 269_722  # 0.27 million, table 6


@pytest.mark.parametrize("blocks", [1, 5])
def test_depth_and_classes(blocks):
    network = cifar_resnet(7, blocks).eval()
    assert sum(isinstance(module, torch.nn.Conv2d) for module in network.modules()) == 6 * blocks + 1
    assert network(torch.randn(2, 3, 32, 32)).shape == (2, 7)
    assert layer_masked(network).unsupported() == []


def test_no_blocks_are_refused():
    with pytest.raises(ValueError, match="give 1 or more"):
        cifar_resnet(blocks=0)


def test_published_weights_recognise_what_they_were_trained_for(sample_data):
    network = cifar_resnet()
    network.load_state_dict(torch.load(sample_data / "weights/resnet20_cifar10.pth", weights_only=True))
    held = np.load(sample_data / "cifar10_test_jpeg.npz")
    sample = range(0, 10_000, 50)
    spans = [slice(held["offsets"][i], held["offsets"][i + 1]) for i in sample]
    images = torch.cat([to_image(Image.open(io.BytesIO(held["data"][span].tobytes()))) for span in spans])
    labels = torch.from_numpy(held["labels"][list(sample)].astype(np.int64))
    classifier = Classifier("resnet20", network, tuple(held["classes"].tolist()), input_size=(32, 32))
    accuracy = (classifier(images).argmax(1) == labels).double().mean()
    assert accuracy > 0.73  # 81.0 % on all 10,000; below that with probability 0.003
