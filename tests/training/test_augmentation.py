import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from masking.datasets.silhouettes.render import World, render
from masking.models.classifier import IMAGENET_MEAN
from masking.training.augmentation import Augmentation, augment

UNCHANGED = {"brightness": 0.0, "blur": 0.0}
COUNT = 300


@pytest.fixture(scope="module")
def images():
    return torch.rand(COUNT, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 0.8 + 0.1


def painted(images, seed=(0, 0), **shares):
    """The pictures with parts painted over, and where: bool (n, h, w)."""
    after = augment(images, Augmentation(**UNCHANGED, **shares), seed)
    return after, (after != images).any(1)


def colours(after, where):
    """The different colours of the painted pixels of one picture, RGB (k, 3)."""
    return after[:, where].T.unique(dim=0)


def test_without_a_share_nothing_changes(images):
    assert torch.equal(augment(images, Augmentation(**UNCHANGED), (0, 0)), images)


@settings(max_examples=50)
@given(
    how=st.builds(Augmentation, *[st.floats(0, 1)] * 4, crop=st.integers(0, 9), flip=st.floats(0, 1)),
    seed=st.tuples(st.integers(0, 99), st.integers(0, 99)),
)
def test_pictures_stay_pictures_and_a_seed_repeats_them(how, seed):
    pictures = torch.rand(4, 3, 40, 56, generator=torch.Generator().manual_seed(1))
    once, again = augment(pictures, how, seed), augment(pictures, how, seed)
    assert torch.equal(once, again)
    assert once.shape == pictures.shape
    assert once.dtype == torch.float32
    assert once.min() >= 0
    assert once.max() <= 1


def test_some_pictures_are_mirrored(images):
    after = augment(images, Augmentation(**UNCHANGED, flip=0.5), (0, 0))
    mirrored = (after == images.flip(3)).flatten(1).all(1)
    assert (mirrored | (after == images).flatten(1).all(1)).all()
    assert abs(mirrored.float().mean() - 0.5) < 3.5 * (0.25 / COUNT) ** 0.5


def test_pictures_move_in_all_directions_and_black_comes_in(images):
    pixels, size = 2, 64
    after = augment(images, Augmentation(**UNCHANGED, crop=pixels), (0, 0))
    seen = set()
    for before, moved in zip(images, after, strict=True):
        black = (moved == 0).all(0)
        top, bottom = black.all(1).float().cumprod(0).sum(), black.all(1).flip(0).float().cumprod(0).sum()
        left, right = black.all(0).float().cumprod(0).sum(), black.all(0).flip(0).float().cumprod(0).sum()
        down, across = int(top - bottom), int(left - right)
        kept = slice(max(0, down), size + min(0, down)), slice(max(0, across), size + min(0, across))
        came = slice(max(0, -down), size - max(0, down)), slice(max(0, -across), size - max(0, across))
        assert torch.equal(moved[:, kept[0], kept[1]], before[:, came[0], came[1]])
        seen.add((down, across))
    assert seen == {(down, across) for down in range(-pixels, pixels + 1) for across in range(-pixels, pixels + 1)}


def test_brightness_changes_all_pixels_alike(images):
    gains = augment(images, Augmentation(brightness=0.1, blur=0), (0, 0)) / images
    spread = gains.flatten(1).std(dim=1)
    assert spread.max() < 1e-6
    assert 0.9 <= gains.min() < 0.91
    assert 1.09 < gains.max() <= 1.1


def test_some_pictures_are_blurred(images):
    after = augment(images, Augmentation(brightness=0, blur=0.3), (0, 0))
    changed = (after != images).flatten(1).any(1)
    assert abs(changed.float().mean() - 0.3) < 3.5 * (0.21 / COUNT) ** 0.5
    assert after[changed].flatten(1).std(1).max() < 0.5 * images.flatten(1).std(1).min()


@pytest.mark.parametrize("kind", ["cutout", "greyout"])
@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_as_many_pictures_are_painted_over_as_promised(images, kind, share):
    _, where = painted(images, **{kind: share})
    painted_share = where.flatten(1).any(1).float().mean()
    assert abs(painted_share - share) <= 3.5 * (share * (1 - share) / COUNT) ** 0.5


def test_cutout_paints_rectangles_in_black_or_one_colour(images):
    after, where = painted(images, cutout=1.0)
    boxes = black = 0
    for picture, hidden in zip(after, where, strict=True):
        (colour,) = colours(picture, hidden)
        black += bool((colour == 0).all())
        rows, columns = hidden.any(1).nonzero(), hidden.any(0).nonzero()
        boxes += bool(hidden[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all())
        assert hidden.sum() <= 3 * (0.6 * 64 + 1) ** 2
    assert 0.4 < black / COUNT < 0.6
    assert 0.3 < boxes / COUNT < 0.8  # the others have several


def test_greyout_paints_patches_or_blobs_in_one_of_two_greys(images):
    after, where = painted(images, greyout=1.0)
    patches = middle = 0
    for picture, hidden in zip(after, where, strict=True):
        (colour,) = colours(picture, hidden)
        middle += torch.equal(colour, torch.full((3,), 0.5))
        assert torch.equal(colour, torch.full((3,), 0.5)) or torch.equal(colour, torch.tensor(IMAGENET_MEAN))
        cells = hidden.unfold(0, 16, 16).unfold(1, 16, 16).float().mean((2, 3))
        patches += bool(((cells == 0) | (cells == 1)).all())
    assert 0.4 < middle / COUNT < 0.6
    assert 0.4 < patches / COUNT < 0.6
    shares = where.float().mean((1, 2))
    assert shares.min() > 0
    assert shares.max() < 0.75
    assert 0.3 < shares.mean() < 0.4


def test_what_is_painted_does_not_depend_on_the_picture(images):
    """So no hole can have an object's outline."""
    other = render(World(size=64), range(20)).images
    for kind in ("cutout", "greyout"):
        (first, _), (second, _) = (painted(pictures, **{kind: 1.0}) for pictures in (images[:20], other))
        same = (first == second).all(1)
        assert same.flatten(1).any(1).all()
        assert torch.equal(same, painted(1 - images[:20], **{kind: 1.0})[1])


def test_shares_out_of_range_are_refused():
    with pytest.raises(ValueError, match=r"cutout is 1\.5; it must be between 0 and 1"):
        Augmentation(cutout=1.5)
