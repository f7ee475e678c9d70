import pytest
import torch
from scipy.ndimage import distance_transform_edt

from masking.datasets.silhouettes.render import render
from masking.datasets.silhouettes.worlds import World
from masking.masks.clicks import LONGEST, segment_from_clicks

SCENES = render(World(), range(40))


def disc(side: int = 64, noise: float = 0.0) -> tuple[torch.Tensor, torch.Tensor]:
    """A red disc on green, and where it is."""
    y, x = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    inside = torch.hypot(y - 0.4 * side, x - 0.55 * side) < 0.25 * side
    image = torch.where(
        inside, torch.tensor([0.8, 0.2, 0.1])[:, None, None], torch.tensor([0.1, 0.5, 0.2])[:, None, None]
    )
    grain = noise * torch.randn(3, side, side, generator=torch.Generator().manual_seed(0))
    return (image + grain).clamp(0, 1)[None], inside


def overlap(mask, truth: torch.Tensor) -> float:
    hidden = ~mask.keep[0, 0]
    return float((hidden & truth).sum() / (hidden | truth).sum())


@pytest.mark.parametrize("noise", [0, 0.03])
@pytest.mark.parametrize("side", [48, 64, 2 * LONGEST])
def test_one_click_finds_a_plain_object(side, noise):
    image, truth = disc(side, noise)
    mask = segment_from_clicks(image, [(int(0.4 * side), int(0.55 * side))])
    assert mask.size == (side, side)
    assert overlap(mask, truth) > 0.95


def test_the_other_side_is_never_taken():
    image, truth = disc()
    mask = segment_from_clicks(image, [(25, 35)], [(60, 5)])
    assert not mask.keep[0, 0, 25, 35]
    assert mask.keep[0, 0, 60, 5]
    beside = segment_from_clicks(image, [(60, 5)])
    assert overlap(beside, truth) < 0.2


def test_what_is_marked_as_background_is_given_back():
    image, _ = disc(noise=0.1)
    before = segment_from_clicks(image, [(25, 35), (25, 30)])
    after = segment_from_clicks(image, [(25, 35), (25, 30)], [(30, 40)])
    assert not before.keep[0, 0, 30, 40]
    assert after.keep[0, 0, 30, 40]


def test_more_clicks_find_more_of_a_rendered_object():
    overlaps_by_count = {1: [], 3: []}
    for image, outline in zip(SCENES.images.split(1), SCENES.objects[:, 0], strict=True):
        left, points = outline.clone().numpy(), []
        for _ in range(3):
            deepest = distance_transform_edt(left)
            row, column = divmod(int(deepest.argmax()), left.shape[1])
            points.append((row, column))
            left[max(0, row - 12) : row + 13, max(0, column - 12) : column + 13] = False
        for count, overlaps in overlaps_by_count.items():
            overlaps.append(overlap(segment_from_clicks(image, points[:count]), outline))
    mean_of_one, mean_of_three = (sum(overlaps) / len(overlaps) for overlaps in overlaps_by_count.values())
    assert mean_of_one > 0.5
    assert mean_of_three > max(0.68, mean_of_one + 0.1)


@pytest.mark.parametrize(
    ("inside", "outside", "sentence"),
    [
        ([], [(1, 1)], "nothing is marked as the object"),
        ([(64, 3)], [], "the click at 64, 3 lies beside the image of 64x64"),
        ([(3, 3)], [(3, -1)], "the click at 3, -1 lies beside the image"),
    ],
)
def test_clicks_that_make_no_object_are_refused(inside, outside, sentence):
    with pytest.raises(ValueError, match=sentence):
        segment_from_clicks(disc()[0], inside, outside)


def test_a_picture_of_one_colour_has_no_object_to_find():
    with pytest.raises(ValueError, match="one colour only"):
        segment_from_clicks(torch.full((1, 3, 20, 20), 0.5), [(10, 10)])
