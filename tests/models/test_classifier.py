import io

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from masking import Classifier, Mask, attribution_masks, load_classifier
from masking.image import centre_view, to_image, to_picture


class Mean(nn.Module):
    """Logits are the mean colour of the normalised image."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(3))

    def forward(self, x):
        return x.mean((2, 3)) * self.scale


@pytest.fixture
def classifier():
    return Classifier("mean", Mean().train(), ["r", "g", "b"], (8, 8), (0.5, 0.25, 0), (0.5, 0.25, 1), resize=10)


def png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def test_the_network_sees_normalised_images(classifier):
    assert classifier(torch.full((2, 3, 5, 4), 0.5)).tolist() == [[0, 1, 0.5]] * 2


def test_it_is_frozen_and_in_evaluation_mode(classifier):
    assert not any(module.training for module in classifier.modules())
    assert not any(parameter.requires_grad for parameter in classifier.parameters())


def test_double_precision_gives_the_same_answer(classifier):
    image = torch.rand(1, 3, 8, 8)
    assert torch.equal(classifier(image.double()), classifier(image))


@pytest.mark.parametrize("image", [torch.rand(3, 8, 8), torch.rand(1, 1, 8, 8), torch.ones(1, 3, 8, 8).byte()])
def test_other_tensors_are_refused(classifier, image):
    for use in (classifier, classifier.prepare):
        with pytest.raises(ValueError, match="give floats of shape"):
            use(image)


@pytest.mark.parametrize("name", ["cifar10/nib-vgg16-slim", "silhouettes/vit"])
def test_a_network_of_one_size_refuses_others_with_both(name):
    classifier = load_classifier(name)
    side = classifier.input_size[0]
    image = torch.rand(2, 3, 2 * side, 2 * side)
    expected = f"the image is {2 * side}x{2 * side} .* but {name} takes {side}x{side} only; resize it"
    for use in (classifier, classifier.prepare, lambda image: attribution_masks(classifier, image, 0, "random", 1)):
        with pytest.raises(ValueError, match=expected):
            use(image)


def test_a_new_size_is_tried_once(classifier):
    seen = []
    classifier.network.register_forward_hook(lambda module, given, made: seen.append(given[0].shape))
    for _ in range(3):
        classifier.prepare(torch.rand(1, 3, 5, 4))
        classifier.prepare(torch.rand(4, 3, 8, 8))
    assert seen == [(1, 3, 5, 4)]


def test_too_little_memory_is_no_wrong_size(classifier):
    def fails(*given):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes")

    classifier.network.forward = fails
    with pytest.raises(RuntimeError, match="allocate memory"):
        classifier.prepare(torch.rand(1, 3, 5, 4))


def test_paths_bytes_and_pictures_are_prepared_alike(classifier, photograph, tmp_path):
    path = tmp_path / "picture.png"
    path.write_bytes(png(photograph))
    images = [classifier.prepare(source) for source in (path, str(path), path.read_bytes(), photograph)]
    assert images[0].shape == (1, 3, 8, 8)
    assert 0 <= images[0].min() < images[0].max() <= 1
    assert all(torch.equal(images[0], image) for image in images)
    assert torch.equal(images[0], to_image(centre_view(photograph, 10, (8, 8))))


def test_tensors_pass_unchanged(classifier):
    image = torch.rand(2, 3, 30, 20)
    assert torch.equal(classifier.prepare(image), image)


def test_unreadable_pictures_get_a_sentence(classifier, tmp_path):
    with pytest.raises(ValueError, match="is not a PNG, JPEG or WEBP"):
        classifier.prepare(b"hello")
    with pytest.raises(ValueError, match="there is no file"):
        classifier.prepare(tmp_path / "gone.png")


def test_the_share_of_the_picture_it_looks_at(classifier, bundled):
    assert classifier.view_share == 0.8
    assert bundled.view_share == 1


# --- masks as pictures -----------------------------------------------------------------------------------------------


def test_a_mask_of_the_frames_size_is_taken_as_it_is(classifier, tmp_path):
    mask = Mask.random_patches(8, 0.5, 2)
    assert classifier.prepare_mask(mask.to_png(), (30, 40)).digest == mask.digest
    (tmp_path / "mask.png").write_bytes(mask.to_png())
    assert classifier.prepare_mask(tmp_path / "mask.png").digest == mask.digest


def test_a_mask_of_a_picture_as_large_as_the_frame_is_cropped_like_the_picture(classifier):
    mask = Mask.box(8, 3, 3, 2, 2)  # the classifier enlarges the picture before it crops it
    assert classifier.prepare_mask(mask.to_png(), (8, 8)).hidden_share > mask.hidden_share


@pytest.mark.parametrize("size", [(100, 100), (100, 160), (160, 100), (33, 50)])
def test_a_mask_of_the_pictures_size_hides_what_it_covers(bundled, size):
    rows, columns = np.mgrid[: size[0], : size[1]]
    keep = np.hypot(rows - 0.4 * size[0], columns - 0.6 * size[1]) > 0.3 * min(size)
    mask = Mask(torch.from_numpy(keep)[None, None])
    prepared = bundled.prepare_mask(mask.to_png(), size)
    white_where_present = bundled.prepare(to_picture(mask.keep.float().expand(1, 3, *size)))
    assert prepared.size == bundled.input_size
    agree = prepared.keep == (white_where_present[:, :1] >= 0.5)
    assert agree.double().mean() > 0.96  # all but the rim, where the picture is smoothed
    assert 0.05 < prepared.hidden_share < 0.5


def test_a_mask_of_another_size_is_refused_with_both_sizes(classifier):
    wrong = Mask.full((9, 7)).to_png()
    with pytest.raises(ValueError, match=r"mask is 9x7 \(height x width\) but the image is 8x8; save"):
        classifier.prepare_mask(wrong)
    with pytest.raises(ValueError, match="but the image is 8x8 or 30x40; save the mask at that size"):
        classifier.prepare_mask(wrong, (30, 40))


def test_a_mask_that_is_not_there_or_no_picture_is_refused(classifier, tmp_path):
    with pytest.raises(ValueError, match=r"the mask .*gone.png cannot be read \(No such file or directory\)"):
        classifier.prepare_mask(tmp_path / "gone.png")
    with pytest.raises(ValueError, match="the mask is not a PNG"):
        classifier.prepare_mask(b"hello")


def test_a_key_tells_name_weights_and_device_apart():
    def key(name="mean", digest="1"):
        return Classifier(name, Mean(), ["r", "g", "b"], (8, 8), weights_digest=digest).key

    assert key() == key() == "mean 1 cpu"
    assert len({key(), key(name="other"), key(digest="2")}) == 3
