import pytest
import torch

from masking import METHODS, Mask, Prediction, compare, predict
from masking.inference.predict import USUAL_METHODS
from masking.methods import Fill
from tests.inference.hidden_box import MASK

EIGHTHS = torch.tensor([1 / 8, 1 / 2, 1 / 8, 1 / 4]).log()


# --- one prediction --------------------------------------------------------------------------------------------------


def test_a_prediction_by_hand():
    prediction = Prediction(EIGHTHS, ("ant", "bee", "cow", "dog"))
    assert prediction.entropy == pytest.approx(1.75)
    assert (prediction.index, prediction.category) == (1, "bee")
    assert prediction.top(2) == [("bee", pytest.approx(0.5)), ("dog", pytest.approx(0.25))]
    assert len(prediction.top(9)) == 4
    assert prediction.probabilities.sum().item() == pytest.approx(1, abs=1e-12)


def test_predict_says_what_the_classifier_says(bundled, image, photograph):
    assert torch.equal(predict(bundled, image).logits, bundled(image)[0])
    assert torch.equal(predict(bundled, photograph).logits, bundled(bundled.prepare(photograph))[0])


def test_predict_takes_one_image(bundled):
    with pytest.raises(ValueError, match="predict takes one image, not 2"):
        predict(bundled, torch.rand(2, 3, 8, 8))


@pytest.mark.parametrize(("category", "visible"), [(None, 0.0), ("red", 0.0), ("green", None), ("violet", None)])
def test_an_object_counts_as_known_only_if_the_network_names_it(colours, category, visible):
    red = torch.tensor([1.0, 0, 0]).view(1, 3, 1, 1).expand(1, 3, 4, 4)
    hole = Mask.box(4, 0, 0, 2, 2)
    compared = compare(colours, red, hole, ["blackout"], known_object=hole, object_class=category)
    assert compared.object_visible == visible
    assert compared.verdicts["blackout"].word == ("Leak" if visible == 0 else "Same answer")


# --- comparing -------------------------------------------------------------------------------------------------------


def test_every_method_is_what_it_is_alone(bundled, image, comparison):
    assert list(comparison.masked) == ["blackout", "noise", "layer_masking"]
    assert torch.equal(comparison.whole.logits, bundled(image)[0])
    for name, prediction in comparison.masked.items():
        assert torch.equal(prediction.logits, METHODS[name]().logits(bundled, image, MASK)[0])


def test_parameters_reach_the_method_and_the_manifest(colours):
    bright = METHODS["greyout"](grey="middle")
    comparison = compare(colours, torch.zeros(1, 3, 4, 4), Mask.empty(4), {"greyout": bright})
    assert (comparison.picture("greyout") == 0.5).all()
    assert comparison.manifest["methods"] == {"greyout": {"grey": "middle"}}


def test_instances_may_go_by_any_name(colours):
    blurs = {f"blur {sigma}": METHODS["blur"](sigma=sigma) for sigma in (1.0, 30.0)}
    comparison = compare(colours, torch.rand(1, 3, 4, 4), Mask.empty(4), blurs)
    assert [row["method"] for row in comparison.rows()] == ["whole image", "blur 1.0", "blur 30.0"]
    assert comparison.to_png()
    assert compare(colours, comparison.image, comparison.mask, {"blur 1.0": blurs["blur 1.0"]}).sentence.startswith(
        "Blur 1.0 "
    )


def test_progress_is_reported_and_may_cancel(bundled, image):
    progress = []
    compare(bundled, image, MASK, on_method=progress.append)
    assert progress == list(USUAL_METHODS)

    def cancel(name):
        if name == "greyout":
            raise InterruptedError

    with pytest.raises(InterruptedError):
        compare(bundled, image, MASK, on_method=cancel)


@pytest.mark.parametrize(
    ("mask", "methods", "error", "sentence"),
    [
        (Mask.random_patches(32, 0.5, count=2), USUAL_METHODS, ValueError, "compare takes one mask, not 2; draw many"),
        (Mask.full((32, 31)), USUAL_METHODS, ValueError, "mask is 32x31 but the image is 32x32"),
        (MASK.keep, USUAL_METHODS, ValueError, r"the mask is a Tensor; give Mask\(keep\), or classifier"),
        (MASK.keep.numpy(), USUAL_METHODS, ValueError, "the mask is a ndarray; give"),
        ("mask.png", USUAL_METHODS, ValueError, "the mask is a str; give"),
        (MASK, ["blackuot"], KeyError, "there is no masking method 'blackuot'; did you mean blackout"),
    ],
)
def test_what_does_not_fit_is_refused(bundled, image, mask, methods, error, sentence):
    with pytest.raises(error, match=sentence):
        compare(bundled, image, mask, methods)


def test_a_method_that_cannot_run_says_why(bundled, image):
    class Refuses(Fill):
        title = "Refuses"

        def supports(self, classifier):
            return f"not on {classifier.name}"

    with pytest.raises(ValueError, match="not on silhouettes/resnet"):
        compare(bundled, image, MASK, {"refuses": Refuses()})
