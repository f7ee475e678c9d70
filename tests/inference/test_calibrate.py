"""Fitting a calibration: what it is fitted to, what it gains, what it refuses, and that it can be cancelled."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from masking import METHODS, CalibrationSettings, Classifier, Mask, calibrate
from masking.calibration import classifier_digest
from masking.image import digest
from masking.inference.calibrate import collect_samples

SIDE, COUNT = 16, 24
SETTINGS = CalibrationSettings(ridge=1e-2)


class Brightest(nn.Module):
    """Names the brightest colour of the picture, and has seen black as a sign of red."""

    def forward(self, x):
        black = (x.amax(1, keepdim=True) == 0).float().mean((1, 2, 3))
        return 8 * x.mean((2, 3)) + F.pad(9 * black[:, None], (0, 2))


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier("brightest", Brightest(), ("red", "green", "blue"), (SIDE, SIDE), (0.0,) * 3, (1.0,) * 3)


def pictures(count: int = COUNT) -> torch.Tensor:
    """Pictures that are mostly red, green or blue, in turn."""
    noise = torch.rand(count, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0)) * 0.5 + 0.1
    return (noise + F.one_hot(torch.arange(count) % 3, 3)[:, :, None, None] * 0.4).clamp(0, 1)


def test_it_heals_an_answer_that_the_fill_forces(classifier):
    head = calibrate(classifier, pictures(), "blackout", SETTINGS)
    unseen = pictures(2 * COUNT)[COUNT:]
    masks = Mask.random_patches(SIDE, 0.75, 2, seed=5, count=COUNT)
    plain = METHODS["blackout"]().logits(classifier, unseen, masks)
    healed = head.apply(plain, torch.full((COUNT,), 0.75))
    truth = classifier(unseen).argmax(1)
    assert (plain.argmax(1) == truth).float().mean() < 0.5
    assert (healed.argmax(1) == truth).float().mean() > 0.9


def test_the_samples_are_the_masked_answers_and_the_whole_ones(classifier):
    settings = CalibrationSettings(shares=(0.5, 0.25), masks=2, seed=3)
    method = METHODS["blackout"]()
    samples = collect_samples(classifier, pictures(3), method, settings)
    assert len(samples) == 12
    assert samples.targets.tolist() == [classifier(pictures(3)).argmax(1)[image] for image in samples.images.tolist()]
    assert samples.images.bincount().tolist() == [4, 4, 4]
    assert len(samples.at_share(0.25)) == 6
    more = collect_samples(classifier, pictures(5), method, settings)
    for image in range(3):
        assert torch.equal(samples.logits[samples.images == image], more.logits[more.images == image])
    again = collect_samples(classifier, pictures(3), method, CalibrationSettings(shares=(0.5, 0.25), masks=2, seed=4))
    assert not torch.equal(samples.logits, again.logits)


def test_the_manifest_says_how_to_fit_it_again(classifier):
    images = pictures()
    head = calibrate(classifier, images, "greyout:grey=middle", SETTINGS, data_facts={"folder": "mine"})
    facts = head.manifest
    assert (head.network, head.method) == (classifier_digest(classifier), "greyout:grey=middle")
    assert (facts["classifier"], facts["images"], facts["images_digest"]) == ("brightest", COUNT, digest(images))
    assert facts["method_settings"] == {"grey": "middle"}
    assert facts["settings"]["form"] == "matrix"
    assert facts["settings"]["ridge"] == 1e-2
    assert (facts["samples"], facts["classes_named"], facts["data"]) == (3 * COUNT, 3, {"folder": "mine"})
    assert facts["loss_after"][0] < facts["loss_before"][0]
    assert "torch" in facts["versions"]
    again = calibrate(classifier, images, METHODS["greyout"](grey="middle"), SETTINGS)
    assert again.digest == head.digest


def test_each_share_may_have_a_map_of_its_own(classifier):
    head = calibrate(classifier, pictures(), "blackout", CalibrationSettings(per_share=True, form="diagonal"))
    assert head.weight.shape == head.bias.shape == (3, 3)
    assert len(head.manifest["loss_after"]) == 3
    logits = torch.zeros(2, 3)
    low, high = head.apply(logits, torch.tensor([0.2, 0.9]))
    assert torch.allclose(low.double(), head.bias[0])
    assert torch.allclose(high.double(), head.bias[2])


def test_many_classes_get_the_diagonal_form_and_small_images_small_patches():
    settings = CalibrationSettings()
    assert [settings.form_for(classes) for classes in (64, 65)] == ["matrix", "diagonal"]
    assert CalibrationSettings(form="matrix").form_for(1000) == "matrix"
    assert [settings.patch_for(size) for size in ((224, 224), (128, 200), (32, 32), (4, 9))] == [16, 16, 4, 1]


@pytest.mark.parametrize("stop", [1, COUNT + 1, 4 * COUNT])
def test_it_counts_its_forward_passes_and_can_be_cancelled(classifier, stop):
    seen: list[tuple[int, int]] = []

    def report(done: int, total: int) -> None:
        seen.append((done, total))
        if done >= stop:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        calibrate(classifier, pictures(), "blackout", SETTINGS, report)
    assert seen == sorted(seen)
    assert {total for _, total in seen} == {4 * COUNT}


@pytest.mark.parametrize(
    ("images", "method", "error", "sentence"),
    [
        (
            pictures(1),
            "blackout",
            ValueError,
            "brightest names all 1 images 'red', so a calibration would always answe",
        ),
        (pictures()[::3], "blackout", ValueError, "names all 8 images 'red'.*give images of several classes"),
        (pictures(0), "blackout", ValueError, "there is no image to fit a calibration to"),
        (pictures(2) * torch.nan, "blackout", ValueError, "NaN"),
        (pictures(2)[0], "blackout", ValueError, "the image is torch.float32 of shape"),
        (pictures(2), "token_dropping", ValueError, "token dropping cannot run brightest"),
        (pictures(2), "calibrated", ValueError, "a calibrated method cannot be calibrated again; name the method that"),
        (pictures(2), "calibrate", KeyError, "did you mean calibrated"),
    ],
)
def test_what_cannot_be_fitted_is_refused(classifier, images, method, error, sentence):
    with pytest.raises(error, match=sentence):
        calibrate(classifier, images, method, SETTINGS)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"shares": ()}, "give one value or more"),
        ({"shares": (0.0,)}, "must be between 0.01 and 0.99"),
        ({"masks": 0}, "masks is 0; it must be between 1 and 100"),
        ({"form": "full"}, "it must be one of auto, matrix, diagonal"),
        ({"ridge": -1.0}, "ridge is -1.0"),
    ],
)
def test_settings_out_of_range_are_refused(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        CalibrationSettings(**settings)


def test_two_images_of_two_classes_are_enough(classifier):
    head = calibrate(classifier, pictures(2), "noise", SETTINGS)
    assert head.manifest["classes_named"] == 2
    assert head.weight.isfinite().all()
