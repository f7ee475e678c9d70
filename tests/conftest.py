"""What the whole suite shares."""

import os
from collections.abc import Iterator
from pathlib import Path

# Rows of different numbers of threads differ: this process has one, and so has every process that a test starts. The
# networks here are small, so that more would only wait for each other. Libraries read this when they are imported.
os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MASKING_THREADS"), "1"))

import numpy as np
import pytest
import skimage.data
import torch
from hypothesis import settings
from PIL import Image

from masking import Classifier, load_classifier
from masking.models.packaged_networks import LITE

torch.set_num_threads(1)  # a plugin may have imported it before

# The same examples in every run: a red test always means the change at hand.
settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session", autouse=True)
def no_own_heads(tmp_path_factory) -> Iterator[None]:
    """Calibrations that whoever runs the tests has fitted do not count."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MASKING_HEADS", str(tmp_path_factory.mktemp("heads")))
        yield


@pytest.fixture(scope="session")
def bundled() -> Classifier:
    """The bundled classifier."""
    return load_classifier("silhouettes/resnet")


@pytest.fixture(scope="session")
def lite() -> Classifier:
    """The classifier of photographs."""
    return load_classifier(LITE)


@pytest.fixture(scope="session")
def photograph() -> Image.Image:
    """A real photograph, 512x512."""
    return Image.fromarray(np.asarray(skimage.data.astronaut()))


@pytest.fixture(scope="session")
def sample_data() -> Path:
    """The folder with sample weights and photographs: `MASKING_SAMPLE_DATA`, else ../shared/data."""
    named = os.environ.get("MASKING_SAMPLE_DATA")
    folder = Path(named).expanduser() if named else REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(
            f"{folder.resolve()} is missing; MASKING_SAMPLE_DATA names a folder of sample weights and photographs"
        )
    return folder.resolve()


LONGEST_FIRST = ("browser", "faults", "benchmarks/worker", "pages", "commands")
"""Folders whose tests take long: what starts last must be short, or one worker waits for the other."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move the folders whose tests take long to the beginning; the order inside each folder stays."""
    places = [f"{REPOSITORY / 'tests' / folder}{os.sep}" for folder in LONGEST_FIRST]

    def rank(item: pytest.Item) -> int:
        numbers = [number for number, folder in enumerate(places) if str(item.path).startswith(folder)]
        return numbers[0] if numbers else len(places)

    items.sort(key=rank)
