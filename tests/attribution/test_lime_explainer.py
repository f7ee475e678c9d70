import csv
import dataclasses
import io
import json

import numpy as np
import pytest
import torch
from PIL import Image

from masking import METHODS, SEGMENTATIONS, lime
from masking.attribution import LimeSettings
from masking.attribution import lime_surrogate as surrogate
from masking.attribution.lime_explainer import MAX_SEGMENTS, draw_samples, segment_image
from masking.methods import Fill
from tests.attribution.linear_toy import IMAGE, QUARTERS, Patches


class Zero(Fill):
    """Hidden pixels become what normalisation makes of 0; here 0 itself."""

    title = "Zero"

    def __init__(self, room=1000):
        self.room, self.batches = room, []

    def paint(self, image, mask, classifier):
        self.batches.append(len(mask))
        if len(mask) > self.room:
            raise torch.OutOfMemoryError("too many")
        return image.new_zeros(1, 3, 1, 1)


@pytest.fixture(scope="module")
def explanation(bundled, photograph):
    return lime(bundled, photograph, "layer_masking", samples=60, seed=2)


# --- what is found -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["blackout", Zero()])
def test_a_linear_classifier_is_recovered(patches, method):
    explanation = lime(patches, IMAGE, method, "yes", QUARTERS, samples=400, alpha=1e-6)
    assert torch.allclose(explanation.coefficients, Patches.WEIGHTS.double(), atol=1e-5)
    assert explanation.intercept == pytest.approx(0.2, abs=1e-5)
    assert explanation.r2 == pytest.approx(1)
    assert (*explanation.order[:2].tolist(), int(explanation.order[-1])) == (0, 2, 1)
    opposite = explanation.for_target(1)
    assert torch.allclose(opposite.coefficients, -explanation.coefficients, atol=1e-9)
    assert (explanation.category, opposite.category) == ("yes", "no")


def test_its_sparse_fit_keeps_what_matters(patches):
    explanation = lime(patches, IMAGE, "blackout", 0, QUARTERS, samples=400, alpha=1e-6)
    assert explanation.sparse(3).nonzero().flatten().tolist() == [0, 1, 2]
    assert explanation.sparse(1).nonzero().flatten().tolist() == [0]
    with pytest.raises(ValueError, match="0 segments explain nothing"):
        explanation.sparse(0)


@pytest.mark.parametrize("method", ["greyout", "layer_masking", "mean_colour"])
def test_answers_are_those_of_the_method_to_masks_of_z(bundled, photograph, method):
    explanation = lime(bundled, photograph, method, samples=12, seed=4, batch=5)
    for sample in (0, 1, 4, 5, 11):
        logits = METHODS[method]().logits(bundled, explanation.image, explanation.mask(sample))
        assert torch.allclose(explanation.logits[sample], logits[0], atol=1e-4)
        hidden = explanation.segments[~explanation.mask(sample).keep[0, 0]].unique()
        assert hidden.tolist() == (~explanation.z[sample]).nonzero().flatten().tolist()


def test_the_target_is_the_predicted_class_by_default(bundled, photograph, explanation):
    assert explanation.target == int(bundled(bundled.prepare(photograph)).argmax())
    assert lime(bundled, photograph, "blackout", 4, samples=3).target == 4


def test_half_of_all_segments_are_present_but_all_in_the_first_sample():
    z = draw_samples(2000, 30, seed=1)
    assert z[0].all()
    assert z.double().mean() == pytest.approx(0.5, abs=0.01)
    assert (z.double().mean(0) - 0.5).abs().max() < 0.05
    assert torch.equal(draw_samples(100, 30, seed=1), z[:100])
    assert not torch.equal(draw_samples(100, 30, seed=2), z[:100])


def test_methods_are_asked_the_same_samples(bundled, photograph, explanation):
    other = lime(bundled, photograph, "blackout", samples=60, seed=2)
    assert torch.equal(explanation.z, other.z)
    assert torch.equal(explanation.segments, other.segments)
    assert not torch.allclose(explanation.coefficients, other.coefficients, atol=1e-3)


def test_it_is_reproducible_whatever_the_batch(bundled, photograph, explanation):
    again = lime(bundled, photograph, "layer_masking", samples=60, seed=2, batch=7)
    assert torch.allclose(again.coefficients, explanation.coefficients, atol=1e-5)
    assert again.manifest == explanation.manifest


def test_the_classifier_is_left_as_found(bundled, photograph):
    before = {name: value.clone() for name, value in bundled.state_dict().items()}
    lime(bundled, photograph, samples=5)
    assert all(torch.equal(value, before[name]) for name, value in bundled.state_dict().items())
    assert not bundled.training
    assert not bundled.network._forward_hooks


# --- streaming ---------------------------------------------------------------------------------------------------


