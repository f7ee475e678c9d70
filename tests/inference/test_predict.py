import csv
import io
import json
import math

import pytest
import torch
from PIL import Image

import masking
from masking import METHODS, Classifier, Mask, Prediction, compare, predict
from masking.image import digest
from masking.inference.predict import USUAL_METHODS
from masking.methods import Fill

EIGHTHS = torch.tensor([1 / 8, 1 / 2, 1 / 8, 1 / 4]).log()
MASK = Mask.box(32, 4, 4, 16, 20)


@pytest.fixture(scope="module")
def image():
    return torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def comparison(bundled, image):
    return compare(bundled, image, MASK, ("blackout", "noise", "layer_masking"))


class Brightest(torch.nn.Module):
    """Logits are 10 times the sums of the three channels: the class is the colour there is most of."""

    def forward(self, x):
        return 10 * x.mean((2, 3))


@pytest.fixture
def colours():
    return Classifier("colours", Brightest(), ["red", "green", "blue"], (4, 4), (0, 0, 0), (1, 1, 1))


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


# --- comparing -------------------------------------------------------------------------------------------------------


def test_every_method_is_what_it_is_alone(bundled, image, comparison):
    assert list(comparison.masked) == ["blackout", "noise", "layer_masking"]
    assert torch.equal(comparison.whole.logits, bundled(image)[0])
    for name, prediction in comparison.masked.items():
        assert torch.equal(prediction.logits, METHODS[name]().logits(bundled, image, MASK)[0])


def test_it_shows_what_the_model_saw(bundled, image, comparison):
    assert torch.equal(comparison.picture("noise"), METHODS["noise"]().fill(image, MASK, bundled))
    assert comparison.seen["layer_masking"] is None
    shown = comparison.picture("layer_masking")
    assert torch.equal(torch.where(MASK.keep, shown, 0), torch.where(MASK.keep, image, 0))
    assert len(shown[~MASK.keep.expand_as(shown)].unique()) == 2  # hatched


def test_change_and_sentence_by_hand(colours):
    image = torch.zeros(1, 3, 4, 4)
    image[:, 0, :2], image[:, 1, 2:] = 0.5, 0.4  # red above, a little less green below
    hides_red = Mask.box(4, 0, 0, 2, 4)
    comparison = compare(colours, image, hides_red, ("blackout", "mean_colour"))
    assert comparison.whole.category == "red"
    assert comparison.masked["blackout"].category == "green"
    whole, masked = (torch.tensor(values).softmax(0)[0].item() for values in ([2.5, 2.0, 0], [0.0, 2.0, 0]))
    assert comparison.change("blackout") == pytest.approx(masked - whole)
    assert comparison.sentence == "No method says “red” any more: blackout and mean colour say “green”."


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


# --- taking it home --------------------------------------------------------------------------------------------------


def test_rows_are_flat_records(comparison):
    whole, *rows = comparison.rows(k=2)
    assert whole["method"] == "whole image"
    assert whole["change_of_original_class"] == 0
    for row, (name, prediction) in zip(rows, comparison.masked.items(), strict=True):
        assert row["method"] == name
        assert row["predicted"] == row["top1"] == prediction.category
        assert row["probability"] == row["top1_probability"] == pytest.approx(prediction.probabilities.max().item())
        assert row["change_of_original_class"] == comparison.change(name)
        assert 0 <= row["predictive_entropy_bits"] <= math.log2(len(prediction.categories))


def test_methods_under_which_nothing_was_left_are_named(bundled, image, comparison):
    assert comparison.blind == frozenset()
    crumb = ~Mask.box(32, 10, 10, 1, 1)  # between the cells that the network's skips sample
    nearly_blind = masking.compare(bundled, image, crumb, ("blackout", "blur", "layer_masking"))
    assert nearly_blind.blind == {"layer_masking"}
    assert [row["nothing_left_to_see"] for row in nearly_blind.rows()] == [False, False, False, True]
    assert [prediction["nothing_left_to_see"] for prediction in json.loads(nearly_blind.to_json())["predictions"]][3]
    assert masking.compare(bundled, image, Mask.empty(32), ("blackout", "blur")).blind == {"blackout"}


def test_csv_can_be_read(comparison):
    table = list(csv.DictReader(io.StringIO(comparison.to_csv())))
    assert [row["method"] for row in table] == ["whole image", "blackout", "noise", "layer_masking"]
    assert float(table[1]["probability"]) == comparison.rows()[1]["probability"]
    assert table[0]["top5"]


def test_csv_survives_categories_with_commas():
    logits = torch.tensor([1.0, 0.0])
    names = ('tabby, "tiger" cat', "résumé\nbook")
    prediction = Prediction(logits, names)
    facts = {"classifier": "c"}
    comparison = masking.Comparison(torch.rand(1, 3, 4, 4), Mask.full(4), prediction, {}, {}, {}, facts)
    (row,) = csv.DictReader(io.StringIO(comparison.to_csv(), newline=""))
    assert (row["top1"], row["top2"]) == names


def test_json_says_where_it_comes_from(bundled, image, comparison):
    document = json.loads(comparison.to_json())
    assert document["hidden_share"] == 16 * 20 / 32**2
    assert Mask.from_text(document["mask"]).digest == MASK.digest
    assert document["reading"] == comparison.sentence
    assert [prediction["method"] for prediction in document["predictions"]] == [
        "whole image",
        "blackout",
        "noise",
        "layer_masking",
    ]
    manifest = document["manifest"]
    assert manifest["schema"] == 1
    assert manifest["classifier"] == "silhouettes/resnet"
    assert manifest["weights"] == bundled.weights_digest
    assert manifest["image"] == digest(image)
    assert manifest["mask"] == MASK.digest
    assert manifest["device"] == "cpu"
    joins = {"sums": "intersection", "concatenations": "majority", "skips": "sampled"}
    assert manifest["methods"] == {"blackout": {}, "noise": {"seed": 0}, "layer_masking": joins}
    assert manifest["versions"]["torch"] == torch.__version__
    assert manifest["versions"]["masking"] == masking.__version__


def test_the_contact_sheet_is_a_picture_of_four_panels(comparison):
    png = Image.open(io.BytesIO(comparison.to_png()))
    assert png.format == "PNG"
    three = masking.Comparison(**{**vars(comparison), "masked": dict(list(comparison.masked.items())[:2])})
    assert png.width > Image.open(io.BytesIO(three.to_png())).width
