"""Pictures with masks: in folders, and as one of torchvision's sets."""

import numpy as np
import pytest
import skimage.data
from PIL import Image


@pytest.fixture
def photographs(tmp_path):
    """Two photographs with masks: one in a folder named like a class."""
    for path, picture in (("images/cup/a.jpg", skimage.data.coffee()), ("images/b.png", skimage.data.chelsea())):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(tmp_path / path)
        mask = np.zeros(picture.shape[:2], np.uint8)
        mask[100:200, 150:300] = 3  # a label, nearly black
        (tmp_path / "masks").mkdir(exist_ok=True)
        Image.fromarray(mask).save((tmp_path / "masks" / path.rpartition("/")[2]).with_suffix(".png"))
    return tmp_path


@pytest.fixture
def pets(tmp_path):
    root = tmp_path / "oxford-iiit-pet"
    for name in ("images", "annotations/trimaps"):
        (root / name).mkdir(parents=True)
    Image.fromarray(skimage.data.chelsea()).save(root / "images" / "Abyssinian_1.jpg")
    trimap = np.full((300, 451), 2, np.uint8)
    trimap[100:200, 150:300], trimap[100, 150:300] = 1, 3
    Image.fromarray(trimap).save(root / "annotations" / "trimaps" / "Abyssinian_1.png")
    (root / "annotations" / "test.txt").write_text("Abyssinian_1 1 1 1\n")
    return tmp_path
