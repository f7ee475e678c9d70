"""What the tests of predictions and comparisons share."""

import pytest
import torch

from masking import Classifier, compare
from tests.inference.hidden_box import MASK


@pytest.fixture(scope="module")
def image():
    return torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def comparison(bundled, image):
    return compare(bundled, image, MASK, ("blackout", "noise", "layer_masking"))


class Brightest(torch.nn.Module):
    """Logits are 10 times the sums of the three channels: the class is the colour there is most of."""

    def forward(self, x):
        return 10 * x.mean((2, 3))


@pytest.fixture
def colours():
    return Classifier("colours", Brightest(), ["red", "green", "blue"], (4, 4), (0, 0, 0), (1, 1, 1))
