"""What the whole suite shares."""

from pathlib import Path

import numpy as np
import pytest
import skimage.data
import torch
from hypothesis import settings
from PIL import Image

from masking import Classifier, load_classifier

torch.set_num_threads(1)  # the networks here are small: threads would only wait for each other

# The same examples in every run: a red test always means the change at hand.
settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def bundled() -> Classifier:
    """The bundled classifier."""
    return load_classifier("silhouettes/resnet")


@pytest.fixture(scope="session")
def photograph() -> Image.Image:
    """A real photograph, 512x512."""
    return Image.fromarray(np.asarray(skimage.data.astronaut()))


@pytest.fixture(scope="session")
def sample_data() -> Path:
    """The sample weights and photographs beside the repository."""
    folder = (REPOSITORY.parent / "shared" / "data").resolve()
    if not folder.is_dir():
        pytest.skip(f"needs the sample weights and photographs in {folder}")
    return folder