def test_explanations_stream_in_and_equal_shorter_ones(patches):
    seen = []
    whole = lime(patches, IMAGE, "blackout", 0, QUARTERS, 20, on_batch=lambda *step: seen.append(step), batch=8)
    assert [done for done, _ in seen] == [8, 16, 20]
    for done, partial in seen:
        assert (partial.samples, partial.settings.samples) == (done, 20)
        alone = lime(patches, IMAGE, "blackout", 0, QUARTERS, done)
        for expected in (alone, whole.first(done)):
            assert torch.allclose(partial.coefficients, expected.coefficients)


def test_a_cancel_stops_after_the_batch_that_it_was_reported_in(patches):
    seen = []

    def cancel(done, partial):
        seen.append(partial)
        if done >= 16:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        lime(patches, IMAGE, "blackout", 0, QUARTERS, 100, on_batch=cancel, batch=8)
    assert len(seen[-1]) == 16
    assert torch.allclose(seen[-1].coefficients, lime(patches, IMAGE, "blackout", 0, QUARTERS, 16).coefficients)


def test_out_of_memory_halves_the_batch_from_then_on(patches):
    method = Zero(room=3)
    explanation = lime(patches, IMAGE, method, 0, QUARTERS, 14, batch=8)
    assert method.batches == [8, 4, 2, 2, 2, 2, 2, 2, 2]
    assert torch.allclose(explanation.coefficients, lime(patches, IMAGE, Zero(), 0, QUARTERS, 14).coefficients)


def test_the_batch_follows_the_memory_of_a_masked_sample(patches):
    method = Zero()
    lime(patches, IMAGE, method, 0, QUARTERS, 100)
    assert method.batches == [2, 32, 32, 32, 2]


# --- segments ----------------------------------------------------------------------------------------------------


def test_a_label_map_with_gaps_is_renumbered(patches):
    gaps = QUARTERS * 7 + 100
    for given in (gaps, gaps.numpy(), gaps.to(torch.int16)):
        assert torch.equal(segment_image(given, IMAGE), QUARTERS)


@pytest.mark.parametrize("name", SEGMENTATIONS)
def test_any_segmentation_will_do(bundled, photograph, name):
    explanation = lime(bundled, photograph, "blackout", segments=name, samples=4)
    assert explanation.coefficients.shape == (int(explanation.segments.max()) + 1,)
    assert name in explanation.manifest["segmentation"]


def test_heat_is_each_segments_coefficient(explanation):
    heat = explanation.heat()
    assert heat.shape == (1, 1, *explanation.segments.shape)
    for segment in (0, 7):
        assert heat[0, 0][explanation.segments == segment].unique().tolist() == pytest.approx(
            [explanation.coefficients[segment].item()]
        )


# --- evidence ----------------------------------------------------------------------------------------------------


def test_evidence_is_what_moved_the_coefficient_most(explanation):
    parts = explanation.contributions(3)
    assert parts.sum().item() == pytest.approx(explanation.coefficients[3].item())
    samples = explanation.evidence(3, 5)
    assert len(samples) == 5
    assert parts[samples].abs().min() >= parts.abs().sort(descending=True).values[4]


def test_intervals_hold_their_coefficient_and_narrow_with_samples(bundled, photograph):
    whole = lime(bundled, photograph, "greyout", samples=600, seed=1)
    few = whole.first(100)
    for fit in (whole, few, whole.first(20)):
        assert ((fit.interval[:, 0] <= fit.coefficients) & (fit.coefficients <= fit.interval[:, 1])).all()
    width, wide = ((fit.interval[:, 1] - fit.interval[:, 0]).mean() for fit in (whole, few))
    assert width < 0.7 * wide
    assert torch.equal(few.interval, few.interval_at(0.95))
    assert (few.interval_at(0.8)[:, 0] > few.interval[:, 0]).all()
    with pytest.raises(ValueError, match="the confidence is 95; give a number between 0 and 1"):
        few.interval_at(95)
    held = []
    for start in range(0, 600, 60):
        part = dataclasses.replace(whole, z=whole.z[start : start + 60], logits=whole.logits[start : start + 60])
        held.append((part.interval[:, 0] <= whole.coefficients) & (whole.coefficients <= part.interval[:, 1]))
    assert torch.stack(held).double().mean() > 0.95  # few samples know how little they know


# --- files -------------------------------------------------------------------------------------------------------


def test_files_hold_what_was_found(explanation):
    arrays = np.load(io.BytesIO(explanation.to_npz()))
    for name in ("coefficients", "z", "weights", "probabilities", "segments", "logits"):
        assert np.array_equal(arrays[name], getattr(explanation, name).numpy())
    assert json.loads(str(arrays["manifest"])) == json.loads(json.dumps(explanation.manifest))
    rows = list(csv.DictReader(io.StringIO(explanation.to_csv())))
    facts = json.loads(explanation.to_json())
    assert [int(row["segment"]) for row in rows] == explanation.order.tolist()
    assert [row["coefficient"] for row in facts["coefficients"]] == sorted(explanation.coefficients.tolist())[::-1]
    assert sum(int(row["pixels"]) for row in rows) == explanation.segments.numel()
    assert facts["manifest"]["lime"] == dataclasses.asdict(LimeSettings(60, 2))
    assert (facts["r2"], facts["r2_held_out"]) == (explanation.r2, explanation.r2_held_out)
    assert json.loads(str(arrays["facts"])) == {name: facts[name] for name in explanation.facts}


