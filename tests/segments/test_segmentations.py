"""What every segmentation promises, over the registry."""

import pytest
import torch

from masking import SEGMENTATIONS
from masking.image import to_image
from masking.segments.segmentation import borders


@pytest.fixture(scope="module")
def image(photograph):
    return to_image(photograph.resize((96, 72)))


@pytest.mark.parametrize("name", SEGMENTATIONS)
def test_labels_have_no_gaps_and_cover_the_picture(name, image):
    segments = SEGMENTATIONS[name]().segments(image)
    assert segments.shape == (72, 96)
    assert segments.dtype == torch.int64
    assert segments.unique().tolist() == list(range(int(segments.max()) + 1))
    assert 5 < segments.max() < 72 * 96 / 4


@pytest.mark.parametrize("name", SEGMENTATIONS)
def test_the_same_picture_is_cut_the_same_way(name, image):
    assert torch.equal(SEGMENTATIONS[name]().segments(image), SEGMENTATIONS[name]().segments(image.clone()))


@pytest.mark.parametrize("name", [name for name in SEGMENTATIONS if name != "grid"])
def test_segments_follow_colour(name):
    image = torch.zeros(1, 3, 64, 64)
    image[..., 29:] = 1
    segments = SEGMENTATIONS[name]().segments(image)
    left, right = segments[:, :28].unique(), segments[:, 30:].unique()
    assert not set(left.tolist()) & set(right.tolist())


@pytest.mark.parametrize("name", SEGMENTATIONS)
@pytest.mark.parametrize("size", [(1, 1), (2, 9), (40, 40)])
def test_plain_and_tiny_pictures_are_cut_too(name, size):
    segments = SEGMENTATIONS[name]().segments(torch.full((1, 3, *size), 0.5))
    assert segments.shape == size
    assert segments.min() == 0


@pytest.mark.parametrize("name", SEGMENTATIONS)
def test_one_picture_at_a_time(name):
    with pytest.raises(ValueError, match="one image, not 2"):
        SEGMENTATIONS[name]().segments(torch.rand(2, 3, 8, 8))


def test_the_grid_by_hand():
    segments = SEGMENTATIONS["grid"](patch=2).segments(torch.rand(1, 3, 3, 5))
    assert segments.tolist() == [[0, 0, 1, 1, 2], [0, 0, 1, 1, 2], [3, 3, 4, 4, 5]]


@pytest.mark.parametrize(
    ("name", "parameter", "value"),
    [("grid", "patch", 0), ("slic", "count", 1), ("quickshift", "ratio", 1.5), ("felzenszwalb", "scale", 0)],
)
def test_parameters_out_of_range_are_refused(name, parameter, value):
    with pytest.raises(ValueError, match=f"{parameter} is {value}; it must be between"):
        SEGMENTATIONS[name](**{parameter: value})


def test_borders_by_hand():
    segments = torch.tensor([[0, 0, 1], [0, 0, 1], [2, 2, 2]])
    assert borders(segments).int().tolist() == [[0, 1, 0], [1, 1, 1], [0, 0, 0]]
