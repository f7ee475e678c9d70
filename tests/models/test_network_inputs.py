"""Which images a classifier's network gets, and which are refused; precision, identity and numbers that are none."""

import pytest
import torch
from torch import nn

from masking import Classifier, attribute, attribution_masks, compare, lime, predict, random_removal
from masking.models.answer import NetworkLogits
from tests.models.answering import IMAGE, MASK, NAMES, SIDE, assert_same, body, classifier_of, verbs


@pytest.fixture(scope="module")
def plain():
    return verbs(classifier_of(body()))


# --- inputs ----------------------------------------------------------------------------------------------------------


def test_plain_logits_are_not_wrapped():
    network = body()
    assert classifier_of(network).network is network


@pytest.mark.parametrize("wrapped", [nn.DataParallel, lambda network: torch.compile(network, backend="eager")])
def test_what_torch_wraps_around_a_network_is_taken_off(wrapped, plain):
    network = body()
    classifier = classifier_of(wrapped(network))
    assert classifier.network is network
    assert_same(verbs(classifier), plain)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_give_the_same_answers_up_to_rounding(dtype):
    network = body().to(dtype)
    classifier = classifier_of(network)
    assert predict(classifier, IMAGE).probabilities.isfinite().all()
    expected = classifier_of(body().to(dtype).float())
    torch.testing.assert_close(verbs(classifier)["compare"], verbs(expected)["compare"], atol=1e-4, rtol=1e-3)
    assert next(network.parameters()).dtype == dtype, "the network is left in its precision"


class Casts(nn.Module):
    """Computes a part of itself in half precision, whatever comes in."""

    def __init__(self, head):
        super().__init__()
        self.body, self.head = body().half(), head

    def forward(self, x):
        return self.head(self.body(x.half()))


class First(nn.Module):
    """Its first tensor has another precision than its images."""

    def __init__(self):
        super().__init__()
        self.register_buffer("count", torch.ones(1, dtype=torch.float64))
        self.body = body()

    def forward(self, x):
        return self.body(x) * self.count


@pytest.mark.parametrize(
    "network",
    [
        Casts(nn.Identity()),
        Casts(nn.Softmax(1)),
        nn.Sequential(Casts(nn.Identity()).body, nn.Softmax(1)),
        nn.Sequential(body(), nn.Softmax(1)).bfloat16(),
        First(),
    ],
    ids=["casts", "casts, then softmax", "half softmax", "bfloat16 softmax", "first tensor is double"],
)
def test_precision_is_found_out_by_trying(network, plain):
    probabilities = predict(classifier_of(network), IMAGE).probabilities
    torch.testing.assert_close(probabilities, plain["predict"], atol=0.02, rtol=0.02)


@pytest.mark.parametrize("size", [(SIDE, SIDE), (12, 20)])
def test_a_grey_network_sees_colours_as_grey(size):
    network = body(channels=1)
    classifier = classifier_of(network, mean=(0.4,), std=(0.3,), input_size=size)
    image = torch.rand(2, 3, *size)
    grey = (image * torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1, keepdim=True)
    torch.testing.assert_close(classifier(image), network((grey - 0.4) / 0.3), atol=1e-5, rtol=1e-4)
    assert verbs(classifier_of(network, mean=(0.4,), std=(0.3,)))["lime"].isfinite().all()


def test_a_grey_network_needs_one_mean():
    with pytest.raises(ValueError, match=r"takes grey images of one channel; give one mean and one std"):
        classifier_of(body(channels=1))


def test_one_mean_serves_a_network_of_three_channels():
    expected = classifier_of(body(), mean=(0.4,) * 3, std=(0.3,) * 3)(IMAGE)
    assert torch.equal(classifier_of(body(), mean=(0.4,), std=(0.3,))(IMAGE), expected)


class RoundingAmplified(nn.Module):
    """Answers with the last digits of an image; like rounding, they come out otherwise for an image alone."""

    def forward(self, x):
        digits = (x.flatten(1)[:, :4] * 2**20).sin()
        return digits + 0.5 * (len(x) == 1)


def test_a_network_that_amplifies_rounding_is_taken():
    classifier = Classifier.from_network(RoundingAmplified(), list("abcd"), input_size=(8, 8))
    assert len(classifier.categories) == 4


def test_batch_norms_without_running_statistics_are_refused():
    with pytest.raises(ValueError, match=r"answers an image differently .* let its batch norms use running statistics"):
        classifier_of(nn.Sequential(nn.BatchNorm2d(3, track_running_stats=False), *body()))


class Fixed(nn.Module):
    def __init__(self, side, channels=3):
        super().__init__()
        self.linear = nn.Linear(channels * side * side, 4)

    def forward(self, x):
        return self.linear(x.flatten(1))


class Two(nn.Module):
    def forward(self, x, mask):
        return (x * mask).mean((2, 3))


class Keyword(nn.Module):
    def forward(self, *, pixel_values):
        return pixel_values.mean((2, 3))