def test_held_out_answers_are_explained_worse_than_those_fitted(explanation):
    z, weights, alpha = explanation.z, explanation.weights, explanation.settings.alpha
    expected = surrogate.r2_held_out(z, weights, explanation.probabilities, alpha)
    assert explanation.r2_held_out == expected < explanation.r2


def test_its_picture_is_red_where_it_adds_and_blue_where_it_takes(explanation):
    picture = np.asarray(Image.open(io.BytesIO(explanation.to_png()))).astype(int)
    top, bottom = ((explanation.segments == explanation.order[rank]).numpy() for rank in (0, -1))
    assert picture[top][:, 0].mean() > picture[top][:, 2].mean() + 20
    assert picture[bottom][:, 2].mean() > picture[bottom][:, 0].mean() + 20


# --- bad input ---------------------------------------------------------------------------------------------------

BAD = {
    "no samples": ({"samples": 0}, "samples is 0; it must be between 2 and"),
    "one sample": ({"samples": 1}, "samples is 1; it must be between 2 and"),
    "seed": ({"seed": -1}, "seed is -1; it must be between 0 and 2147483647$"),
    "kernel": ({"kernel_width": 0.0}, "kernel_width is 0.0; it must be between 0.05"),
    "alpha": ({"alpha": 0.0}, "alpha is 0.0; it must be between 1e-06"),
    "target": ({"target": 2}, "there is no class 2; they go from 0 to 1"),
    "negative target": ({"target": -1}, "there is no class -1; they go from 0 to 1"),
    "target name": ({"target": "yess"}, "there is no class 'yess'; did you mean yes"),
    "method": ({"method": "blackuot"}, "there is no masking method 'blackuot'; did you mean blackout"),
    "impossible": ({"method": "token_dropping"}, "transformer"),
    "segmentation": ({"segments": "slik"}, "there is no segmentation 'slik'; did you mean slic"),
    "one segment": ({"segments": torch.zeros(32, 32).long()}, "the image is one single segment"),
    "every pixel": ({"segments": torch.arange(80 * 80).view(80, 80)}, f"there are 6400 segments; .* {MAX_SEGMENTS}"),
    "too many": ({"segments": SEGMENTATIONS["slic"](count=1000)}, "1000 segments .* only 900 pixels; ask for fewer"),
    "wrong size": ({"segments": QUARTERS[:30]}, "the label map is 30x32 but the image is 32x32"),
    "not whole": (
        {"segments": torch.rand(32, 32)},
        r"the label map is float32 of shape \(32, 32\); give whole numbers",
    ),
    "channels": ({"segments": QUARTERS[None]}, r"the label map is int64 of shape \(1, 32, 32\)"),
    "no map": ({"segments": None}, "segments are a NoneType; give a segmentation, its name, or a label map"),
    "a list": ({"segments": QUARTERS.tolist()}, "segments are a list; give a segmentation, its name, or a label map"),
    "no method": ({"method": None}, "the method is None; give a masking method or its name"),
    "yes as a target": ({"target": True}, "the target is True; give the index of a class or its name"),
    "batch": ({"batch": 0}, "the batch is 0; give 1 or more samples per forward pass"),
    "two images": ({"image": IMAGE.expand(2, -1, -1, -1)}, "LIME explains one image, not 2"),
}
SIZES = {"every pixel": 80, "too many": 30}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_a_sentence(patches, case):
    arguments, sentence = BAD[case]
    size = SIZES.get(case, 32)
    given = {"image": torch.rand(1, 3, size, size), "method": "blackout", "segments": QUARTERS, "samples": 4}
    with pytest.raises((ValueError, KeyError), match=sentence):
        lime(patches, **(given | arguments))


def test_a_missing_segment_or_sample_is_refused(explanation):
    with pytest.raises(ValueError, match="there is no class 16; they go from 0 to 15"):
        explanation.for_target(16)
    with pytest.raises(ValueError, match="there is no segment 99"):
        explanation.contributions(99)
    with pytest.raises(ValueError, match="61 samples were asked for; there are 1 to 60"):
        explanation.first(61)


def test_settings_know_their_ranges():
    assert LimeSettings() == LimeSettings(1000, 0, 0.25, 1.0)
    with pytest.raises(ValueError, match="kernel_width is nan"):
        LimeSettings(kernel_width=float("nan"))
