import pytest
import torch
import torchvision
from torch import nn

from masking import METHODS, Classifier, Mask
from masking.attribution.linear_features import compute_features, measure_linearity
from tests.attribution.linear_toy import IMAGE, QUARTERS

NOTHING_HIDDEN = Mask.full(32)


def classifier_of(network):
    torch.manual_seed(0)
    return Classifier("toy", network, ["a", "b"], (32, 32), (0.5, 0.5, 0.5), (1, 1, 1))


@pytest.fixture(scope="module")
def summing():
    """Features that are sums over pixels: linear in the segments shown, if what is hidden is 0."""
    torch.manual_seed(0)
    return classifier_of(nn.Sequential(nn.Conv2d(3, 5, 1, bias=False), nn.Flatten(), Sums(), nn.Linear(5, 2)))


class Sums(nn.Module):
    def forward(self, x):
        return x.reshape(-1, 5, 32 * 32).sum(2)


@pytest.mark.parametrize("name", ["resnet18", "squeezenet1_1", "densenet121", "mobilenet_v2"])
def test_features_are_what_the_head_is_given(name):
    """From them the head alone gives the logits."""
    torch.manual_seed(0)
    network = torchvision.models.get_model(name, weights=None, num_classes=6).eval()
    classifier = Classifier(name, network, [str(i) for i in range(6)], (64, 64))
    image = torch.rand(1, 3, 64, 64)
    features = compute_features(classifier, image, Mask.full(64), METHODS["blackout"]())
    head = [module for module in network.modules() if isinstance(module, nn.Linear | nn.Conv2d)][-1]
    given = []
    handle = head.register_forward_pre_hook(lambda _, inputs: given.append(inputs[0]))
    classifier(image)
    handle.remove()
    expected = given[0].mean((2, 3)) if given[0].ndim == 4 else given[0]
    assert torch.allclose(features, expected, atol=1e-5)


@pytest.mark.parametrize("method", ["greyout", "layer_masking", "partial_convolution"])
def test_features_of_a_masked_image_lead_to_its_logits(bundled, photograph, method):
    image = bundled.prepare(photograph)
    masks = Mask.random_patches(bundled.input_size, 0.5, 16, count=3)
    features = compute_features(bundled, image, masks, METHODS[method]())
    (*_, head) = [module for module in bundled.network.modules() if isinstance(module, nn.Linear)]
    assert torch.allclose(head(features), METHODS[method]().logits(bundled, image, masks), atol=1e-4)


def test_maps_are_averaged_over_visible_cells():
    classifier = classifier_of(
        nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU(), nn.Conv2d(4, 2, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    )
    mask = Mask.box(32, 0, 0, 20, 32)
    features = compute_features(classifier, IMAGE, mask, METHODS["layer_masking"]())
    maps = classifier.network[:2](classifier.normalise(IMAGE))
    assert torch.allclose(features, maps[..., 20:, :].mean((2, 3)), atol=1e-5)


def test_sums_are_linear_if_what_is_hidden_is_zero(summing):
    """Greyout is zero after normalisation; black is not, and counts once for every segment shown alone."""
    zero, black = (
        measure_linearity(summing, IMAGE, QUARTERS, METHODS[name](), draws=5) for name in ("greyout", "blackout")
    )
    assert zero.error.max() < 1e-5
    assert zero.cosine.min() > 1 - 1e-9
    assert black.error.min() > 0.5


def test_it_is_seeded_and_reports_its_progress(bundled, photograph):
    image, progress = bundled.prepare(photograph), []
    segments = torch.arange(16).view(4, 4).repeat_interleave(32, 0).repeat_interleave(32, 1)
    arguments = (bundled, image, segments, METHODS["layer_masking"](), 4, 3)
    linearity = measure_linearity(*arguments, seed=5, on_draw=progress.append)
    assert progress == [1, 2, 3]
    assert linearity.error.shape == linearity.cosine.shape == (3,)
    assert torch.allclose(linearity.error, measure_linearity(*arguments, seed=5).error)
    assert not torch.allclose(linearity.error, measure_linearity(*arguments, seed=6).error)


def test_what_has_no_features_is_refused(bundled, photograph):
    image = bundled.prepare(photograph)
    vit = Classifier(
        "vit",
        torchvision.models.VisionTransformer(32, 16, 1, 2, 8, 8, num_classes=2),
        ["a", "b"],
        (32, 32),
        family="vit",
    )
    with pytest.raises(ValueError, match="token dropping gives no features"):
        compute_features(vit, IMAGE, NOTHING_HIDDEN, METHODS["token_dropping"]())
    with pytest.raises(ValueError, match="the features of vit cannot be computed"):
        compute_features(vit, IMAGE, NOTHING_HIDDEN, METHODS["blackout"]())
    with pytest.raises(ValueError, match="17 segments were to be shown together; choose 2 to 16"):
        measure_linearity(bundled, image, QUARTERS, METHODS["greyout"](), parts=17)
    with pytest.raises(ValueError, match="0 draws measure nothing"):
        measure_linearity(bundled, image, QUARTERS, METHODS["greyout"](), draws=0)