@pytest.mark.parametrize(
    ("network", "settings", "sentence"),
    [
        (Fixed(64), {}, r"takes images of 64x64 but its input_size is 32x32 .*; give input_size=\(64, 64\)"),
        (Fixed(28, 1), {"mean": (0.5,), "std": (0.5,)}, r"takes images of 28x28 but its input_size is 32x32"),
        (nn.Sequential(nn.Conv2d(4, 4, 3), *body(channels=4)), {}, "does not run on an image of 3 channels and 32x32"),
        (Keyword(), {}, r"takes its image as a keyword \(pixel_values=…\); wrap it"),
        (lambda x: x, {}, r"<lambda> is no network; give an instance of torch\.nn\.Module"),
        (nn.Linear, {}, r"Linear is no network; give an instance of torch\.nn\.Module"),
        (Two(), {}, r"takes more than an image \(x, mask\); wrap it"),
        (nn.Sequential(nn.LazyConv2d(4, 3), nn.AdaptiveAvgPool2d(1)), {}, "has layers without weights yet"),
        (body().to("meta"), {}, "has no weights"),
        (body(), {"mean": (123.7, 116.3, 103.5), "std": (58.4, 57.1, 57.4)}, "divide mean and std for 0 … 255 by 255"),
        (body(), {"std": (0.2, 0, 0.2)}, "the std is .*; give numbers above 0"),
        (body(), {"interpolation": "cubic"}, "there is no interpolation 'cubic'; choose from .*bicubic"),
        (body(), {"mean": (0.5, 0.5)}, "the mean has 2 numbers; give three"),
        (body(), {"family": "transformer"}, "there is no family 'transformer'; choose from cnn, vit"),
        (body(), {"input_size": 224}, r"the input size is 224; give height and width in pixels, such as \(224, 224\)"),
    ],
)
def test_inputs_that_do_not_fit_are_refused_in_a_sentence(network, settings, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        classifier_of(network, **settings)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("categories", "sentence"),
    [
        (None, "the categories are None; give a list"),
        (4, "the categories are 4; give a list"),
        ((), r"the categories are \(\); give a list"),
        (range(4), r"the categories are range\(0, 4\); give a list"),
    ],
)
def test_what_is_no_list_of_names_is_refused(categories, sentence):
    with pytest.raises(ValueError, match=sentence):
        Classifier.from_network(body(), categories, input_size=(32, 32))


def test_a_size_that_changes_the_shape_of_the_answer_is_refused():
    network = nn.Sequential(nn.Conv2d(3, 4, SIDE), nn.Flatten(2), nn.Flatten(1))
    classifier = classifier_of(network)
    with pytest.raises(ValueError, match=r"the image is 33x33 .* takes 32x32 only"):
        classifier.prepare(torch.rand(1, 3, SIDE + 1, SIDE + 1))
    torch.manual_seed(0)
    maps = classifier_of(nn.Conv2d(3, 4, SIDE))
    assert isinstance(maps.network, NetworkLogits)
    with pytest.raises(ValueError, match=r"the image is 64x33 .* takes 32x32 only"):
        maps.prepare(torch.rand(1, 3, 64, 33))


# --- numbers that are none -------------------------------------------------------------------------------------------

IMAGES = {
    "0 … 255": (IMAGE * 255, "the image has values from .* to 25.* but they have to lie in .*; divide it by 255"),
    "normalised": ((IMAGE - 0.45) / 0.22, "have to lie in .*; do not normalise it, since the classifier does"),
    "NaN": (torch.where(IMAGE > 0.9, float("nan"), IMAGE), "the image holds NaN or infinite values"),
    "infinite": (IMAGE / 0, "the image holds NaN or infinite values"),
    "-1 … 1": (IMAGE * 2 - 1, "have to lie in"),
}


@pytest.mark.parametrize("kind", IMAGES)
def test_images_outside_of_0_and_1_are_refused_by_every_verb(kind):
    image, sentence = IMAGES[kind]
    classifier = classifier_of(body())
    for verb in (
        lambda: predict(classifier, image),
        lambda: compare(classifier, image, MASK),
        lambda: random_removal(classifier, image, "blackout", count=2),
        lambda: lime(classifier, image, "greyout", None, "grid", samples=10),
        lambda: attribute(classifier, image),
        lambda: attribution_masks(classifier, image, 0, "gxsi", 1),
    ):
        with pytest.raises(ValueError, match=sentence):
            verb()


def test_small_overshoots_of_resizing_are_let_through():
    classifier = classifier_of(body())
    assert torch.equal(classifier.prepare(IMAGE * 1.009), IMAGE * 1.009)


class Undefined(nn.Module):
    """No numbers where a tenth of the image has the mean colour."""

    def __init__(self):
        super().__init__()
        self.body = body()

    def forward(self, x):
        share = (x == 0).float().mean((1, 2, 3))[:, None]
        return torch.where(share > 0.1, float("nan"), self.body(x))


def test_undefined_logits_are_refused_where_they_arise():
    classifier = classifier_of(Undefined())
    assert compare(classifier, IMAGE, MASK, ["blackout"]).masked
    for verb in (
        lambda: compare(classifier, IMAGE, MASK, ["blackout", "greyout"]),
        lambda: lime(classifier, IMAGE, "greyout", None, "grid", samples=10),
        lambda: random_removal(classifier, IMAGE, "greyout", patch=8, count=4),
    ):
        with pytest.raises(ValueError, match="the logits of Undefined are NaN or infinite"):
            verb()


# --- identity --------------------------------------------------------------------------------------------------------


def test_names_digests_and_keys_follow_the_network():
    first, again = classifier_of(body()), classifier_of(body())
    assert first.name == "Sequential"
    assert first.key == again.key
    other = body()
    other[0].bias.data[0] += 1
    assert classifier_of(other).key != first.key
    assert classifier_of(body()[:2] + nn.Sequential(nn.GELU()) + body()[3:]).weights_digest != first.weights_digest
    assert classifier_of(body(), family="vit").family == "vit"
    assert first.family == "cnn"


def test_a_key_without_a_file_follows_the_weights():
    classifier = Classifier("toy", body(), NAMES, (SIDE, SIDE))
    before = classifier.key
    assert classifier.key == before == Classifier("toy", body(), NAMES, (SIDE, SIDE)).key
    with torch.no_grad():
        classifier.network[0].weight[0, 0, 0, 0] += 1
    changed = classifier.key
    assert changed != before
    classifier.network[0].weight.data = torch.zeros_like(classifier.network[0].weight)
    assert classifier.key not in {before, changed}
